#include "mailcore/message/missing_fields.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "mailcore/message/date_time.h"

namespace mailsec::message {
namespace {

// RFC 6376, 3.2 and 3.5:
//   tag-list  = tag-spec *( ";" tag-spec ) [ ";" ]
//   tag-spec  = [FWS] tag-name [FWS] "=" [FWS] tag-value [FWS]
//   sig-h-tag = %x68 [FWS] "=" [FWS] hdr-name *( [FWS] ":" [FWS] hdr-name )
bool Covers(absl::string_view signature, absl::string_view name) {
  for (absl::string_view tag : absl::StrSplit(signature, ';')) {
    tag = absl::StripAsciiWhitespace(tag);
    if (!absl::ConsumePrefix(&tag, "h")) continue;
    tag = absl::StripLeadingAsciiWhitespace(tag);
    if (!absl::ConsumePrefix(&tag, "=")) continue;
    for (const absl::string_view one : absl::StrSplit(tag, ':')) {
      if (absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(one), name)) {
        return true;
      }
    }
  }
  return false;
}

bool IsSigned(const HeaderScanner& header, absl::string_view name) {
  return std::any_of(
      header.fields().begin(), header.fields().end(),
      [&](const HeaderField& field) {
        return (absl::EqualsIgnoreCase(field.name, "DKIM-Signature") ||
                absl::EqualsIgnoreCase(field.name, "ARC-Message-Signature")) &&
               Covers(field.value, name);
      });
}

}  // namespace

MissingFields FindMissingFields(const HeaderScanner& header, absl::Time now,
                                absl::string_view message_id) {
  MissingFields missing;
  const auto add = [&](const char* name, absl::string_view value) {
    if (header.Has(name) || IsSigned(header, name)) return;
    absl::StrAppend(&missing.fields, name, ": ", value, "\r\n");
    missing.names.emplace_back(name);
  };
  add("Date", FormatDateTime(now));
  add("Message-ID", message_id);
  return missing;
}

}  // namespace mailsec::message
