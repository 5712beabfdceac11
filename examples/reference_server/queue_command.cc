#include "examples/reference_server/queue_command.h"

#include <ostream>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "mailcore/base/log_safe.h"

namespace {

using mailsec::base::LogSafe;
namespace control = mailsec::control;
using control::QueueChange;

// Seconds: "90", "30m", "2h", "1d".
absl::StatusOr<uint64_t> ParseAge(const char* flag, absl::string_view text) {
  uint64_t unit = 1;
  absl::string_view digits = text;
  for (const auto& [suffix, seconds] :
       {std::pair('s', 1), {'m', 60}, {'h', 3600}, {'d', 86400}}) {
    if (!text.empty() && text.back() == suffix) {
      unit = static_cast<uint64_t>(seconds);
      digits.remove_suffix(1);
    }
  }
  uint32_t number;
  if (absl::SimpleAtoi(digits, &number)) return number * unit;
  return absl::InvalidArgumentError(absl::StrCat(
      "--", flag, " ", text, ": say a time, as 90s, 30m, 2h or 1d"));
}

bool HasFilter(const QueueCommand& command) {
  return !command.sender.empty() || !command.recipient.empty() ||
         !command.domain.empty() || !command.reason.empty() ||
         !command.older_than.empty() || !command.newer_than.empty() ||
         !command.state.empty() || command.all;
}

absl::Status FillFilter(const QueueCommand& command,
                        control::QueueFilter* filter) {
  if (!command.domain.empty() && !command.recipient.empty()) {
    return absl::InvalidArgumentError("say --recipient or --domain, not both");
  }
  filter->set_sender(command.sender);
  filter->set_recipient(command.domain.empty()
                            ? command.recipient
                            : absl::StrCat("@", command.domain));
  filter->set_reason(command.reason);
  filter->set_state(command.state);
  if (!command.older_than.empty()) {
    const auto age = ParseAge("older_than", command.older_than);
    if (!age.ok()) return age.status();
    filter->set_min_age_seconds(*age);
  }
  if (!command.newer_than.empty()) {
    const auto age = ParseAge("newer_than", command.newer_than);
    if (!age.ok()) return age.status();
    filter->set_max_age_seconds(*age);
  }
  return absl::OkStatus();
}

absl::Status BuildChange(const std::string& action,
                         const std::vector<std::string>& ids,
                         const QueueCommand& command, QueueChange* change) {
  const std::vector<std::pair<absl::string_view, QueueChange::Action>> actions =
      {{"hold", QueueChange::HOLD},     {"release", QueueChange::RELEASE},
       {"remove", QueueChange::REMOVE}, {"flush", QueueChange::FLUSH},
       {"bounce", QueueChange::BOUNCE}, {"requeue", QueueChange::REQUEUE}};
  for (const auto& [name, value] : actions) {
    if (name == action) change->set_action(value);
  }
  if (change->action() == QueueChange::NONE) {
    return absl::InvalidArgumentError(
        "queue: say list, show, cat, hold, release, remove, bounce, requeue or "
        "flush");
  }
  const bool has_filter = HasFilter(command);
  if (has_filter && !ids.empty()) {
    return absl::InvalidArgumentError("say IDs or a filter, not both");
  }
  if (ids.empty() && !has_filter && action != "flush") {
    return absl::InvalidArgumentError(
        absl::StrCat("queue ", action,
                     " needs an ID, a filter (--recipient, --reason, ...), or "
                     "--all"));
  }
  change->set_dry_run(command.dry_run);
  for (const std::string& id : ids) change->add_id(id);
  return has_filter ? FillFilter(command, change->mutable_filter())
                    : absl::OkStatus();
}

void PrintLine(const control::QueueEntry& entry, std::ostream& out) {
  out << absl::StreamFormat(
      "%-14s %-8s %-24s %10u octets  %3u attempts  next %s\n", entry.id(),
      entry.state(), entry.received(), entry.octets(), entry.attempts(),
      entry.next_attempt().empty() ? "-" : entry.next_attempt());
}

}  // namespace

absl::Status BuildQueueRequest(const QueueCommand& command,
                               control::Request* request) {
  const std::vector<std::string>& words = command.words;
  const std::string action = words.empty() ? "" : words[0];
  const std::vector<std::string> ids(words.begin() + (words.empty() ? 0 : 1),
                                     words.end());
  if (action == "list" && ids.empty()) {
    return FillFilter(command, request->mutable_queue_list()->mutable_filter());
  }
  if (action == "show" || action == "cat") {
    if (ids.size() != 1) {
      return absl::InvalidArgumentError(
          absl::StrCat("queue ", action, " needs one ID"));
    }
    action == "show" ? request->mutable_queue_show()->set_id(ids[0])
                     : request->mutable_queue_cat()->set_id(ids[0]);
    return absl::OkStatus();
  }
  return BuildChange(action, ids, command, request->mutable_queue_change());
}

void PrintEntry(const control::QueueEntry& entry, std::ostream& out) {
  PrintLine(entry, out);
  out << "  from " << LogSafe(entry.sender()) << " to ";
  for (int i = 0; i < entry.recipient_size(); ++i) {
    out << (i > 0 ? ", " : "") << LogSafe(entry.recipient(i));
  }
  const int more =
      static_cast<int>(entry.recipients()) - entry.recipient_size();
  if (more > 0) out << " and " << more << " more";
  out << "\n";
  if (!entry.reason().empty()) out << "  " << LogSafe(entry.reason()) << "\n";
}

void PrintDetail(const control::QueueDetail& detail, std::ostream& out) {
  PrintLine(detail.entry(), out);
  out << "  from " << LogSafe(detail.sender()) << "\n  by " << detail.client()
      << " (" << LogSafe(detail.client_name()) << ") with " << detail.protocol()
      << "\n  content: " << detail.verdict();
  if (!detail.scan_report().empty()) {
    out << " (" << LogSafe(detail.scan_report()) << ")";
  }
  out << "\n";
  for (const control::RecipientDetail& recipient : detail.recipient()) {
    out << "  to " << LogSafe(recipient.path()) << ": " << recipient.state();
    if (!recipient.last_reply().empty()) {
      out << " (" << LogSafe(recipient.last_reply()) << ")";
    }
    if (!recipient.hop().empty()) {
      out << " at " << LogSafe(recipient.hop());
    }
    if (!recipient.cause().empty()) {
      out << ", cause: " << LogSafe(recipient.cause());
    }
    if (recipient.local_only()) out << ", stays inside";
    out << "\n";
  }
}
