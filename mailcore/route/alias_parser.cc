#include "mailcore/route/alias_parser.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "mailcore/base/log_safe.h"

namespace mailsec::route {
namespace {

constexpr size_t kMaxErrors = 20;
constexpr size_t kMaxQuotedOctets = 80;  // Of the text, in a message.
constexpr size_t kMaxCircleNamed = 5;    // Aliases, in a message.

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::string Quoted(absl::string_view text) {
  return absl::StrCat("\"", LogSafe(text, kMaxQuotedOctets), "\"");
}

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

std::vector<AliasParser::Token> AliasParser::Tokens(absl::string_view line,
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

absl::Status AliasParser::Parse(absl::string_view text) {
  int number = 0;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const std::vector<Token> tokens = Tokens(line, ++number);
    if (!tokens.empty()) ParseLine(tokens);
  }
  if (errors_.empty()) CheckCircles();
  if (errors_.empty()) CheckSizes();
  if (errors_.empty()) return absl::OkStatus();
  const auto join = [](std::string* out, const policy::TextError& error) {
    absl::StrAppend(out, "line ", error.line, ", column ", error.column, ": ",
                    error.message);
  };
  return absl::InvalidArgumentError(absl::StrJoin(errors_, "\n", join));
}

absl::StatusOr<Address> AliasParser::ParseAddress(const Token& token) {
  absl::StatusOr<Address> address = Address::Parse(token.text);
  if (!address.ok()) {
    Fail(token.place,
         absl::StrCat(Quoted(token.text), ": ", address.status().message()));
    return address;
  }
  const Domain* domain = address->domain();
  if (domain == nullptr || !served_.contains(*domain)) {
    Fail(token.place, absl::StrCat(Quoted(token.text),
                                   " is not in a domain that is served here"));
    return absl::InvalidArgumentError("foreign");
  }
  return table_->Main(*address);
}

void AliasParser::ParseLine(const std::vector<Token>& tokens) {
  const absl::StatusOr<Address> alias = ParseAddress(tokens[0]);
  if (tokens.size() < 2 || tokens[1].text != ":") {
    const Token& at = tokens[tokens.size() < 2 ? 0 : 1];
    return Fail(at.place, "':' is missing after the alias");
  }
  Line line = {.key = alias.ok() ? alias->CanonicalKey() : "",
               .place = tokens[0].place,
               .target_keys = {},
               .target_places = {}};
  std::vector<Address> targets;
  for (size_t i = 1; i < tokens.size(); i += 2) {  // tokens[i] is ':' or ','.
    if (tokens[i].text != (i == 1 ? ":" : ",")) {
      return Fail(tokens[i].place, "',' is missing between two targets");
    }
    if (i + 1 == tokens.size() || tokens[i + 1].text == "," ||
        tokens[i + 1].text == ":") {
      return Fail(tokens[i].place, absl::StrCat("an address is missing after ",
                                                Quoted(tokens[i].text)));
    }
    const absl::StatusOr<Address> target = ParseAddress(tokens[i + 1]);
    if (!target.ok()) continue;
    line.target_keys.push_back(target->CanonicalKey());
    line.target_places.push_back(tokens[i + 1].place);
    targets.push_back(*target);
  }
  if (!alias.ok()) return;
  const auto [first, inserted] = index_.try_emplace(line.key, lines_.size());
  if (!inserted) {
    return Fail(line.place,
                absl::StrCat(Quoted(tokens[0].text), " is on line ",
                             lines_[first->second].place.line, " already"));
  }
  table_->by_key_.emplace(line.key,
                          AliasTable::Entry{*alias, std::move(targets)});
  lines_.push_back(std::move(line));
}

void AliasParser::CheckCircles() {
  std::vector<int> colours(lines_.size(), 0);
  for (size_t start = 0; start < lines_.size(); ++start) {
    if (colours[start] == 0) FollowFrom(start, colours);
  }
}

// Depth first. Colours: 0 not seen, 1 on the path, 2 done.
void AliasParser::FollowFrom(size_t start, std::vector<int>& colours) {
  std::vector<size_t> path = {start};
  std::vector<size_t> next_target = {0};
  colours[start] = 1;
  while (!path.empty()) {
    const Line& line = lines_[path.back()];
    const size_t i = next_target.back()++;
    if (i == line.target_keys.size()) {
      colours[path.back()] = 2;
      path.pop_back();
      next_target.pop_back();
      continue;
    }
    const auto target = index_.find(line.target_keys[i]);
    if (target == index_.end()) continue;
    int& colour = colours[target->second];
    if (colour == 1) {
      Fail(line.target_places[i], DescribeCircle(path, target->second));
    } else if (colour == 0) {
      colour = 1;
      path.push_back(target->second);
      next_target.push_back(0);
    }
  }
}

std::string AliasParser::DescribeCircle(const std::vector<size_t>& path,
                                        size_t target) const {
  std::string text = "is a circle: ";
  size_t named = 0;
  for (auto it = std::find(path.begin(), path.end(), target); it != path.end();
       ++it) {
    if (named++ == kMaxCircleNamed) {
      absl::StrAppend(&text, "... -> ");
      break;
    }
    absl::StrAppend(&text, LogSafe(lines_[*it].key, kMaxQuotedOctets), " -> ");
  }
  absl::StrAppend(&text, LogSafe(lines_[target].key, kMaxQuotedOctets));
  return text;
}

void AliasParser::CheckSizes() {
  for (const Line& line : lines_) {
    if (errors_.size() >= kMaxErrors) return;
    if (CountBehind(line) <= AliasTable::kMaxBehindOne) continue;
    Fail(line.place, absl::StrCat("more than ", AliasTable::kMaxBehindOne,
                                  " addresses are behind ",
                                  LogSafe(line.key, kMaxQuotedOctets)));
  }
}

// Stops above the limit.
size_t AliasParser::CountBehind(const Line& line) const {
  absl::flat_hash_set<absl::string_view> seen;
  std::vector<const Line*> waiting = {&line};
  while (!waiting.empty()) {
    const Line& next = *waiting.back();
    waiting.pop_back();
    for (const std::string& key : next.target_keys) {
      if (!seen.insert(key).second) continue;
      if (seen.size() > AliasTable::kMaxBehindOne) return seen.size();
      const auto found = index_.find(key);
      if (found != index_.end()) waiting.push_back(&lines_[found->second]);
    }
  }
  return seen.size();
}

void AliasParser::Fail(Place place, std::string message) {
  if (errors_.size() >= kMaxErrors) return;
  errors_.push_back({place.line, place.column, std::move(message)});
}

}  // namespace mailsec::route
