#include "mailcore/notify/status_values.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace mailsec::notify {
namespace {

constexpr Action kActions[] = {Action::kFailed, Action::kDelayed,
                               Action::kDelivered, Action::kRelayed,
                               Action::kExpanded};

// RFC 3464, 2.1.2: an atom.
bool IsType(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isgraph(c) &&
           absl::string_view("()<>@,;:\\\".[]").find(c) ==
               absl::string_view::npos;
  });
}

// Where the comment begins that ends at the end of `text`; npos if none does.
size_t LastComment(absl::string_view text) {
  if (!absl::EndsWith(text, ")")) return absl::string_view::npos;
  int depth = 0;
  for (size_t at = text.size(); at > 0; --at) {
    if (text[at - 1] == ')') ++depth;
    if (text[at - 1] == '(' && --depth == 0) return at - 1;
  }
  return absl::string_view::npos;
}

}  // namespace

TypedValue ParseTypedValue(absl::string_view text) {
  TypedValue out;
  const size_t semicolon = text.find(';');
  if (semicolon != absl::string_view::npos) {
    const absl::string_view type =
        absl::StripAsciiWhitespace(text.substr(0, semicolon));
    if (IsType(type)) {
      out.type = absl::AsciiStrToLower(type);
      text.remove_prefix(semicolon + 1);
    }
  }
  const absl::string_view value = absl::StripAsciiWhitespace(text);
  out.value = std::string(value);
  return out;
}

absl::string_view WithoutComments(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  for (size_t at = LastComment(text); at != absl::string_view::npos;
       at = LastComment(text)) {
    if (at > 0 && !absl::ascii_isspace(text[at - 1])) break;
    text = absl::StripAsciiWhitespace(text.substr(0, at));
  }
  return text;
}

std::optional<Action> ParseAction(absl::string_view text) {
  text = text.substr(0, text.find('('));
  text = absl::StripAsciiWhitespace(text);
  for (const Action action : kActions) {
    if (absl::EqualsIgnoreCase(text, ActionName(action))) return action;
  }
  return std::nullopt;
}

// RFC 3464, 2.3.4:
//   status-code = DIGIT "." 1*3DIGIT "." 1*3DIGIT
std::optional<ParsedStatus> ParseStatus(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  const absl::string_view code = text.substr(0, text.find_first_of(" \t("));
  const absl::string_view rest =
      absl::StripAsciiWhitespace(text.substr(code.size()));
  ParsedStatus out;
  // Some write the reason behind it without a comment.
  out.well_formed = rest.empty() || (rest.front() == '(' && rest.back() == ')');
  const std::vector<std::string> numbers = absl::StrSplit(code, '.');
  int values[3];
  if (numbers.size() != 3) return std::nullopt;
  for (size_t i = 0; i < 3; ++i) {
    const std::string& number = numbers[i];
    if (number.size() > (i == 0 ? 1u : 3u) ||
        !std::all_of(number.begin(), number.end(),
                     [](char c) { return absl::ascii_isdigit(c); }) ||
        !absl::SimpleAtoi(number, &values[i])) {
      return std::nullopt;
    }
    if (number.size() > 1 && number[0] == '0') out.well_formed = false;
  }
  out.status = {values[0], values[1], values[2]};
  if (values[0] != 2 && values[0] != 4 && values[0] != 5) return std::nullopt;
  return out;
}

}  // namespace mailsec::notify
