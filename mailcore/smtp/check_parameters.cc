#include "mailcore/smtp/check_parameters.h"

#include <string>
#include <variant>

#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "mailcore/smtp/esmtp_parameters.h"

namespace mailsec::smtp {
namespace {

// As it follows a path: without the blank before it.
template <typename Parameters>
std::string Said(const Parameters& parameters) {
  return std::string(absl::StripPrefix(FormatDsnParameters(parameters), " "));
}

}  // namespace

absl::Status CheckParameters(const MailParameters& parameters) {
  const auto heard = ParseMailParameters(Said(parameters), /*extended=*/true);
  const auto* same = std::get_if<MailParameters>(&heard);
  if (same == nullptr || same->envelope_id != parameters.envelope_id) {
    return absl::InvalidArgumentError(
        "envelope_id: printable ASCII, at most 100 octets as xtext");
  }
  return absl::OkStatus();
}

absl::Status CheckParameters(const DsnNotify& notify) {
  if (notify.never && (notify.success || notify.failure || notify.delay)) {
    return absl::InvalidArgumentError("notify: NEVER stands alone");
  }
  return absl::OkStatus();
}

absl::Status CheckParameters(const RcptParameters& parameters) {
  if (parameters.original_type.empty() !=
      parameters.original_recipient.empty()) {
    return absl::InvalidArgumentError(
        "original_type and original_recipient: both or neither");
  }
  RcptParameters original = parameters;
  original.notify = {};
  const auto heard = ParseRcptParameters(Said(original), /*extended=*/true,
                                         /*smtputf8=*/true);
  const auto* same = std::get_if<RcptParameters>(&heard);
  if (same == nullptr || *same != original) {
    return absl::InvalidArgumentError(
        "original_type: \"rfc822\", \"utf-8\" or another word in small "
        "letters; original_recipient: printable ASCII, or UTF-8 of the type "
        "\"utf-8\"; at most 500 octets together, as xtext");
  }
  return CheckParameters(parameters.notify);
}

}  // namespace mailsec::smtp
