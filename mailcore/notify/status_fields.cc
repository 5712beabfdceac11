#include "mailcore/notify/status_fields.h"

#include <utility>

#include "absl/strings/match.h"

namespace mailsec::notify {
namespace {

using message::HeaderField;

constexpr size_t kMaxGroups = 10001;
constexpr size_t kMaxFields = 200000;
constexpr size_t kMaxFaults = 100;

// The first line of `text`, with its line end.
absl::string_view FirstLine(absl::string_view text) {
  const size_t line_feed = text.find('\n');
  return text.substr(
      0, line_feed == absl::string_view::npos ? text.size() : line_feed + 1);
}

// Collects groups while the body is read.
// Thread safety: none.
class GroupReader {
 public:
  StatusFields Read(absl::string_view body) {
    while (!body.empty() && !IsFull()) {
      const message::HeaderScanner header(
          body,
          {.other_lines = message::HeaderScanner::OtherLines::kEndsSection});
      Add(header.fields());
      body.remove_prefix(header.body_offset());
      if (header.has_other_lines()) {
        const absl::string_view line = FirstLine(body);
        Note(line, &out_.malformed_lines);
        body.remove_prefix(line.size());
      } else {
        EndGroup(body);
      }
    }
    EndGroup(body);
    return std::move(out_);
  }

 private:
  bool IsFull() const {
    return out_.groups.size() >= kMaxGroups || field_count_ >= kMaxFields;
  }

  void Add(const std::vector<HeaderField>& fields) {
    // Empty lines before the first group and after the last part nothing.
    if (!fields.empty() && !empty_lines_.empty() && !out_.groups.empty()) {
      Note(empty_lines_, &out_.extra_empty_lines);
    }
    if (!fields.empty()) empty_lines_ = {};
    group_.fields.insert(group_.fields.end(), fields.begin(), fields.end());
    field_count_ += fields.size();
  }

  // `rest` comes after the empty line that ends the group.
  void EndGroup(absl::string_view rest) {
    if (group_.fields.empty()) {
      empty_lines_ = rest;
      return;
    }
    out_.groups.push_back(std::move(group_));
    group_ = {};
  }

  static void Note(absl::string_view where,
                   std::vector<absl::string_view>* faults) {
    if (faults->size() < kMaxFaults) faults->push_back(where);
  }

  StatusFields out_;
  StatusGroup group_;
  absl::string_view empty_lines_;
  size_t field_count_ = 0;
};

}  // namespace

const HeaderField* StatusGroup::Find(absl::string_view name) const {
  for (const HeaderField& field : fields) {
    if (absl::EqualsIgnoreCase(field.name, name)) return &field;
  }
  return nullptr;
}

StatusFields ReadStatusFields(absl::string_view body) {
  return GroupReader().Read(body);
}

}  // namespace mailsec::notify
