// outbox.h: which message goes when to its next hop?
//
// Keeps a lane for each next hop: what waits for it, and connections that carry
// one message after another (carrier.h) and stay open for a moment. route::Pace
// says how many there may be at once, and Slots how many in all. A next hop
// that cannot be reached is left alone for a while, and one that has not shown
// yet that it takes mail, or makes everybody wait, holds up few messages.
//
//   SendResult result = co_await outbox.Send(
//       hops, smtp::Protocol::kSmtp, mail_class, inside,
//       {.transaction = transaction, .content = content});

#ifndef MAILCORE_SERVER_DELIVER_OUTBOX_H_
#define MAILCORE_SERVER_DELIVER_OUTBOX_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/steady_timer.hpp"
#include "mailcore/route/host_health.h"
#include "mailcore/route/inside.h"
#include "mailcore/route/next_hops.h"
#include "mailcore/route/pace.h"
#include "mailcore/server/deliver/carrier.h"
#include "mailcore/server/deliver/hop_connection.h"
#include "mailcore/server/deliver/slots.h"
#include "mailcore/server/snapshot/outbox_options.h"
#include "mailcore/smtp/client_session.h"

namespace mailsec::server {

// Thread safety: a value.
struct SendResult {
  // False: nobody was asked, for the reason in `why`; it may be tried again
  // after `pause`, or when `waits_for` is reached.
  bool tried = false;
  std::string why;
  absl::Duration pause;
  // The next hop cannot be reached: so it was found now, or (not tried) it was
  // found a moment ago.
  bool unreachable = false;
  // The key of the next hop: Outbox::OnReached will be called with it
  // when it takes mail. Empty: nothing of that kind is waited for.
  std::string waits_for;
  std::vector<HopOutcome> outcomes;  // If tried: one for each recipient.
  bool kept_inside = false;          // The outcomes are Inside::Refusal().
};

// Thread safety: none; belongs to the thread of its event loop.
class Outbox {
 public:
  using Options = OutboxOptions;
  // Called with the key of a next hop that takes mail, once after results that
  // named it in `waits_for`. It must not call the outbox.
  using OnReached = std::function<void(const std::string& key)>;

  // What is not owned must outlive the outbox, and the outbox the coroutines of
  // the loop.
  Outbox(const HopContext* context, boost::asio::io_context* loop,
         Options options, OnReached on_reached = nullptr);

  // Whether `inside` allows each address is asked right before a connection is
  // opened (R3).
  boost::asio::awaitable<SendResult> Send(
      route::NextHops hops, smtp::Protocol protocol,
      route::MailClass mail_class, std::shared_ptr<const route::Inside> inside,
      Outgoing message);

  void SetOptions(Options options);
  // An operator wants everything tried now.
  void ForgetPauses() { pace_.ForgetPauses(); }
  // Sends nothing more: what waits is put off, what lies idle says QUIT.
  void Stop();

  // To be called about once a second.
  void CheckTime(absl::Duration uptime);

 private:
  struct Errand {
    Outgoing message;
    std::function<void(SendResult)> done;  // Called once.
  };
  struct Lane {
    std::string key;
    route::NextHops hops;  // The newest.
    smtp::Protocol protocol;
    route::MailClass mail_class;
    std::shared_ptr<const route::Inside> inside;  // The newest.
    std::deque<Errand> waiting;
    std::vector<HopConnection*> connections;       // One for each worker.
    std::vector<boost::asio::steady_timer*> idle;  // Cancel: there is work.
    size_t starting = 0;        // Workers that have not taken a message yet.
    bool queued = false;        // Waits for a slot.
    bool slow = false;          // All of its connections wait for their peers.
    bool is_owed = false;       // Somebody was told to wait for it.
    std::string failure;        // Why it could not be reached the last time.
    size_t max_recipients = 0;  // In one transaction; 0: not known.
    absl::Duration since;       // When it became new, or slow: an uptime.
    absl::Duration wanted_until;  // Remembered until then: somebody comes back.
    // What one message takes on one connection, lately; zero: not known.
    absl::Duration service_time;
    size_t held = 0;     // Of held_; then none of it is of moving_.
    size_t moving = 0;   // Of moving_.
    size_t put_off = 0;  // Since the last CheckTime(), as too many waited.
  };
  using LanePointer = std::shared_ptr<Lane>;

  // Who may wait, and for how long the others are put off (outbox.cc).
  LanePointer FindLane(route::NextHops hops, smtp::Protocol protocol,
                       route::MailClass mail_class,
                       std::shared_ptr<const route::Inside> inside);
  std::optional<SendResult> Refuse(Lane& lane, bool waits_now);
  SendResult RefuseUnproven(Lane& lane);
  absl::Duration PauseWhenFull(Lane& lane) const;
  void PutOff(Lane& lane, size_t kept, const SendResult& result);
  bool Moves(const Lane& lane) const;
  Slots::Kind KindOf(const Lane& lane) const;
  size_t MayWait(const Lane& lane) const;
  bool HasShare(const Lane& lane) const;
  void Recount(Lane& lane);
  void CheckLane(const LanePointer& lane);
  bool IsRemembered(const Lane& lane, absl::Duration uptime) const;

  // Who works on what waits (outbox_work.cc).
  void Pump(const LanePointer& lane);
  void PumpQueued();
  boost::asio::awaitable<void> Work(LanePointer lane,
                                    std::shared_ptr<HopConnection> hop);
  boost::asio::awaitable<std::optional<Errand>> NextErrand(LanePointer lane,
                                                           HopConnection& hop,
                                                           bool called);
  boost::asio::awaitable<bool> AwaitWork(LanePointer lane, HopConnection& hop);
  Way WayOf(const Lane& lane) const;
  route::Pace::Result Note(Lane& lane, const Carried& carried);
  SendResult ResultOf(Lane& lane, Carried carried) const;
  void Leave(const LanePointer& lane, HopConnection* hop,
             route::Pace::Result result);
  void RecordReach(const base::EventType& type, const Lane& lane,
                   absl::string_view why) const;

  const HopContext* const context_;
  boost::asio::io_context* const loop_;
  const OnReached on_reached_;
  Options options_;
  route::Pace pace_;
  route::HostHealth health_;
  Slots slots_;
  absl::flat_hash_map<std::string, LanePointer> lanes_;
  std::deque<LanePointer> queues_[3];  // For a slot; by Slots::Kind.
  size_t held_ = 0;    // Messages that wait for lanes which do not move,
  size_t moving_ = 0;  // and for those which do.
  bool stopping_ = false;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_DELIVER_OUTBOX_H_
