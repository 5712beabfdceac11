#include "mailcore/server/control/control_queue.h"

#include <algorithm>
#include <future>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "mailcore/base/log_safe.h"
#include "mailcore/server/control/control_responses.h"
#include "mailcore/server/control/queue_entries.h"
#include "mailcore/server/control/queue_filter.h"
#include "mailcore/server/runtime/server_events.h"
#include "mailcore/server/snapshot/addressees.h"

namespace mailsec::server {
namespace {

using base::LogSafe;
using control::QueueChange;
using control::Response;
using spool::QueueId;

// Entries of one response, which are well below kMaxControlOctets, and of one
// page. Ours.
constexpr int kEntriesInOneResponse = 1000;
constexpr size_t kEntriesInOnePage = 10000;

// Octets of content in one response. Ours.
constexpr size_t kContentInOneResponse = 1 << 20;

std::string ActionName(QueueChange::Action action) {
  return absl::StrCat("queue.",
                      absl::AsciiStrToLower(QueueChange::Action_Name(action)));
}

// An action that would do nothing to a message in this state leaves it out when
// messages are chosen by a filter.
bool Concerns(QueueChange::Action action, spool::QueueState state) {
  switch (action) {
    case QueueChange::HOLD:
      return state != spool::QueueState::kHeld;
    case QueueChange::RELEASE:
      return state == spool::QueueState::kHeld;
    case QueueChange::FLUSH:
      return state == spool::QueueState::kWaiting;
    default:
      return true;
  }
}

}  // namespace

void ControlQueue::ForEach(
    const control::QueueFilter& filter, absl::string_view after,
    const std::function<bool(const spool::QueueEntry&, const spool::Envelope*)>&
        use) const {
  const absl::Time now = parts_->clock->Now();
  const absl::StatusOr<QueueId> last = QueueId::Parse(after);
  for (const spool::QueueEntry& entry : parts_->spool->List()) {
    if (last.ok() && !(*last < entry.id)) continue;
    if (!MatchesEntry(filter, entry, now)) continue;
    const absl::StatusOr<spool::Envelope> envelope =
        parts_->spool->ReadEnvelope(entry.id);
    if (absl::IsNotFound(envelope.status())) continue;  // Gone meanwhile.
    // What cannot be read is meant by no filter that looks inside.
    const bool looks_inside = !filter.sender().empty() ||
                              !filter.recipient().empty() ||
                              !filter.reason().empty();
    if (envelope.ok() ? !MatchesEnvelope(filter, *envelope) : looks_inside) {
      continue;
    }
    if (!use(entry, envelope.ok() ? &*envelope : nullptr)) return;
  }
}

void ControlQueue::List(const control::QueueList& request,
                        const Send& send) const {
  const absl::Status status = CheckQueueFilter(request.filter());
  if (!status.ok()) return send(ErrorResponse(status.message()));
  Response response;
  size_t shown = 0;
  std::string last;
  ForEach(request.filter(), request.after(),
          [&](const spool::QueueEntry& entry, const spool::Envelope* envelope) {
            if (shown == kEntriesInOnePage) {
              response.set_next(last);
              return false;
            }
            if (response.entry_size() == kEntriesInOneResponse) {
              response.set_more(true);
              send(response);
              response.Clear();
            }
            ++shown;
            last = entry.id.ToString();
            FillEntry(entry, envelope, response.add_entry());
            return true;
          });
  send(response);
}

Response ControlQueue::Show(const control::QueueShow& request) const {
  const absl::StatusOr<spool::QueueId> id = spool::QueueId::Parse(request.id());
  if (!id.ok()) return ErrorResponse(id.status().message());
  const absl::StatusOr<spool::QueueEntry> entry = parts_->spool->Find(*id);
  if (!entry.ok()) return ErrorResponse(entry.status().message());
  const absl::StatusOr<spool::Envelope> envelope =
      parts_->spool->ReadEnvelope(*id);
  if (!envelope.ok()) return ErrorResponse(envelope.status().message());
  Response response;
  FillDetail(*entry, *envelope, response.mutable_detail());
  return response;
}

// ---------------------------------------------------------------------------
// What leaves an event

void ControlQueue::Cat(const control::QueueCat& request, const Operator& by,
                       const Send& send) const {
  absl::Status status;
  Response response;
  const absl::StatusOr<QueueId> id = QueueId::Parse(request.id());
  status = id.status();
  if (status.ok()) {
    const absl::StatusOr<spool::QueueEntry> entry = parts_->spool->Find(*id);
    status = entry.status();
    if (status.ok() && entry->state != spool::QueueState::kHeld) {
      status = absl::FailedPreconditionError(
          "only the content of a held message is shown: hold it first");
    }
  }
  base::Event event = OperatorEvent(events::kOperatorRead, parts_->clock->Now(),
                                    by, "queue.cat")
                          .With("id", request.id());
  if (!status.ok()) std::move(event).With("error", status.message());
  parts_->events->Record(event);
  if (!status.ok()) return send(ErrorResponse(status.message()));
  absl::StatusOr<std::unique_ptr<spool::ContentReader>> reader =
      parts_->spool->OpenContent(*id);
  if (!reader.ok()) return send(ErrorResponse(reader.status().message()));
  for (;;) {
    const absl::StatusOr<absl::string_view> piece = (*reader)->Next();
    if (!piece.ok()) return send(ErrorResponse(piece.status().message()));
    if (piece->empty()) return send(response);
    response.mutable_content()->append(piece->data(), piece->size());
    if (response.content().size() < kContentInOneResponse) continue;
    response.set_more(true);
    send(response);
    response.Clear();
  }
}

void ControlQueue::Record(const Operator& by, Action action,
                          absl::string_view id, const absl::Status& status,
                          absl::string_view new_id) const {
  base::Event event =
      OperatorEvent(events::kOperatorChange, parts_->clock->Now(), by,
                    ActionName(action))
          .With("id", id);
  if (!new_id.empty()) std::move(event).With("new_id", new_id);
  if (!status.ok()) std::move(event).With("error", status.message());
  parts_->events->Record(event);
}

void ControlQueue::Change(const control::QueueChange& request,
                          const Operator& by, const Send& send) const {
  const Action action = request.action();
  const absl::Status status = CheckQueueFilter(request.filter());
  if (!status.ok()) return send(ErrorResponse(status.message()));
  if (!QueueChange::Action_IsValid(action) || action == QueueChange::NONE) {
    return send(ErrorResponse("the server cannot do this"));
  }
  Response response;
  if (action == QueueChange::FLUSH && !request.has_filter() &&
      request.id().empty() && !request.dry_run()) {
    response.set_changed(parts_->spool->Flush());
    Record(by, action, "all", absl::OkStatus(), "");
    retry_now_();
    return send(response);
  }
  std::vector<std::string> ids(request.id().begin(), request.id().end());
  if (request.has_filter() || (ids.empty() && action == QueueChange::FLUSH)) {
    ForEach(request.filter(), "",
            [&](const spool::QueueEntry& entry, const spool::Envelope*) {
              if (Concerns(action, entry.state)) {
                ids.push_back(entry.id.ToString());
              }
              return true;
            });
  }
  for (const std::string& text : ids) {
    const absl::StatusOr<QueueId> id = QueueId::Parse(text);
    absl::Status done = id.status();
    std::string new_id;
    if (done.ok() && request.dry_run()) {
      done = parts_->spool->Find(*id).status();
    } else if (done.ok()) {
      done = ChangeOne(action, *id, &new_id);
    }
    if (!request.dry_run()) Record(by, action, text, done, new_id);
    if (!done.ok()) {
      control::ChangeFailure* failure = response.add_failure();
      failure->set_id(LogSafe(text));
      failure->set_error(LogSafe(done.message()));
    } else {
      response.set_changed(response.changed() + 1);
    }
    if (request.dry_run() && done.ok()) {
      response.add_entry()->set_id(text);
    }
    if (response.failure_size() + response.entry_size() ==
        kEntriesInOneResponse) {
      const uint64_t changed = response.changed();
      response.set_more(true);
      send(response);
      response.Clear();
      response.set_changed(changed);
    }
  }
  if (!request.dry_run()) retry_now_();
  send(response);
}

absl::Status ControlQueue::ChangeOne(Action action, QueueId id,
                                     std::string* new_id) const {
  switch (action) {
    case QueueChange::HOLD:
      return parts_->spool->Hold(id);
    case QueueChange::RELEASE:
      return parts_->spool->Release(id);
    case QueueChange::REMOVE:
      return parts_->spool->Remove(id);
    case QueueChange::FLUSH: {
      const absl::Status found = parts_->spool->Find(id).status();
      if (found.ok()) parts_->spool->Hasten(id, absl::ZeroDuration());
      return found;
    }
    case QueueChange::BOUNCE:
      return parts_->spool->GiveUp(id);
    case QueueChange::REQUEUE:
      return Requeue(id, new_id);
    default:
      return absl::InvalidArgumentError("the server cannot do this");
  }
}

// It is held meanwhile, so that nobody begins to deliver it.
absl::Status ControlQueue::Requeue(QueueId id, std::string* new_id) const {
  const absl::StatusOr<spool::QueueEntry> before = parts_->spool->Find(id);
  if (!before.ok()) return before.status();
  const bool was_held = before->state == spool::QueueState::kHeld;
  absl::Status status = parts_->spool->Hold(id);
  if (!status.ok()) return status;
  const absl::StatusOr<spool::QueueEntry> held = parts_->spool->Find(id);
  status = held.status();
  if (status.ok() && held->under_way) {
    status = absl::FailedPreconditionError(
        "it is still being delivered; try again in a moment");
  }
  absl::StatusOr<spool::Submission> again =
      status.ok() ? NewSubmission(id) : status;
  status = again.status();
  if (status.ok()) {
    std::promise<absl::StatusOr<QueueId>> stored;
    parts_->writer->Submit(*std::move(again),
                           [&stored](absl::StatusOr<QueueId> made) {
                             stored.set_value(std::move(made));
                           });
    const absl::StatusOr<QueueId> made = stored.get_future().get();
    if (made.ok()) {
      *new_id = made->ToString();
      return absl::OkStatus();
    }
    status = made.status();
  }
  if (!was_held) (void)parts_->spool->Release(id);
  return status;
}

// The message with another id, to those who have no copy yet; the old one ends
// in the same commit.
absl::StatusOr<spool::Submission> ControlQueue::NewSubmission(
    QueueId id) const {
  absl::StatusOr<spool::Envelope> envelope = parts_->spool->ReadEnvelope(id);
  if (!envelope.ok()) return envelope.status();
  absl::StatusOr<std::unique_ptr<spool::ContentReader>> reader =
      parts_->spool->OpenContent(id, &*envelope);
  if (!reader.ok()) return reader.status();
  spool::MessageWriter content = parts_->spool->NewMessage();
  for (;;) {
    const absl::StatusOr<absl::string_view> piece = (*reader)->Next();
    if (!piece.ok()) return piece.status();
    if (piece->empty()) break;
    const absl::Status status = content.Append(*piece);
    if (!status.ok()) return status;
  }
  envelope->added_fields.clear();  // They are in the content now.
  envelope->given_up = false;
  envelope->attempts = 0;
  envelope->age = absl::ZeroDuration();
  envelope->delay_told = false;
  std::erase_if(envelope->recipients,
                [](const auto& recipient) { return !IsWaiting(recipient); });
  if (envelope->recipients.empty()) {
    return absl::FailedPreconditionError("nobody is left who has no copy");
  }
  for (spool::Recipient& recipient : envelope->recipients) {
    recipient.state = spool::RecipientState::kPending;
    recipient.last_reply.clear();
    recipient.hop.clear();
    recipient.cause.clear();
  }
  absl::StatusOr<Addressees> to =
      FindAddressees(*current_->Get()->routing, *envelope);
  if (!to.ok()) return to.status();
  for (size_t i = 0; i < to->recipients.size(); ++i) {
    // What stays inside does so for ever (R3).
    to->recipients[i].local_only |=
        envelope->recipients[to->origins[i]].local_only;
  }
  envelope->recipients = std::move(to->recipients);
  spool::Submission again = {.envelope = *std::move(envelope),
                             .content = std::move(content)};
  again.progress.push_back({.id = id, .changes = {}, .done = true});
  return again;
}

}  // namespace mailsec::server
