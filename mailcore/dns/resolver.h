// resolver.h: what does the DNS say?
//
// The interface between policies and the code that asks the DNS. "There is
// none" and "cannot tell" are different answers: a domain without MX and a name
// server that is down must never be confused (RFC 5321, 5.1).

#ifndef MAILCORE_DNS_RESOLVER_H_
#define MAILCORE_DNS_RESOLVER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/cord.h"
#include "mailcore/address/domain.h"
#include "mailcore/base/string_view.h"
#include "mailcore/ip/ip_address.h"

namespace mailsec::dns {

enum class DnssecStatus {
  kInsecure,  // Not signed, or not validated.
  kSecure,    // Signed, and the chain of trust holds.
};

// Thread safety: a value.
struct MxRecord {
  uint16_t preference = 0;
  // Lower case, no trailing dot; "" is the null MX. It may be anything that
  // somebody has published, an address or no host name at all.
  std::string exchange = {};
};

// Thread safety: a value.
struct MxAnswer {
  std::vector<MxRecord> records = {};  // By preference.
  DnssecStatus dnssec = DnssecStatus::kInsecure;
};

// Thread safety: a value.
struct AddressAnswer {
  std::vector<ip::IpAddress> addresses = {};  // A and AAAA.
  DnssecStatus dnssec = DnssecStatus::kInsecure;
  // Where CNAME records lead to, lower case, no trailing dot. Empty if the
  // name that was asked for is no alias.
  std::string canonical_name = {};
};

// A NotFound for a name that does not exist at all (NXDOMAIN, RFC 2308, 2.1),
// so that nothing else needs to be asked about it. A NotFound from elsewhere
// leaves that open: the name may have records of another type.
inline absl::Status NoSuchNameError(base::StringView message) {
  absl::Status status = absl::NotFoundError(message);
  status.SetPayload("mailsec/nxdomain", absl::Cord());
  return status;
}
inline bool IsNoSuchName(const absl::Status& status) {
  return status.GetPayload("mailsec/nxdomain").has_value();
}

// Thread safety: implementations must allow concurrent calls. May block.
class Resolver {
 public:
  virtual ~Resolver() = default;

  // NotFound: the domain has no MX record; better NoSuchNameError() if there
  // is no such name at all. Unavailable: no answer, SERVFAIL, an answer that
  // is broken, or one that fails DNSSEC validation ("bogus").
  virtual absl::StatusOr<MxAnswer> LookUpMx(const address::Domain& domain) = 0;

  // NotFound and Unavailable as above.
  virtual absl::StatusOr<AddressAnswer> LookUpAddresses(
      const std::string& host) = 0;
};

}  // namespace mailsec::dns

#endif  // MAILCORE_DNS_RESOLVER_H_
