#include "mailcore/autoreply/language_choice.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace mailsec::autoreply {
namespace {

using message::HeaderField;

// More of what a sender wrote is not read. Both ours.
constexpr size_t kMaxOctets = 1000;
constexpr size_t kMaxRanges = 20;

struct Range {
  std::string tag;
  double quality = 1;
};

// RFC 3282, 3: "de, en;q=0.5", the best first.
std::vector<Range> ReadRanges(const HeaderField& field) {
  const std::string value =
      HeaderField{.name = field.name,
                  .value = field.value.substr(0, kMaxOctets)}
          .Unfolded();
  std::vector<Range> ranges;
  for (absl::string_view element : absl::StrSplit(value, ',')) {
    const std::vector<absl::string_view> parts = absl::StrSplit(element, ';');
    Range range = {.tag = std::string(absl::StripAsciiWhitespace(parts[0]))};
    if (parts.size() > 1) {
      absl::string_view quality = absl::StripAsciiWhitespace(parts[1]);
      if (!absl::StartsWithIgnoreCase(quality, "q=") ||
          !absl::SimpleAtod(quality.substr(2), &range.quality)) {
        continue;
      }
    }
    if (range.tag.empty() || !(range.quality > 0)) continue;
    ranges.push_back(std::move(range));
    if (ranges.size() == kMaxRanges) break;
  }
  std::stable_sort(
      ranges.begin(), ranges.end(),
      [](const Range& a, const Range& b) { return a.quality > b.quality; });
  return ranges;
}

// RFC 4647, 3.4: the tag itself, then without its last subtag, and so on.
std::optional<size_t> LookUp(absl::string_view range,
                             const std::vector<std::string>& tags) {
  while (!range.empty()) {
    for (size_t i = 0; i < tags.size(); ++i) {
      if (absl::EqualsIgnoreCase(tags[i], range) ||
          absl::StartsWithIgnoreCase(tags[i], absl::StrCat(range, "-"))) {
        return i;
      }
    }
    const size_t dash = range.rfind('-');
    range = range.substr(0, dash == absl::string_view::npos ? 0 : dash);
  }
  return std::nullopt;
}

}  // namespace

std::optional<size_t> ChooseLanguage(const message::HeaderScanner& header,
                                     const std::vector<std::string>& tags) {
  for (const char* name : {"Accept-Language", "Content-Language"}) {
    const HeaderField* field = header.Find(name);
    if (field == nullptr) continue;
    for (const Range& range : ReadRanges(*field)) {
      if (range.tag == "*") return std::nullopt;  // Any: let them choose.
      if (const auto found = LookUp(range.tag, tags)) return found;
    }
  }
  return std::nullopt;
}

}  // namespace mailsec::autoreply
