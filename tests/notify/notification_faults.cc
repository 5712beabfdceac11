#include "tests/notify/notification_faults.h"

#include <cstddef>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace mailsec::notify {
namespace {

std::string BoundaryOf(const std::string& content) {
  static constexpr absl::string_view kName = "boundary=\"";
  const size_t at = content.find(kName.data());
  if (at == std::string::npos) return "";
  const size_t begin = at + kName.size();
  return content.substr(begin, content.find('"', begin) - begin);
}

std::string FaultOfLine(absl::string_view line, bool may_8bit) {
  if (line.size() > 998) return "longer than 998";
  for (unsigned char c : line) {
    if ((c < 0x20 && c != '\t') || c == 0x7F) return "a control";
    if (c > 0x7F && !may_8bit) return "not ASCII";
  }
  return "";
}

}  // namespace

std::string FaultOf(const Notification& notification) {
  const std::string& content = notification.content;
  if (!absl::EndsWith(content, "\r\n")) return "no CRLF at the end";
  const std::string boundary = BoundaryOf(content);
  if (boundary.empty() || boundary.size() > 70) return "no good boundary";
  size_t opened = 0;
  size_t closed = 0;
  size_t occurs = 0;
  for (absl::string_view line : absl::StrSplit(content, "\r\n")) {
    const std::string fault = FaultOfLine(line, notification.has_8bit);
    if (!fault.empty()) return absl::StrCat(fault, ": ", line);
    opened += line == absl::StrCat("--", boundary);
    closed += line == absl::StrCat("--", boundary, "--");
    occurs += absl::StrContains(line, boundary);
  }
  if (opened < 2 || opened > 3) return absl::StrCat(opened, " parts");
  if (closed != 1) return "not closed once";
  if (occurs != opened + 2) return "the boundary occurs elsewhere";
  return "";
}

std::vector<std::string> PartsOf(const Notification& notification) {
  const std::string delimiter =
      absl::StrCat("\r\n--", BoundaryOf(notification.content));
  std::vector<std::string> parts =
      absl::StrSplit(notification.content, delimiter);
  parts.pop_back();  // After the last one.
  for (size_t i = 1; i < parts.size(); ++i) parts[i].erase(0, 2);
  return parts;
}

}  // namespace mailsec::notify
