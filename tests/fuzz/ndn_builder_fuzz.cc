// Whatever the original, the answers and the addresses hold, a notification
// is whole lines that any server takes, with a boundary where it must stand
// and nowhere else.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "mailcore/notify/ndn_builder.h"
#include "tests/notify/notification_faults.h"

namespace mailsec::notify {
namespace {

using address::Address;

// The input: flags, then texts parted by "\xFF\n"; the last is the original.
struct Input {
  uint8_t flags = 0;
  std::vector<std::string> texts;

  std::string Take() {
    if (texts.empty()) return "";
    std::string text = texts.front();
    texts.erase(texts.begin());
    return text;
  }
  bool Flag(int bit) const { return (flags >> bit & 1) != 0; }
};

NdnRequest RequestOf(Input input) {
  NdnRequest request = {
      .target = *Address::Parse(input.Flag(0) ? "\xC3\xA4@example.com"
                                              : "alice@example.com"),
      .causes = {static_cast<Cause>(input.flags % 12)}};
  request.return_full = input.Flag(1);
  request.smtputf8 = input.Flag(2);
  RecipientStatus recipient;
  recipient.action = static_cast<Action>(input.flags / 8 % 5);
  recipient.final_recipient = {input.Take(), "x" + input.Take()};
  recipient.original_recipient = {"utf-8", input.Take()};
  recipient.diagnostic_code = {"smtp", input.Take()};
  recipient.remote_mta = {"dns", input.Take()};
  recipient.final_log_id = input.Take();
  request.report.original_envelope_id = input.Take();
  request.unique = input.Take();
  request.report.recipients = {recipient};
  request.original = input.Take();
  return request;
}

void Check(const Input& input) {
  const absl::StatusOr<NdnBuilder> builder = NdnBuilder::Create(
      {.hostname = "mx.example.org",
       .from = *Address::Parse("postmaster@example.org"),
       .languages = {Language::kGerman, Language::kEnglish}});
  const absl::StatusOr<Notification> built =
      builder->Build(RequestOf(input), absl::FromUnixSeconds(1795600800));
  if (!built.ok() || !FaultOf(*built).empty()) std::abort();
}

}  // namespace
}  // namespace mailsec::notify

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const absl::string_view text(reinterpret_cast<const char*>(data) + 1,
                               size - 1);
  mailsec::notify::Check(
      {.flags = data[0],
       .texts = absl::StrSplit(text, absl::MaxSplits("\xFF\n", 8))});
  return 0;
}
