#include "mailcore/smtp/capabilities.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace mailsec::smtp {
namespace {

uint64_t NumberOr0(absl::string_view text) {
  uint64_t number = 0;
  for (unsigned char c : text) {
    if (!absl::ascii_isdigit(c)) return 0;
  }
  return absl::SimpleAtoi(text, &number) ? number : 0;
}

// RFC 9422: "LIMITS" *( SP name "=" value )
void TakeLimits(const std::vector<absl::string_view>& words,
                ServerCapabilities& out) {
  for (size_t i = 1; i < words.size(); ++i) {
    const std::pair<absl::string_view, absl::string_view> limit =
        absl::StrSplit(words[i], absl::MaxSplits('=', 1));
    if (absl::EqualsIgnoreCase(limit.first, "RCPTMAX")) {
      out.max_recipients = NumberOr0(limit.second);
    } else if (absl::EqualsIgnoreCase(limit.first, "MAILMAX")) {
      out.max_messages = NumberOr0(limit.second);
    }
  }
}

}  // namespace

ServerCapabilities ParseCapabilities(const std::vector<std::string>& lines) {
  ServerCapabilities out;
  out.extended = true;
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::vector<absl::string_view> words =
        absl::StrSplit(lines[i], ' ', absl::SkipEmpty());
    if (words.empty()) continue;
    const std::string keyword = absl::AsciiStrToUpper(words[0]);
    if (keyword == "PIPELINING") out.pipelining = true;
    if (keyword == "8BITMIME") out.eight_bit_mime = true;
    if (keyword == "CHUNKING") out.chunking = true;
    if (keyword == "BINARYMIME") out.binary_mime = true;
    if (keyword == "SMTPUTF8") out.smtputf8 = true;
    if (keyword == "DSN") out.dsn = true;
    if (keyword == "ENHANCEDSTATUSCODES") out.enhanced_status_codes = true;
    if (keyword == "STARTTLS") out.starttls = true;
    if (keyword == "PRDR") out.prdr = true;
    if (keyword == "SIZE") {
      out.size = true;
      out.max_size = words.size() > 1 ? NumberOr0(words[1]) : 0;
    }
    if (keyword == "LIMITS") TakeLimits(words, out);
  }
  return out;
}

}  // namespace mailsec::smtp
