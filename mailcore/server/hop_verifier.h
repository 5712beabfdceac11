// hop_verifier.h: would the next hop of this route take it?
//
// Asks by MAIL, RCPT and RSET, over the connections that mail goes over too.

#ifndef MAILCORE_SERVER_HOP_VERIFIER_H_
#define MAILCORE_SERVER_HOP_VERIFIER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "mailcore/policy/recipient_verifier.h"
#include "mailcore/server/delivery.h"
#include "mailcore/server/routing.h"

namespace mailsec::server {

// Thread safety: all methods may be called concurrently.
class HopVerifier : public policy::RecipientVerifier {
 public:
  using Ask = std::function<void(
      HopQuestion,
      std::function<void(smtp::RecipientOutcome, std::string hop)>)>;

  // Asks by `ask` (Delivery::Ask()); waits for at most `patience`.
  HopVerifier(Ask ask, absl::Duration patience)
      : ask_(std::move(ask)), patience_(patience) {}

  // Nothing is verified before. Not owned by reloads that are under way.
  void SetRouting(std::shared_ptr<const Routing> routing);

  // Blocks for `patience` at most. Nothing if the route is not to be verified.
  std::optional<policy::VerifierAnswer> Verify(const ForwardPath& recipient,
                                               uint64_t octets) override;

 private:
  const Ask ask_;
  const absl::Duration patience_;
  std::mutex mutex_;  // Guards routing_.
  std::shared_ptr<const Routing> routing_;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_HOP_VERIFIER_H_
