#include "mailcore/notify/returned_part.h"

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "mailcore/base/utf8.h"
#include "mailcore/message/header_scanner.h"

namespace mailsec::notify {
namespace {

using base::IsValidUtf8;
using message::EncodeText;
using message::HeaderField;
using message::HeaderScanner;

// By these people know their own message again.
constexpr absl::string_view kTellingFields[] = {
    "Date", "From",       "Sender",     "Reply-To",    "To",
    "Cc",   "Message-ID", "References", "In-Reply-To", "Subject"};

// More than a server takes in; so that no original costs much. Ours.
constexpr size_t kMaxFields = 100000;

bool IsTelling(absl::string_view name) {
  for (absl::string_view telling : kTellingFields) {
    if (absl::EqualsIgnoreCase(name, telling)) return true;
  }
  return false;
}

// CRLF at the end of each line, also of the last.
std::string WithCrlf(absl::string_view text) {
  std::string out =
      absl::StrReplaceAll(text, {{"\r\n", "\r\n"}, {"\n", "\r\n"}});
  if (!out.empty() && !absl::EndsWith(out, "\r\n")) out += "\r\n";
  return out;
}

// The field with its line ends as it stands in `original`.
absl::string_view WholeField(absl::string_view original,
                             const HeaderField& field) {
  const size_t begin = field.name.data() - original.data();
  size_t end = field.value.data() + field.value.size() - original.data();
  if (original.substr(end, 2) == "\r\n") {
    end += 2;
  } else if (original.substr(end, 1) == "\n") {
    end += 1;
  }
  return original.substr(begin, end - begin);
}

// As many fields as fit, the telling ones first.
std::string SomeFields(absl::string_view original, const HeaderScanner& header,
                       uint64_t max_octets) {
  std::vector<bool> taken(header.fields().size());
  uint64_t left = max_octets;
  for (const bool telling : {true, false}) {
    for (size_t i = 0; i < header.fields().size(); ++i) {
      const HeaderField& field = header.fields()[i];
      const size_t octets = WholeField(original, field).size();
      if (IsTelling(field.name) != telling || octets > left) continue;
      taken[i] = true;
      left -= octets;
    }
  }
  std::string out;
  for (size_t i = 0; i < taken.size(); ++i) {
    if (taken[i]) {
      absl::StrAppend(&out, WholeField(original, header.fields()[i]));
    }
  }
  return out;
}

}  // namespace

message::MimePart ReturnedPart(absl::string_view original,
                               const ReturnOptions& options) {
  if (options.full && !original.empty() &&
      original.size() <= options.max_octets) {
    const std::string whole = WithCrlf(original);
    if (message::IsPlain7Bit(whole)) return EncodeText("message/rfc822", whole);
    if (options.global && IsValidUtf8(whole)) {
      return EncodeText("message/global", whole, options.may_8bit);
    }
  }
  const HeaderScanner header(
      original, {.max_fields = kMaxFields,
                 .other_lines = HeaderScanner::OtherLines::kEndsSection});
  const std::string section =
      WithCrlf(header.header_octets() <= options.max_octets
                   ? std::string(original.substr(0, header.header_octets()))
                   : SomeFields(original, header, options.max_octets));
  const bool global =
      options.global && !base::IsAscii(section) && IsValidUtf8(section);
  return EncodeText(global ? "message/global-headers" : "text/rfc822-headers",
                    section, global && options.may_8bit);
}

}  // namespace mailsec::notify
