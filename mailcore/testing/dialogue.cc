#include "mailcore/testing/dialogue.h"

#include <cstdlib>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace mailsec {
namespace {

char UndoEscape(absl::string_view& text) {
  const char c = text[0];
  text.remove_prefix(1);
  switch (c) {
    case 'r':
      return '\r';
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case '0':
      return '\0';
    case 'x': {
      const std::string hex(text.substr(0, 2));
      text.remove_prefix(hex.size());
      return static_cast<char>(std::strtol(hex.c_str(), nullptr, 16));
    }
    default:
      return c;
  }
}

// "A"*5000 at the front of `text`; empty if it is not that.
std::string TakeRepetition(absl::string_view& text) {
  const size_t close = text.find("\"*", 1);
  if (text[0] != '"' || close == absl::string_view::npos) return "";
  size_t digits = close + 2;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
    ++digits;
  }
  size_t times = 0;
  if (!absl::SimpleAtoi(text.substr(close + 2, digits - close - 2), &times)) {
    return "";
  }
  std::string out;
  for (size_t i = 0; i < times; ++i) {
    out.append(text.data() + 1, close - 1);
  }
  text.remove_prefix(digits);
  return out;
}

std::string UndoEscapes(absl::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (const std::string many = TakeRepetition(text); !many.empty()) {
      out += many;
      continue;
    }
    const char c = text[0];
    text.remove_prefix(1);
    out += c == '\\' && !text.empty() ? UndoEscape(text) : c;
  }
  return out;
}

}  // namespace

std::vector<DialogueLine> ParseDialogue(absl::string_view text) {
  using Kind = DialogueLine::Kind;
  std::vector<DialogueLine> lines;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    if (absl::ConsumePrefix(&line, "C: ")) {
      lines.push_back({number, Kind::kClient, false, std::string(line)});
    } else if (absl::ConsumePrefix(&line, "S: ")) {
      lines.push_back({number, Kind::kServer, false, std::string(line)});
    } else if (absl::ConsumePrefix(&line, "C(raw): ")) {
      lines.push_back({number, Kind::kClient, true, UndoEscapes(line)});
    } else if (absl::ConsumePrefix(&line, "S(raw): ")) {
      lines.push_back({number, Kind::kServer, true, UndoEscapes(line)});
    } else if (absl::ConsumePrefix(&line, "-- ")) {
      lines.push_back({number, Kind::kOrder, false, UndoEscapes(line)});
    } else if (!line.empty() && line[0] != '#') {
      // A slip of the pen must not make a test weaker.
      lines.push_back({number, Kind::kOrder, false, "unreadable line"});
    }
  }
  return lines;
}

}  // namespace mailsec
