// Whatever address is forwarded fits its limits and leads back to itself (an
// SRS1 address: to its first hop), in any case of its letters; and no local
// part that was not made here is reversed.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "mailcore/autoreply/memory_srs_table.h"
#include "mailcore/autoreply/srs.h"

namespace mailsec::autoreply {
namespace {

using address::Address;
using address::ReversePath;

const absl::Time kNow = absl::FromUnixSeconds(1795600800);

void Require(bool holds) {
  if (!holds) std::abort();
}

Srs Make(SrsTable* table) {
  return *Srs::Create({.domain = *address::Domain::Parse("fwd.example.org"),
                       .secrets = {std::string(32, 's')}},
                      table);
}

// "SRS0=rest@hop" for both "SRS0=rest@hop" and "SRS1=hash=hop==rest@next".
bool LeadsBack(const Address& original, const Address& sender) {
  if (original == sender) return true;
  const std::string& local = original.local_part();
  if (!absl::StartsWith(local, "SRS0")) return false;
  return absl::EqualsIgnoreCase(original.ToString(), sender.ToString()) ||
         (absl::StartsWithIgnoreCase(sender.local_part(), "SRS1") &&
          absl::EndsWith(sender.local_part(), local.substr(4)));
}

void CheckForward(const Address& sender) {
  MemorySrsTable table;
  const Srs srs = Make(&table);
  const absl::StatusOr<ReversePath> path =
      srs.Forward(ReversePath(sender), kNow);
  Require(path.ok());
  const Address& made = *path->address();
  if (sender.domain() != nullptr && *sender.domain() == srs.domain()) {
    Require(made == sender);
    return;
  }
  Require(srs.IsOurs(made) && made.local_part().size() <= 64);
  Require(!made.needs_smtputf8() && made.ToString()[0] == 'S');
  const SrsAnswer back = srs.Reverse(made, kNow);
  Require(back.original.has_value() && LeadsBack(*back.original, sender));
  for (const std::string& text : {absl::AsciiStrToLower(made.ToString()),
                                  absl::AsciiStrToUpper(made.ToString())}) {
    const SrsAnswer folded = srs.Reverse(*Address::Parse(text), kNow);
    Require(folded.original.has_value() &&
            absl::EqualsIgnoreCase(folded.original->ToString(),
                                   back.original->ToString()));
  }
}

// Nobody who does not know the secret makes one: 1 in 2^80 does.
void CheckReverse(absl::string_view local) {
  const Srs srs = Make(nullptr);
  const absl::StatusOr<Address> recipient =
      Address::Create(local, srs.domain());
  if (!recipient.ok()) return;
  const SrsAnswer answer = srs.Reverse(*recipient, kNow);
  Require(!answer.original.has_value());
  Require(srs.IsOurs(*recipient) == (answer.outcome == SrsOutcome::kRefused));
  Require(answer.decision.accepted() ==
          (answer.outcome == SrsOutcome::kNotOurs));
}

}  // namespace
}  // namespace mailsec::autoreply

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  mailsec::autoreply::CheckReverse(text);
  const absl::StatusOr<mailsec::address::Address> sender =
      mailsec::address::Address::Parse(text);
  if (sender.ok()) mailsec::autoreply::CheckForward(*sender);
  return 0;
}
