// The remover leaves what its obvious twin leaves, however the content is cut,
// and a second time there is nothing to remove. The first octet says where to
// cut.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "mailcore/message/field_remover.h"
#include "tests/message/slow_field_remover.h"

namespace mailsec {
namespace {

using message::FieldRemover;

std::string Remove(absl::string_view content, size_t piece_octets) {
  FieldRemover remover({.names = {"X-Spam*", "A"}});
  std::string out;
  const auto keep = [&](absl::string_view kept) {
    if (kept.empty()) std::abort();
    absl::StrAppend(&out, kept);
  };
  for (size_t at = 0; at < content.size(); at += piece_octets) {
    remover.Feed(content.substr(at, piece_octets), keep);
  }
  remover.Finish(keep);
  return out;
}

void Check(absl::string_view content, size_t piece_octets) {
  const std::string left = Remove(content, piece_octets);
  if (left != Remove(content, content.size() + 1)) std::abort();
  // Longer lines are taken for fields; see kMaxHeldOctets.
  if (content.size() < FieldRemover::kMaxHeldOctets &&
      left != message::SlowRemoveFields(
                  content,
                  {"x-spam*", "a", "x-mailsec-verdict", "x-mailsec-sender"})) {
    std::abort();
  }
}

}  // namespace
}  // namespace mailsec

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const absl::string_view content(reinterpret_cast<const char*>(data + 1),
                                  size - 1);
  mailsec::Check(content, std::max<size_t>(data[0] % 64, 1));
  return 0;
}
