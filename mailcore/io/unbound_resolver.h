// unbound_resolver.h: what does the DNS say, really?
//
// A dns::Resolver over libunbound. It caches, and with a trust anchor it
// validates DNSSEC in this process, so that no path to a name server has to be
// trusted. An answer that fails validation is Unavailable, and so is one that
// is broken or truncated (libunbound asks again over TCP, RFC 7766, 5).
//
//   auto resolver =
//       io::UnboundResolver::Create({.trust_anchor_file = "root.key"});
//   absl::StatusOr<dns::MxAnswer> mx = (*resolver)->LookUpMx(domain);

#ifndef MAILCORE_IO_UNBOUND_RESOLVER_H_
#define MAILCORE_IO_UNBOUND_RESOLVER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mailcore/dns/resolver.h"

namespace mailsec::io {

// Thread safety: all methods may be called concurrently; they block until the
// answer or `timeout`.
class UnboundResolver : public dns::Resolver {
 public:
  struct Options {
    // Name servers to ask, "192.0.2.53" or "192.0.2.53@5353". Default: those
    // of /etc/resolv.conf.
    std::vector<std::string> forward = {};
    std::string trust_anchor_file = {};  // Default: none; nothing is kSecure.
    absl::Duration timeout = absl::Seconds(10);  // For one question. Ours.
  };

  // InvalidArgument if an option cannot be used.
  static absl::StatusOr<std::unique_ptr<UnboundResolver>> Create(
      Options options);
  ~UnboundResolver() override;

  absl::StatusOr<dns::MxAnswer> LookUpMx(
      const address::Domain& domain) override;
  // Asks for A and AAAA at the same time. If only one of them is answered, its
  // addresses are the answer.
  absl::StatusOr<dns::AddressAnswer> LookUpAddresses(
      const std::string& host) override;

 private:
  class Context;
  explicit UnboundResolver(std::unique_ptr<Context> context);
  std::unique_ptr<Context> context_;
};

}  // namespace mailsec::io

#endif  // MAILCORE_IO_UNBOUND_RESOLVER_H_
