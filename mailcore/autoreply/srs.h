// srs.h: whose bounce is this, and who sent what we forward?
//
// The Sender Rewriting Scheme: a forwarded mail leaves with an envelope sender
// of our own (R23), which passes the next hop's SPF, and from which alone the
// original sender can be had back when a bounce comes. The message itself is
// not touched.
//
//   alice@example.com         SRS0=HASH=TT=example.com=alice@ours
//   SRS0=h=t=d=l@hop.example  SRS1=HASH=hop.example==h=t=d=l@ours
//   SRS1=h=hop==h=t=d=l@next  SRS1=HASH=hop==h=t=d=l@ours: the first hop stays,
//                             the one between is left out, also on the way back
//   <>                        <>: nobody wants a bounce of a bounce
//   an address at a domain    unchanged: a bounce comes to us anyway, and goes
//     of ours                 to its mailbox
//   what does not fit         SRS0=HASH=TT==TOKEN@ours; the table knows whose
//                             token it is: more than 64 octets of local part
//                             (RFC 5321, 4.5.3.1.1) or 256 of path (4.5.3.1.3),
//                             quoted or non-ASCII local parts, address literals
//
// HASH is 16 characters of base32 (RFC 4648): 80 bits of HMAC-SHA-256. In SRS1
// two more stand before it: our own day, as the TT there is that of the first
// hop. To other servers both are one opaque field. TT is the day since 1970
// modulo 1024. All of it is compared without regard to the case of ASCII
// letters, which remote servers do not always keep. (Mail::SRS has the
// structure from http://www.libsrs2.org/srs/srs.pdf; ours differs only in the
// hash.)
//
//   const auto domain = address::Domain::Parse("fwd.example.org");
//   auto srs = Srs::Create({.domain = *domain, .secrets = {secret}}, &table);
//   absl::StatusOr<address::ReversePath> sender =
//       srs->Forward(mail.sender, now);
//   SrsAnswer answer = srs->Reverse(*rcpt.path.address(), now);

#ifndef MAILCORE_AUTOREPLY_SRS_H_
#define MAILCORE_AUTOREPLY_SRS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mailcore/address/address.h"
#include "mailcore/address/domain.h"
#include "mailcore/address/path.h"
#include "mailcore/autoreply/srs_table.h"
#include "mailcore/policy/decision.h"

namespace mailsec::autoreply {

enum class SrsOutcome {
  kNotOurs,     // No rewritten address of ours: nothing to do with it.
  kOriginal,    // Send it to SrsAnswer::original.
  kRefused,     // 550: forged, expired, malformed, or a token nobody knows.
  kCannotTell,  // 451: the table cannot tell now.
};

// Thread safety: a value.
struct SrsAnswer {
  SrsOutcome outcome = SrsOutcome::kNotOurs;
  std::optional<address::Address> original = {};  // If kOriginal.
  // rule          reply      source
  // srs.not-ours  250 2.0.0  RFC 5321, 3.6    accepted, by this rule
  // srs.reversed  250 2.1.5  R23              accepted
  // srs.malformed 550 5.1.1  RFC 3463, 3.2
  // srs.bad-hash  550 5.7.1  R14, R23         else anybody could relay
  // srs.expired   550 5.1.1  R23              or from the future
  // srs.unknown-token 550 5.1.1               the table does not hold it
  // srs.table     451 4.3.0  RFC 3463, 3.4    cannot tell
  policy::Decision decision;
};

// Thread safety: immutable once created; const methods may run concurrently if
// the table allows it.
class Srs {
 public:
  // As many as SHA-256's result (RFC 2104, 3).
  static constexpr size_t kMinSecretOctets = 32;

  struct Options {
    address::Domain
        domain;  // Where rewritten addresses are; its bounces come to us.
    // Whose senders stay as they are.
    std::vector<address::Domain> own_domains = {};
    // The first signs, all verify. Each at least kMinSecretOctets. A stranger
    // who knows one can relay through us.
    std::vector<std::string> secrets = {};
    char separator = '=';  // After SRS0 and SRS1: '=', '+' or '-'.
    int valid_days = 21;   // 1 to 511. Ours.
  };

  // `table` is not owned and must outlive this; if it is null, what needs it
  // cannot be rewritten.
  //
  // InvalidArgument if no secret is given, or one is too short, or another
  // option is not one of those above.
  static absl::StatusOr<Srs> Create(Options options, SrsTable* table);

  // The envelope sender to forward with. May block if `sender` needs the table.
  //
  // FailedPrecondition if it needs a table and there is none; as
  // SrsTable::Put(). Then do not forward: the mail stays in the mailbox.
  absl::StatusOr<address::ReversePath> Forward(
      const address::ReversePath& sender, absl::Time now) const;

  // Who `recipient` stands for. Ask only for mail from <>, as only bounces may
  // use this way. May block if it has a token.
  SrsAnswer Reverse(const address::Address& recipient, absl::Time now) const;

  // True if it looks like a rewritten address of ours, right or forged. To the
  // recipient directory such an address is `bounces_only`.
  bool IsOurs(const address::Address& recipient) const;

  const address::Domain& domain() const { return options_.domain; }

 private:
  struct Parts;  // What a local part of ours consists of.

  Srs(Options options, SrsTable* table);
  std::string MakeSrs0(absl::string_view host, absl::string_view user,
                       absl::Time now) const;
  std::string MakeSrs1(absl::string_view hop, absl::string_view rest,
                       absl::Time now) const;
  absl::StatusOr<address::ReversePath> ForwardByToken(
      const address::Address& original, absl::Time now) const;
  static std::optional<Parts> Parse(absl::string_view local);
  bool Verifies(const Parts& parts) const;
  SrsAnswer ReverseToken(const address::Address& recipient,
                         absl::string_view token, absl::Time now) const;

  Options options_;
  absl::flat_hash_set<std::string> own_domains_;  // A-labels.
  SrsTable* table_;                               // Not owned; may be null.
};

}  // namespace mailsec::autoreply

#endif  // MAILCORE_AUTOREPLY_SRS_H_
