#include "mailcore/smtp/reply.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "mailcore/base/log_safe.h"

namespace mailsec::smtp {
namespace {

// RFC 5321, 4.5.3.1.5: a reply line with its code and CRLF.
constexpr size_t kMaxReplyLineOctets = 512;

// A code that is none of SMTP's is a fault of ours, and the peer shall try
// again.
int ValidCode(int code) { return code < 200 || code > 599 ? 451 : code; }

EnhancedStatus ValidStatus(EnhancedStatus status, int code) {
  if (status.IsNone() || code / 100 == 3) return {};
  return {code / 100, std::clamp(status.subject, 0, 999),
          std::clamp(status.detail, 0, 999)};
}

// Appends `line`, which is printable, as lines of at most `max` octets, cut at
// spaces where there are some.
void AppendFolded(absl::string_view line, size_t max, std::string& out) {
  while (line.size() > max) {
    size_t cut = line.rfind(' ', max);
    if (cut == absl::string_view::npos || cut == 0) cut = max;
    absl::StrAppend(&out, line.substr(0, cut), "\n");
    line.remove_prefix(cut);
    if (line[0] == ' ') line.remove_prefix(1);
  }
  absl::StrAppend(&out, line);
}

// Calls `each(line, is_last)` for every line of `text`; once if it is empty.
template <typename Function>
void ForEachLine(absl::string_view text, Function each) {
  for (;;) {
    const size_t end = text.find('\n');
    each(text.substr(0, end), end == absl::string_view::npos);
    if (end == absl::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

std::string EnhancedStatus::ToString() const {
  if (IsNone()) return "";
  return absl::StrCat(class_code, ".", subject, ".", detail);
}

Reply::Reply(int code, EnhancedStatus status, base::StringView text)
    : code_(ValidCode(code)), status_(ValidStatus(status, code_)) {
  const size_t max = kMaxReplyLineOctets -
                     absl::string_view("250 \r\n").size() -
                     (status_.IsNone() ? 0 : status_.ToString().size() + 1);
  ForEachLine(text, [&](absl::string_view line, bool is_last) {
    AppendFolded(base::PrintableAscii(line, line.size()), max, text_);
    if (!is_last) text_ += '\n';
  });
}

std::string Reply::ToString() const {
  std::string out = absl::StrCat(code_);
  if (!status_.IsNone()) absl::StrAppend(&out, " ", status_.ToString());
  if (!text_.empty()) absl::StrAppend(&out, " ", text_);
  return out;
}

// RFC 5321, 4.2:
//   Reply-line = *( Reply-code "-" [ textstring ] CRLF )
//                Reply-code [ SP textstring ] CRLF
// with the enhanced code at the start of each textstring (RFC 2034, 4).
std::string Reply::ToWire() const {
  const std::string status = status_.ToString();
  std::string out;
  ForEachLine(text_, [&](absl::string_view line, bool is_last) {
    absl::StrAppend(&out, code_);
    const bool has_text = !status.empty() || !line.empty();
    if (!is_last) {
      out += '-';
    } else if (has_text) {
      out += ' ';
    }
    out += status;
    if (!status.empty() && !line.empty()) out += ' ';
    absl::StrAppend(&out, line, "\r\n");
  });
  return out;
}

}  // namespace mailsec::smtp
