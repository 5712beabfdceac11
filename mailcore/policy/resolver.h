// resolver.h: what does the DNS say?
//
// The interface between policies and whatever asks the DNS. "There is none"
// and "cannot tell" are different answers: a domain without MX and a name
// server that is down must never be confused (RFC 5321, 5.1).

#ifndef MAILCORE_POLICY_RESOLVER_H_
#define MAILCORE_POLICY_RESOLVER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "mailcore/address/domain.h"
#include "mailcore/ip/ip_address.h"

namespace mailsec::policy {

enum class DnssecStatus {
  kInsecure,  // Not signed, or not validated.
  kSecure,    // Signed, and the chain of trust holds.
};

// Thread safety: a value.
struct MxRecord {
  uint16_t preference;
  std::string exchange;  // Lower case, no trailing dot; "" is the null MX.
};

// Thread safety: a value.
struct MxAnswer {
  std::vector<MxRecord> records;  // By preference.
  DnssecStatus dnssec = DnssecStatus::kInsecure;
};

// Thread safety: a value.
struct AddressAnswer {
  std::vector<IpAddress> addresses;  // A and AAAA.
  DnssecStatus dnssec = DnssecStatus::kInsecure;
};

// Thread safety: implementations must allow concurrent calls. May block.
class Resolver {
 public:
  virtual ~Resolver() = default;

  // NotFound: the name does not exist, or has no MX record. Unavailable: no
  // answer, SERVFAIL, or one that fails DNSSEC validation ("bogus").
  virtual absl::StatusOr<MxAnswer> LookUpMx(const Domain& domain) = 0;

  // NotFound and Unavailable as above.
  virtual absl::StatusOr<AddressAnswer> LookUpAddresses(
      const std::string& host) = 0;
};

}  // namespace mailsec::policy

#endif  // MAILCORE_POLICY_RESOLVER_H_
