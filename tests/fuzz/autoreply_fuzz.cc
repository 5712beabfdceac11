// Any octets as a message: the decisions explain themselves, and the notice
// and the receipt that answer it are whole, short and marked, whatever it says.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mailcore/address/address.h"
#include "mailcore/autoreply/absence_notice.h"
#include "mailcore/autoreply/autoresponder.h"
#include "mailcore/autoreply/receipt.h"
#include "mailcore/message/header_scanner.h"
#include "tests/autoreply/answer_faults.h"

namespace mailsec::autoreply {
namespace {

using address::Address;
using address::ReversePath;
using message::HeaderScanner;

void Require(bool holds) {
  if (!holds) std::abort();
}

void Check(absl::string_view content) {
  static const Address* const kAnna =
      new Address(*Address::Parse("anna@example.org"));
  static const Address* const kBob =
      new Address(*Address::Parse("bob@example.net"));
  const absl::Time now = absl::FromUnixSeconds(1'767'261'600);
  const AbsenceSettings settings = {
      .owner = *kAnna,
      .outside_texts = {{"de", "", "Weg."}, {"en", "", "Away."}},
      .set_at = now};
  const HeaderScanner header(content);
  const AbsenceDecision notice = Autoresponder::Create({})->Decide(
      {.header = &header, .settings = &settings, .sender = ReversePath(*kBob)},
      now);
  Require(!notice.decision.rule->name.empty() &&
          !notice.decision.rule->source.empty());
  const ReceiptDecision receipt = ReceiptPolicy::Create({.enabled = true})
                                      ->Decide({.header = &header,
                                                .sender = ReversePath(*kBob),
                                                .mailbox = *kAnna});
  Require(receipt.answer == !receipt.message_id.empty());
  const auto written = BuildAbsenceNotice({.settings = &settings,
                                           .original = &header,
                                           .target = *kBob,
                                           .unique = "1"},
                                          now);
  Require(written.ok() && FaultOf(*written).empty());
  const auto report = BuildReceipt({.original = &header,
                                    .mailbox = *kAnna,
                                    .target = *kBob,
                                    .unique = "1",
                                    .original_recipient = std::string(content)},
                                   now);
  Require(report.ok() && FaultOf(*report).empty());
  // An answer is never answered, whoever it seems to come from.
  const HeaderScanner answered(written->content);
  Require(!Autoresponder::Create({})
               ->Decide({.header = &answered,
                         .settings = &settings,
                         .sender = ReversePath(*kBob)},
                        now)
               .answer);
}

}  // namespace
}  // namespace mailsec::autoreply

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  mailsec::autoreply::Check(
      absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
