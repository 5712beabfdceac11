#include "mailcore/server/deliver/attempt_recorder.h"

#include <functional>
#include <utility>

#include "boost/asio/post.hpp"
#include "boost/asio/steady_timer.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "mailcore/server/queue/loaded_message.h"
#include "mailcore/server/runtime/await_callback.h"
#include "mailcore/server/runtime/no_throw.h"
#include "mailcore/server/runtime/server_events.h"

namespace mailsec::server {
namespace {

namespace asio = boost::asio;
using base::Event;

// As much of an original is read to return its header section, or all of it;
// NdnBuilder returns less. Ours.
constexpr uint64_t kHeadOctets = 1 << 20;
constexpr uint64_t kFullOctets = 10 << 20;

}  // namespace

void AttemptRecorder::RecordNotStored(spool::QueueId id,
                                      const absl::Status& status) const {
  context_.events->Record(Event(events::kNotStored, context_.clock->Now())
                              .With("id", id.ToString())
                              .With("error", status.message()));
}

asio::awaitable<void> AttemptRecorder::Pause() {
  if (context_.pause == absl::ZeroDuration()) {
    co_await asio::post(*context_.loop, asio::use_awaitable);
    co_return;
  }
  asio::steady_timer pause(*context_.loop,
                           absl::ToChronoMilliseconds(context_.pause));
  co_await pause.async_wait(kNoThrow);
}

asio::awaitable<void> AttemptRecorder::Save(spool::Progress progress) {
  for (;;) {
    const absl::Status status = co_await AwaitCallback<absl::Status>(
        [&](std::function<void(absl::Status)> done) {
          context_.writer->Record(progress, std::move(done));
        });
    if (status.ok()) co_return;
    RecordNotStored(progress.id, status);
    // A damaged message stays damaged, and what else was in the batch is kept.
    if (stopping_ || absl::IsDataLoss(status)) co_return;
    co_await Pause();
  }
}

asio::awaitable<void> AttemptRecorder::SaveWith(
    const NotifierSettings& settings, const Attempt& attempt, Notices notices,
    spool::Progress progress) {
  const std::string original =
      co_await ReadOriginal(attempt, notices.wants_full);
  absl::Status written;
  bool stored = false;
  for (notify::NdnRequest& request : notices.requests) {
    request.original = original;
    const bool last = &request == &notices.requests.back() && written.ok();
    const absl::Status status =
        co_await Store(settings, attempt, request, last ? &progress : nullptr);
    stored = last && status.ok();
    written.Update(status);
  }
  if (stored || stopping_) co_return;
  // Nobody can be told: a person has to look at it.
  context_.events->Record(Event(events::kNotBuilt, context_.clock->Now())
                              .With("id", attempt.id.ToString())
                              .With("error", written.message()));
  for (spool::RecipientChange& change : progress.changes) {
    if (change.state == spool::RecipientState::kReported) {
      change.state = spool::RecipientState::kFailed;
    }
  }
  progress.hold = true;
  progress.done = false;
  co_await Save(std::move(progress));
}

asio::awaitable<absl::Status> AttemptRecorder::Store(
    const NotifierSettings& settings, const Attempt& attempt,
    const notify::NdnRequest& request, const spool::Progress* progress) {
  for (;;) {
    absl::StatusOr<spool::Submission> notification = context_.notifier->Compose(
        settings, attempt, request, context_.spool->NewMessage());
    absl::Status status = notification.status();
    if (status.ok()) {
      if (progress != nullptr) notification->progress.push_back(*progress);
      const spool::QueueId made = notification->content.id();
      const absl::StatusOr<spool::QueueId> id =
          co_await AwaitCallback<absl::StatusOr<spool::QueueId>>(
              [&](std::function<void(absl::StatusOr<spool::QueueId>)> done) {
                context_.writer->Submit(*std::move(notification),
                                        std::move(done));
              });
      status = id.status();
      if (status.ok()) {
        context_.events->Record(
            Event(events::kNotificationQueued, context_.clock->Now())
                .With("id", made.ToString())
                .With("because", attempt.id.ToString())
                .With("to", request.target.ToString()));
      }
      // An operator has removed the message: nobody is to be told of it.
      if (status.ok() || absl::IsNotFound(status)) co_return absl::OkStatus();
    }
    RecordNotStored(attempt.id, status);
    if (stopping_ || absl::IsInvalidArgument(status) ||
        absl::IsDataLoss(status)) {
      co_return status;
    }
    co_await Pause();
  }
}

asio::awaitable<std::string> AttemptRecorder::ReadOriginal(
    const Attempt& attempt, bool full) {
  if (attempt.content != nullptr) co_return *attempt.content;
  const std::shared_ptr<const std::string> content =
      co_await AwaitOnPool<std::shared_ptr<const std::string>>(
          *context_.pool, nullptr, [&] {
            return LoadContent(*context_.spool, attempt.id, attempt.envelope,
                               full ? kFullOctets : kHeadOctets);
          });
  if (content == nullptr) co_return std::string();
  co_return *content;
}

}  // namespace mailsec::server
