#include "mailcore/server/control/queue_filter.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "mailcore/address/address.h"
#include "mailcore/base/log_safe.h"

namespace mailsec::server {
namespace {

using address::Address;

std::string WithoutBrackets(absl::string_view text) {
  if (text == "<>") return std::string(text);
  absl::ConsumePrefix(&text, "<");
  absl::ConsumeSuffix(&text, ">");
  return std::string(text);
}

// `address` is null for the null sender.
bool MatchesAddress(const std::string& wanted, const Address* address) {
  const std::string text = WithoutBrackets(wanted);
  if (address == nullptr) return text == "<>";
  if (absl::StartsWith(text, "@")) {
    return absl::EndsWithIgnoreCase(address->ToString(), text);
  }
  const absl::StatusOr<Address> parsed = Address::Parse(text);
  return parsed.ok() && parsed->CanonicalKey() == address->CanonicalKey();
}

absl::Status CheckAddress(const char* field, const std::string& text) {
  const std::string bare = WithoutBrackets(text);
  if (bare.empty() || bare == "<>") return absl::OkStatus();
  if (absl::StartsWith(bare, "@") && bare.size() > 1) return absl::OkStatus();
  const absl::StatusOr<Address> parsed = Address::Parse(bare);
  if (parsed.ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      field, ": \"", base::LogSafe(text),
      "\": say an address, @DOMAIN, or <> (", parsed.status().message(), ")"));
}

}  // namespace

const char* QueueStateName(spool::QueueState state) {
  switch (state) {
    case spool::QueueState::kWaiting:
      return "waiting";
    case spool::QueueState::kActive:
      return "active";
    case spool::QueueState::kHeld:
      return "held";
  }
  return "";
}

bool IsWaiting(const spool::Recipient& recipient) {
  return recipient.state == spool::RecipientState::kPending ||
         recipient.state == spool::RecipientState::kFailed;
}

absl::Status CheckQueueFilter(const control::QueueFilter& filter) {
  absl::Status status = CheckAddress("sender", filter.sender());
  if (status.ok()) status = CheckAddress("recipient", filter.recipient());
  if (!status.ok()) return status;
  const std::string& state = filter.state();
  if (state.empty() || state == "waiting" || state == "active" ||
      state == "held") {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("state: \"", base::LogSafe(state),
                   "\" is none of waiting, active and held"));
}

bool MatchesEntry(const control::QueueFilter& filter,
                  const spool::QueueEntry& entry, absl::Time now) {
  if (!filter.state().empty() &&
      filter.state() != QueueStateName(entry.state)) {
    return false;
  }
  const double age = absl::ToDoubleSeconds(now - entry.received);
  return age >= static_cast<double>(filter.min_age_seconds()) &&
         (filter.max_age_seconds() == 0 ||
          age <= static_cast<double>(filter.max_age_seconds()));
}

bool MatchesEnvelope(const control::QueueFilter& filter,
                     const spool::Envelope& envelope) {
  if (!filter.sender().empty() &&
      !MatchesAddress(filter.sender(), envelope.sender.address())) {
    return false;
  }
  if (filter.recipient().empty() && filter.reason().empty()) return true;
  const std::string reason = absl::AsciiStrToLower(filter.reason());
  return std::any_of(
      envelope.recipients.begin(), envelope.recipients.end(),
      [&](const spool::Recipient& recipient) {
        if (!IsWaiting(recipient)) return false;
        if (!filter.recipient().empty() &&
            !MatchesAddress(filter.recipient(), recipient.path.address())) {
          return false;
        }
        return reason.empty() ||
               absl::StrContains(
                   absl::AsciiStrToLower(absl::StrCat(recipient.last_reply, " ",
                                                      recipient.cause)),
                   reason);
      });
}

}  // namespace mailsec::server
