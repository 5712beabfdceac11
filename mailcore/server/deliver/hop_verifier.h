// hop_verifier.h: would the next hop of this route take it?
//
//   route                                  what is asked
//   with verify_recipients                 the next hop, by MAIL, RCPT and
//                                          RSET, over the connections that
//                                          mail goes over too
//   mail exchangers, an address literal    whether there is a host at all: a
//                                          null MX, a domain that does not
//                                          exist, a loop to ourselves and a
//                                          literal that is not allowed are
//                                          certain to fail
//   all others                             nothing
//
// The mailboxes that mail will be delivered to are asked about
// (Routing::MailboxesOf), and not the name that the client has for them: an
// alias is accepted if one behind it is.

#ifndef MAILCORE_SERVER_DELIVER_HOP_VERIFIER_H_
#define MAILCORE_SERVER_DELIVER_HOP_VERIFIER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "mailcore/policy/recipient_verifier.h"
#include "mailcore/server/deliver/hop_asker.h"
#include "mailcore/server/snapshot/routing.h"

namespace mailsec::server {

// Belongs to one snapshot, whose routing it goes by: after a reload there is
// another one. Thread safety: all methods may be called concurrently.
class HopVerifier : public policy::RecipientVerifier {
 public:
  using Ask = std::function<void(HopQuestion, HopAsker::Done)>;

  // Asks by `ask` (Delivery::Ask()); waits for at most `patience`.
  HopVerifier(Ask ask, absl::Duration patience,
              std::shared_ptr<const Routing> routing)
      : ask_(std::move(ask)),
        patience_(patience),
        routing_(std::move(routing)) {}

  // Blocks for `patience` at most. Nothing if the route is not to be verified,
  // or if all that is asked is whether there is one, and there is.
  std::optional<policy::VerifierAnswer> Verify(
      const address::ForwardPath& recipient, uint64_t octets) override;

 private:
  struct Said {
    smtp::RecipientOutcome outcome;
    std::string hop;
  };

  // Nothing if no answer came in time.
  std::optional<Said> AskFor(HopQuestion question) const;
  std::optional<policy::VerifierAnswer> VerifyRoute(
      const address::ForwardPath& recipient) const;
  std::optional<policy::VerifierAnswer> VerifyOne(
      const address::ForwardPath& mailbox, uint64_t octets,
      absl::Duration patience) const;
  std::optional<policy::VerifierAnswer> VerifyAny(
      const std::vector<address::Address>& mailboxes, uint64_t octets) const;
  std::optional<policy::VerifierAnswer> VerifyAtHop(
      const address::ForwardPath& recipient, uint64_t octets,
      absl::Duration patience) const;

  const Ask ask_;
  const absl::Duration patience_;
  const std::shared_ptr<const Routing> routing_;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_DELIVER_HOP_VERIFIER_H_
