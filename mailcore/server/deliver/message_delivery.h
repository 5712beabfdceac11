// message_delivery.h: what becomes of this message in this attempt?
//
// One attempt is one coroutine that reads from top to bottom: who goes where
// (plan.h), which hosts that are (hop_cache.h), the way there (outbox.h,
// local_delivery.h), what the answers mean (judgement.h), who has to be told
// (notifier.h), and what is written down (attempt_recorder.h).
//
//   MessageDelivery delivery(tools, snapshot, id, std::move(loaded));
//   AttemptResult result = co_await delivery.Run();

#ifndef MAILCORE_SERVER_DELIVER_MESSAGE_DELIVERY_H_
#define MAILCORE_SERVER_DELIVER_MESSAGE_DELIVERY_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "boost/asio/awaitable.hpp"
#include "mailcore/server/deliver/attempt_recorder.h"
#include "mailcore/server/deliver/hop_cache.h"
#include "mailcore/server/deliver/judgement.h"
#include "mailcore/server/deliver/outbox.h"
#include "mailcore/server/deliver/plan.h"
#include "mailcore/server/deliver/reach_watch.h"
#include "mailcore/server/deliver/store_watch.h"
#include "mailcore/server/deliver/waiting_client.h"
#include "mailcore/server/queue/attempt.h"
#include "mailcore/server/queue/loaded_message.h"
#include "mailcore/server/runtime/parts.h"
#include "mailcore/server/snapshot/snapshot.h"
#include "mailcore/server/tell/automatic_sender.h"
#include "mailcore/server/tell/notifier.h"
#include "mailcore/spool/spool.h"

namespace mailsec::server {

// What all attempts work with. All of it outlives them and, but for the parts,
// belongs to the thread of their event loop.
struct DeliveryTools {
  HopCache* cache;
  Outbox* outbox;
  ReachWatch* reach_watch;
  AttemptRecorder* recorder;
  const Notifier* notifier;
  // Its resolver may be null: then nobody asks who a sender's exchangers are.
  const Parts* parts;
  const AutomaticSender* automatic;  // Null: deliveries cause no mail.
  StoreWatch* stores;  // Null: nobody is told of faults of Maildirs.
};

// What an attempt means for others. Thread safety: a value.
struct AttemptResult {
  size_t found_full = 0;     // Groups that were put off, as others were before.
  bool more_is_due = false;  // The spool has something for an attempt at once.
};

// Thread safety: none; belongs to the thread of the event loop.
class MessageDelivery {
 public:
  // `tools` is not owned. The attempt keeps the snapshot that it begins with.
  // `loaded` has an envelope. `client` is who waits for the answer; null:
  // nobody.
  MessageDelivery(const DeliveryTools* tools,
                  std::shared_ptr<const Snapshot> snapshot, spool::QueueId id,
                  LoadedMessage loaded,
                  std::unique_ptr<WaitingClient> client = nullptr);
  MessageDelivery(const MessageDelivery&) = delete;
  MessageDelivery& operator=(const MessageDelivery&) = delete;

  // To be called once. The delivery must live until the result is there.
  boost::asio::awaitable<AttemptResult> Run();

 private:
  // The way there.
  boost::asio::awaitable<void> PutIntoMailboxes(Group group);
  boost::asio::awaitable<void> HandOverAll(std::vector<Group> groups);
  boost::asio::awaitable<void> FindHops(Group& group, absl::Duration limit);
  boost::asio::awaitable<void> HandOver(Group group);
  Outgoing MakeOutgoing(const Group& group);
  boost::asio::awaitable<SendResult> Send(const Group& group);

  // What came of it.
  void GiveUp(const Plan& plan);
  void PutOff(const std::vector<size_t>& recipients, const std::string& why,
              absl::Duration pause);
  boost::asio::awaitable<void> TakeEarly(
      const Group& group,
      const std::vector<std::optional<HopOutcome>>& outcomes);
  void JudgeAll(const Group& group, const SendResult& result);
  void JudgeOne(const Group& group, size_t recipient, const HopOutcome& outcome,
                bool kept_inside);
  void Take(Judgement judged);
  void RecordOutcome(const Group& group, size_t recipient,
                     const HopOutcome& outcome) const;
  boost::asio::awaitable<void> SaveDelivered();
  spool::Progress TakeChanges();

  // Who is told.
  boost::asio::awaitable<void> AnswerClient();
  std::vector<CutThroughRecipient> FatesForClient(
      const CutThroughWaiter& waiter) const;
  bool CausesMail() const;
  boost::asio::awaitable<void> SendAutomatic();
  boost::asio::awaitable<void> FindSender();
  boost::asio::awaitable<void> Conclude();

  absl::Duration Age() const;
  bool client_waits() const { return client_ != nullptr && client_->waits(); }

  const DeliveryTools& tools_;
  const Parts& parts_;
  const std::shared_ptr<const Snapshot> snapshot_;
  const std::unique_ptr<WaitingClient> client_;
  const absl::Duration begun_;      // The uptime,
  const absl::Duration age_begun_;  // and the message's age then.
  Attempt attempt_;
  bool leaves_out_ = false;  // Some recipients take no part; they come at once.
  absl::Duration pause_ = absl::InfiniteDuration();  // Until the next attempt.
  std::vector<size_t> arrived_;  // Recipients in mailboxes of ours, by it.
  std::vector<spool::RecipientChange> changes_;  // Not written down yet.
  AttemptResult result_;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_DELIVER_MESSAGE_DELIVERY_H_
