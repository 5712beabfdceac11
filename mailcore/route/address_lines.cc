#include "mailcore/route/address_lines.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace mailsec::route {
namespace {

using address::Address;
using base::QuotedText;

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r'; }

// Where a word that begins at `i` ends: at a space, ':' or ',' outside of
// quoted strings and address literals.
size_t EndOfWord(absl::string_view line, size_t i) {
  bool quoted = false;
  bool literal = false;
  for (; i < line.size(); ++i) {
    const char c = line[i];
    if (quoted) {
      if (c == '\\' && i + 1 < line.size()) {
        ++i;
      } else if (c == '"') {
        quoted = false;
      }
    } else if (literal) {
      literal = c != ']';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[') {
      literal = true;
    } else if (IsSpace(c) || c == ':' || c == ',') {
      break;
    }
  }
  return i;
}

}  // namespace

std::vector<AddressLines::Token> AddressLines::Tokens(absl::string_view line,
                                                      int number) {
  std::vector<Token> tokens;
  size_t i = 0;
  while (i < line.size()) {
    if (IsSpace(line[i])) {
      ++i;
      continue;
    }
    if (line[i] == '#' && (i == 0 || IsSpace(line[i - 1]))) break;
    const bool is_mark = line[i] == ':' || line[i] == ',';
    const size_t end = is_mark ? i + 1 : EndOfWord(line, i);
    tokens.push_back(
        {line.substr(i, end - i), {number, static_cast<int>(i) + 1}});
    i = end;
  }
  return tokens;
}

void AddressLines::Parse(absl::string_view text,
                         const std::function<void(AddressLine)>& on_line) {
  int number = 0;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const std::vector<Token> tokens = Tokens(line, ++number);
    if (!tokens.empty()) ParseLine(tokens, on_line);
  }
}

absl::StatusOr<Address> AddressLines::ParseAddress(const Token& token,
                                                   bool is_left) {
  absl::StatusOr<Address> address = Address::Parse(token.text);
  const bool parsed = address.ok();
  if (parsed) address = check_(*address, is_left);
  if (!address.ok()) {
    Fail(token.place, absl::StrCat(QuotedText(token.text), parsed ? " " : ": ",
                                   address.status().message()));
  }
  return address;
}

void AddressLines::ParseLine(const std::vector<Token>& tokens,
                             const std::function<void(AddressLine)>& on_line) {
  const absl::StatusOr<Address> left = ParseAddress(tokens[0], true);
  if (tokens.size() < 2 || tokens[1].text != ":") {
    const Token& at = tokens[tokens.size() < 2 ? 0 : 1];
    return Fail(at.place, "':' is missing after the first address");
  }
  std::vector<PlacedAddress> targets;
  for (size_t i = 1; i < tokens.size(); i += 2) {  // tokens[i] is ':' or ','.
    if (tokens[i].text != (i == 1 ? ":" : ",")) {
      return Fail(tokens[i].place, "',' is missing between two targets");
    }
    if (i + 1 == tokens.size() || tokens[i + 1].text == "," ||
        tokens[i + 1].text == ":") {
      return Fail(tokens[i].place, absl::StrCat("an address is missing after ",
                                                QuotedText(tokens[i].text)));
    }
    Token token = tokens[i + 1];
    const std::string text(token.text);
    const bool has_backslash =
        allows_backslash_ && absl::ConsumePrefix(&token.text, "\\");
    const absl::StatusOr<Address> target = ParseAddress(token, false);
    if (!target.ok()) continue;
    targets.push_back({*target, text, token.place, has_backslash});
  }
  if (!left.ok()) return;
  on_line({.left = {*left, std::string(tokens[0].text), tokens[0].place},
           .targets = std::move(targets)});
}

void AddressLines::Fail(TextPlace place, std::string message) {
  errors_.Add(place.line, place.column, std::move(message));
}

}  // namespace mailsec::route
