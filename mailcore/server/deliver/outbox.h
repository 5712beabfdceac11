// outbox.h: which message goes over which connection?
//
// Keeps a lane for each next hop: what waits for it, and connections that carry
// one message after another and stay open for a moment. route::Pace says how
// many there may be at once; a next hop that cannot be reached is left alone
// and holds up nobody else.
//
//   outbox.Send(hops, smtp::Protocol::kSmtp, mail_class,
//               {.transaction = ..., .content = ..., .done = ...});

#ifndef MAILCORE_SERVER_DELIVER_OUTBOX_H_
#define MAILCORE_SERVER_DELIVER_OUTBOX_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/steady_timer.hpp"
#include "mailcore/route/inside.h"
#include "mailcore/route/next_hops.h"
#include "mailcore/route/pace.h"
#include "mailcore/server/deliver/hop_connection.h"
#include "mailcore/smtp/client_session.h"

namespace mailsec::server {

// Thread safety: a value.
struct SendResult {
  // False: nothing was asked, for the reason in `why`; it may be tried again
  // after `pause`.
  bool tried = false;
  std::string why;
  absl::Duration pause;
  // Whether `why` is that the next hop cannot be reached.
  bool unreachable = false;
  std::vector<smtp::RecipientOutcome> outcomes;  // If tried.
  bool kept_inside = false;  // The outcomes are Inside::Refusal().
  std::string hop;           // Who answered.
  bool offers_dsn = false;   // RFC 3461, 5.2.2.
};

struct Outgoing {
  smtp::Transaction transaction;
  HopContent content;
  // For those who wait for it now: not put behind what waits, and every time
  // limit is at most this.
  absl::Duration patience = absl::InfiniteDuration();
  std::function<void(SendResult)> done;  // Called once, from the event loop.
};

// Thread safety: none; belongs to the thread of its event loop.
class Outbox {
 public:
  struct Options {
    route::Pace::Options pace;
    size_t max_connections = 100;                 // In all. Ours.
    size_t max_waiting = 1000;                    // For one next hop. Ours.
    absl::Duration idle_time = absl::Seconds(2);  // Until QUIT. Ours.
    size_t max_messages = 1000;                   // Over one connection. Ours.
    absl::Duration max_age = absl::Minutes(5);    // Of a connection. Ours.
  };

  // What is not owned must outlive the outbox, and the outbox the coroutines of
  // the loop.
  Outbox(const HopContext* context, boost::asio::io_context* loop,
         Options options);

  // Whether `inside` allows each address is asked right before a connection is
  // opened (R3). It must outlive `message`.
  void Send(const route::NextHops& hops, smtp::Protocol protocol,
            route::MailClass mail_class,
            std::shared_ptr<const route::Inside> inside, Outgoing message);

  void SetOptions(Options options);
  // An operator wants everything tried now.
  void ForgetPauses() { pace_.ForgetPauses(); }
  // Sends nothing more: what waits is put off, what lies idle says QUIT.
  void Stop();

  // To be called about once a second.
  void CheckTime(absl::Duration uptime);

 private:
  struct Lane {
    std::string key;
    route::NextHops hops;  // The newest.
    smtp::Protocol protocol;
    route::MailClass mail_class;
    std::shared_ptr<const route::Inside> inside;  // The newest.
    std::deque<Outgoing> waiting;
    std::vector<boost::asio::steady_timer*> idle;  // Cancel: there is work.
    size_t workers = 0;
    size_t starting = 0;  // Workers that have not taken a message yet.
    std::string failure;  // Why it could not be reached the last time.
    // What one message takes on one connection, lately; zero: not known.
    absl::Duration service_time;
    size_t put_off = 0;  // Since the last CheckTime(), as too many waited.
  };
  using LanePointer = std::shared_ptr<Lane>;

  boost::asio::awaitable<void> Work(LanePointer lane);
  // Sends one message after another. How the connection ended.
  boost::asio::awaitable<route::Pace::Result> Carry(LanePointer lane,
                                                    HopConnection& hop);
  boost::asio::awaitable<bool> AwaitWork(LanePointer lane, HopConnection& hop);
  boost::asio::awaitable<absl::Status> Ready(LanePointer lane,
                                             HopConnection& hop);
  void RecordReach(const base::EventType& type, const Lane& lane,
                   absl::string_view why) const;
  void Pump(const LanePointer& lane);
  void PumpAny();
  void PutOffAll(Lane& lane, const std::string& why, absl::Duration pause,
                 bool unreachable);
  absl::Duration PauseWhenFull(Lane& lane) const;

  const HopContext* const context_;
  boost::asio::io_context* const loop_;
  Options options_;
  route::Pace pace_;
  absl::flat_hash_map<std::string, LanePointer> lanes_;
  size_t connections_ = 0;
  bool stopping_ = false;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_DELIVER_OUTBOX_H_
