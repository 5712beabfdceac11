#include "mailcore/watch/signature_age.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "mailcore/watch/watch_events.h"

namespace mailsec::watch {
namespace {

using base::Event;

int64_t WholeHours(absl::Duration duration) {
  return absl::ToInt64Hours(duration);
}

}  // namespace

void SignatureAge::Note(absl::string_view scanner,
                        const absl::StatusOr<absl::Time>& said) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Entry& entry = entries_[std::string(scanner)];
  if (said.ok()) {
    entry.made = *said;
    entry.silent_since.reset();
  } else if (absl::IsNotFound(said.status())) {
    entry.made.reset();
    entry.silent_since.reset();
  } else {
    if (!entry.silent_since) entry.silent_since = clock_->Uptime();
    entry.why = std::string(said.status().message());
  }
  const Condition now = Judge(entry);
  if (now == entry.told) return;
  entry.told = now;
  Tell(scanner, entry);
}

SignatureAge::Condition SignatureAge::Judge(const Entry& entry) const {
  if (entry.made && clock_->Now() - *entry.made > options_.max_age) {
    return Condition::kOld;
  }
  if (entry.silent_since &&
      clock_->Uptime() - *entry.silent_since >= options_.max_silence) {
    return Condition::kUnknown;
  }
  return Condition::kFresh;
}

void SignatureAge::Tell(absl::string_view scanner, const Entry& entry) const {
  const absl::Time now = clock_->Now();
  const auto record = [&](Event event) {
    if (entry.made) {
      std::move(event)
          .With("made", absl::FormatTime(*entry.made, absl::UTCTimeZone()))
          .With("age_hours", WholeHours(now - *entry.made));
    }
    sink_->Record(std::move(event).With("scanner", scanner));
  };
  switch (entry.told) {
    case Condition::kFresh:
      return record(Event(events::kSignaturesFresh, now));
    case Condition::kOld:
      return record(Event(events::kSignaturesOld, now)
                        .With("limit_hours", WholeHours(options_.max_age)));
    case Condition::kUnknown:
      return record(
          Event(events::kSignaturesUnknown, now).With("why", entry.why));
  }
}

bool SignatureAge::IsOld(absl::string_view scanner) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = entries_.find(scanner);
  return found != entries_.end() && Judge(found->second) != Condition::kFresh;
}

std::optional<absl::Time> SignatureAge::LastKnown(
    absl::string_view scanner) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = entries_.find(scanner);
  return found == entries_.end() ? std::nullopt : found->second.made;
}

}  // namespace mailsec::watch
