#include "mailcore/route/alias_parser.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mailcore/base/log_safe.h"

namespace mailsec::route {
namespace {

using address::Address;
using address::Domain;
using base::LogSafe;

constexpr size_t kMaxQuotedOctets = 80;  // A longer key is cut.
constexpr size_t kMaxCircleNamed = 5;    // Aliases, in a message.

}  // namespace

AliasParser::AliasParser(AliasTable* table, const std::vector<Domain>& served)
    : table_(table),
      served_(served.begin(), served.end()),
      lines_of_text_([this](const Address& address,
                            bool) { return CheckAddress(address); },
                     /*allows_backslash=*/true) {}

absl::Status AliasParser::Parse(absl::string_view text) {
  lines_of_text_.Parse(text, [this](AddressLine line) { Add(line); });
  if (lines_of_text_.status().ok()) CheckCircles();
  if (lines_of_text_.status().ok()) CheckSizes();
  return lines_of_text_.status();
}

absl::StatusOr<Address> AliasParser::CheckAddress(
    const Address& address) const {
  const Domain* domain = address.domain();
  if (domain == nullptr || !served_.contains(*domain)) {
    return absl::InvalidArgumentError("is not in a domain that is served here");
  }
  return table_->Main(address);
}

void AliasParser::Add(const AddressLine& from) {
  Line line = {.key = from.left.address.CanonicalKey(),
               .place = from.left.place,
               .target_keys = {},
               .target_places = {},
               .is_mailbox = {}};
  std::vector<AliasTable::Target> targets;
  for (const PlacedAddress& target : from.targets) {
    line.target_keys.push_back(target.address.CanonicalKey());
    line.target_places.push_back(target.place);
    line.is_mailbox.push_back(target.has_backslash ||
                              line.target_keys.back() == line.key);
    targets.push_back({target.address, line.is_mailbox.back()});
  }
  const auto [first, inserted] = index_.try_emplace(line.key, lines_.size());
  if (!inserted) {
    return lines_of_text_.Fail(
        line.place,
        absl::StrCat(base::QuotedText(from.left.text), " is on line ",
                     lines_[first->second].place.line, " already"));
  }
  table_->by_key_.emplace(
      line.key, AliasTable::Entry{from.left.address, std::move(targets),
                                  line.place.line});
  lines_.push_back(std::move(line));
}

std::optional<size_t> AliasParser::AliasAt(const Line& line,
                                           size_t target) const {
  if (line.is_mailbox[target]) return std::nullopt;
  const auto found = index_.find(line.target_keys[target]);
  if (found == index_.end()) return std::nullopt;
  return found->second;
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
    const std::optional<size_t> target = AliasAt(line, i);
    if (!target) continue;
    int& colour = colours[*target];
    if (colour == 1) {
      lines_of_text_.Fail(line.target_places[i], DescribeCircle(path, *target));
    } else if (colour == 0) {
      colour = 1;
      path.push_back(*target);
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
    if (CountBehind(line) <= AliasTable::kMaxBehindOne) continue;
    lines_of_text_.Fail(line.place,
                        absl::StrCat("more than ", AliasTable::kMaxBehindOne,
                                     " addresses are behind ",
                                     LogSafe(line.key, kMaxQuotedOctets)));
  }
}

// Stops above the limit.
size_t AliasParser::CountBehind(const Line& line) const {
  // One name may stand for an alias and for a mailbox.
  absl::flat_hash_set<std::pair<absl::string_view, bool>> seen;
  std::vector<const Line*> waiting = {&line};
  while (!waiting.empty()) {
    const Line& next = *waiting.back();
    waiting.pop_back();
    for (size_t i = 0; i < next.target_keys.size(); ++i) {
      const std::optional<size_t> alias = AliasAt(next, i);
      if (!seen.insert({next.target_keys[i], alias.has_value()}).second) {
        continue;
      }
      if (seen.size() > AliasTable::kMaxBehindOne) return seen.size();
      if (alias) waiting.push_back(&lines_[*alias]);
    }
  }
  return seen.size();
}

}  // namespace mailsec::route
