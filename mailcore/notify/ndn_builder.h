// ndn_builder.h: how is a non-delivery notification written?
//
// It is a multipart/report (RFC 6522) of three parts. The first tells people,
// in the languages of the configuration, what happened, to whom, and what to
// do. The second is for machines: message/delivery-status (RFC 3464), or its
// global form (RFC 6533) where an address needs it and the sender can take it.
// The third is the original's header section, or all of it if RET=FULL asked
// so. Nothing in the original can break the report: lines are bounded, controls
// are removed, octets are encoded, and the boundary occurs in no part.
//
//   auto builder =
//       NdnBuilder::Create({.hostname = "mx.example.org", .from = from});
//   absl::StatusOr<Notification> ndn = builder->Build(request, clock.Now());
//   // Send ndn.content from <> to request.target.

#ifndef MAILCORE_NOTIFY_NDN_BUILDER_H_
#define MAILCORE_NOTIFY_NDN_BUILDER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mailcore/address/address.h"
#include "mailcore/notify/cause.h"
#include "mailcore/notify/delivery_report.h"
#include "mailcore/notify/language.h"

namespace mailsec::notify {

// Thread safety: a value.
struct NdnRequest {
  address::Address target;  // The original's reverse path.
  // All recipients with one action. Failed ones may have different causes:
  // `causes` has one for each recipient, in order (if kFailed).
  DeliveryReport report = {};
  std::vector<Cause> causes = {};
  // The original as it was stored: its header section at least; if
  // `return_full`, all of it (RET=FULL).
  std::string original = {};
  bool return_full = false;
  bool smtputf8 = false;  // The original came with SMTPUTF8: its sender can
                          // read the global forms of RFC 6533.
  // Different for each notification, as a queue id is: letters, digits and
  // '-', of which 40 count.
  std::string unique = {};
};

// Thread safety: a value.
struct Notification {
  // CRLF lines of at most 998 octets, and a final CRLF.
  std::string content = {};
  // The target's address is not ASCII: so is To, and the way to it anyway.
  // Only then an octet may be above 0x7F; all else is encoded, so that a
  // notification can be taken by every server on its way.
  bool needs_smtputf8 = false;
  bool has_8bit = false;
};

// Thread safety: immutable once created.
class NdnBuilder {
 public:
  struct Options {
    std::string hostname = {};  // Reporting-MTA.
    address::Address from;  // "postmaster@example.org": whom people may ask.
    std::vector<Language> languages = {Language::kEnglish};  // At least one.
    // More of the original is not returned; RFC 3461, 6.2 allows a limit.
    uint64_t max_returned_octets = 64 * 1024;
  };

  // InvalidArgument if a required option is missing, if `hostname` is no domain
  // or `from` not ASCII, or if a language stands there twice.
  static absl::StatusOr<NdnBuilder> Create(Options options);

  // InvalidArgument if the request has no recipient, one without an address, or
  // mixes actions, or if failed recipients and `causes` do not go together.
  //
  // An expired recipient (Cause::kExpired) has Status 4.4.7 with Action failed
  // (RFC 3463, 3.5), whatever the last answer was.
  absl::StatusOr<Notification> Build(const NdnRequest& request,
                                     absl::Time now) const;

  const address::Address& from() const { return options_.from; }

 private:
  explicit NdnBuilder(Options options);
  std::string Assemble(const NdnRequest& request, Action action, absl::Time now,
                       const std::vector<std::string>& parts,
                       bool global) const;

  Options options_;
};

}  // namespace mailsec::notify

#endif  // MAILCORE_NOTIFY_NDN_BUILDER_H_
