#include "tests/autoreply/answer_faults.h"

#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "mailcore/base/utf8.h"
#include "mailcore/message/header_scanner.h"

namespace mailsec::autoreply {
namespace {

const std::set<std::string>& OwnFields() {
  static const std::set<std::string>* const kFields =
      new std::set<std::string>{"Date",
                                "From",
                                "To",
                                "Subject",
                                "Message-ID",
                                "In-Reply-To",
                                "References",
                                "Auto-Submitted",
                                "MIME-Version",
                                "X-Auto-Response-Suppress",
                                "Content-Type",
                                "Content-Transfer-Encoding",
                                "Content-Language"};
  return *kFields;
}

std::string LineFault(absl::string_view line, bool in_header, bool may_8bit) {
  if (line.size() > 998) return "longer than 998";
  for (const unsigned char c : line) {
    if (c < 0x20 && c != '\t') return "a control";
    if (c == 0x7F) return "a DEL";
    if (c > 0x7F && !may_8bit) return "8 bit";
  }
  const bool holds_address = absl::StrContains(line, "@");
  if (in_header && line.size() > 78 && !holds_address) return "not folded";
  for (absl::string_view word : absl::StrSplit(line, ' ')) {
    if (in_header && absl::StartsWith(word, "=?") && word.size() > 75) {
      return "an encoded-word too long";
    }
  }
  return "";
}

}  // namespace

std::string FaultOf(const AutomaticMessage& message) {
  const std::string& content = message.content;
  if (!absl::EndsWith(content, "\r\n")) return "no CRLF at the end";
  if (!base::IsValidUtf8(content)) return "no UTF-8";
  if (message.has_8bit && !message.needs_smtputf8) return "8 bit for nothing";
  bool in_header = true;
  int number = 0;
  std::vector<absl::string_view> lines = absl::StrSplit(content, "\r\n");
  lines.pop_back();
  for (absl::string_view line : lines) {
    ++number;
    if (line.empty()) in_header = false;
    const std::string fault = LineFault(line, in_header, message.has_8bit);
    if (!fault.empty()) return absl::StrCat("line ", number, ": ", fault);
  }
  const message::HeaderScanner header(content);
  if (!header.has_end() || header.has_other_lines()) return "no header end";
  for (const message::HeaderField& field : header.fields()) {
    const std::string name(field.name);
    if (OwnFields().count(name) == 0) return absl::StrCat("a field ", name);
    if (header.Count(name) != 1) return absl::StrCat(name, " twice");
  }
  for (const char* name : {"Date", "From", "To", "Subject", "Message-ID",
                           "MIME-Version", "Content-Type"}) {
    if (!header.Has(name)) return absl::StrCat("no ", name);
  }
  if (header.Find("Auto-Submitted")->Unfolded() != "auto-replied") {
    return "not marked";
  }
  return "";
}

}  // namespace mailsec::autoreply
