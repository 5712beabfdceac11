#include "mailcore/message/header_scanner.h"

#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "mailcore/base/utf8.h"

namespace mailsec::message {
namespace {

using address::Address;

bool IsSpace(char c) { return c == ' ' || c == '\t'; }

// Without the CRLF or LF at its end.
absl::string_view WithoutLineEnd(absl::string_view line) {
  if (!line.empty() && line.back() == '\n') line.remove_suffix(1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

// RFC 5322, 3.6.8 and 4.5.8:
//   optional-field =  field-name ":" unstructured CRLF
//   obs-optional   =  field-name *WSP ":" unstructured CRLF
//   field-name     =  1*ftext
//   ftext          =  %d33-57 / %d59-126
// The length of the field-name with which `line` begins; none if it is not a
// field.
std::optional<size_t> FieldNameLength(absl::string_view line) {
  size_t length = 0;
  while (length < line.size() && line[length] >= 33 && line[length] <= 126 &&
         line[length] != ':') {
    ++length;
  }
  size_t colon = length;
  while (colon < line.size() && IsSpace(line[colon])) ++colon;
  if (length == 0 || colon == line.size() || line[colon] != ':') {
    return std::nullopt;
  }
  return length;
}

absl::string_view Trim(absl::string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

std::string HeaderField::Unfolded() const {
  std::string out;
  out.reserve(value.size());
  for (size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '\n') continue;
    if (value[i] != '\r') {
      out += value[i];
    } else if (i + 1 == value.size() || value[i + 1] != '\n') {
      out += ' ';
    }
  }
  const absl::string_view trimmed = Trim(out);
  return std::string(trimmed);
}

HeaderScanner::HeaderScanner(base::StringView content, const Options& options)
    : max_fields_(options.max_fields) {
  Scan(content, options.other_lines);
  has_8bit_ = !base::IsAscii(content.substr(0, header_octets_));
}

void HeaderScanner::Scan(absl::string_view content, OtherLines other_lines) {
  std::optional<HeaderField> field;  // The one that may go on.
  size_t at = 0;
  while (at < content.size()) {
    const size_t line_feed = content.find('\n', at);
    const size_t next =
        line_feed == absl::string_view::npos ? content.size() : line_feed + 1;
    const absl::string_view raw = content.substr(at, next - at);
    const absl::string_view line = WithoutLineEnd(raw);
    if (line.empty() && raw.back() == '\n') {
      if (field) Keep(*field);
      return End(at, next);
    }
    if (field && IsSpace(raw.front())) {
      const auto begin =
          static_cast<size_t>(field->value.data() - content.data());
      field->value = content.substr(begin, at + line.size() - begin);
    } else {
      if (field) Keep(*field);
      field.reset();
      if (const std::optional<size_t> length = FieldNameLength(line)) {
        const size_t colon = line.find(':', *length);
        field = HeaderField{line.substr(0, *length), line.substr(colon + 1)};
      } else {
        has_other_lines_ = true;
        if (other_lines == OtherLines::kEndsSection) return End(at, at);
      }
    }
    at = next;
  }
  if (field) Keep(*field);
  header_octets_ = content.size();
  body_offset_ = content.size();
}

void HeaderScanner::End(size_t header_octets, size_t body_offset) {
  has_end_ = true;
  header_octets_ = header_octets;
  body_offset_ = body_offset;
}

void HeaderScanner::Keep(const HeaderField& field) {
  ++field_count_;
  if (absl::EqualsIgnoreCase(field.name, "Received")) ++hops_;
  if (fields_.size() < max_fields_) fields_.push_back(field);
}

const HeaderField* HeaderScanner::Find(base::StringView name) const {
  for (const HeaderField& field : fields_) {
    if (absl::EqualsIgnoreCase(field.name, name)) return &field;
  }
  return nullptr;
}

size_t HeaderScanner::Count(base::StringView name) const {
  size_t count = 0;
  for (const HeaderField& field : fields_) {
    if (absl::EqualsIgnoreCase(field.name, name)) ++count;
  }
  return count;
}

absl::flat_hash_set<std::string> HeaderScanner::DeliveredTo() const {
  absl::flat_hash_set<std::string> mailboxes;
  for (const HeaderField& field : fields_) {
    if (!absl::EqualsIgnoreCase(field.name, "Delivered-To")) continue;
    const absl::StatusOr<Address> address = Address::Parse(field.Unfolded());
    if (address.ok()) mailboxes.insert(address->CanonicalKey());
  }
  return mailboxes;
}

bool HeaderScanner::WasDeliveredTo(const Address& mailbox) const {
  return DeliveredTo().contains(mailbox.CanonicalKey());
}

}  // namespace mailsec::message
