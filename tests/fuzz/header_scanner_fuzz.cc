// The scanner survives every content, its views lie within it and in order,
// no unfolded value can be more than one line, and content that is cut gives
// no field that the whole does not have, but for the last.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/match.h"
#include "mailcore/message/header_scanner.h"

namespace mailsec {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

void CheckFields(const message::HeaderScanner& header,
                 absl::string_view content) {
  const char* at = content.data();
  size_t hops = 0;
  for (const message::HeaderField& field : header.fields()) {
    Require(field.name.data() >= at && !field.name.empty());
    Require(field.value.data() > field.name.data());
    at = field.value.data() + field.value.size();
    Require(at <= content.data() + header.header_octets());
    Require(field.Unfolded().find_first_of("\r\n") == std::string::npos);
    hops += absl::EqualsIgnoreCase(field.name, "Received");
  }
  Require(header.fields().size() <= header.field_count());
  Require(header.fields().size() < header.field_count() ||
          hops == header.hops());
}

}  // namespace
}  // namespace mailsec

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using mailsec::Require;
  const absl::string_view content(reinterpret_cast<const char*>(data), size);
  const mailsec::message::HeaderScanner header(content);
  mailsec::CheckFields(header, content);
  Require(header.header_octets() <= header.body_offset());
  Require(header.body_offset() <= size);
  Require(header.has_end() || header.body_offset() == size);

  const mailsec::message::HeaderScanner cut(content.substr(0, size / 2));
  mailsec::CheckFields(cut, content.substr(0, size / 2));
  for (size_t i = 0; i + 1 < cut.fields().size(); ++i) {
    Require(i < header.fields().size());
    Require(cut.fields()[i].name == header.fields()[i].name);
    Require(cut.fields()[i].value == header.fields()[i].value);
  }
  return 0;
}
