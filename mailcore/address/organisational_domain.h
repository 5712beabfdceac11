// organisational_domain.h: whose domain is this host's or subdomain's?
//
// The organisational domain is the name that was registered: one label more
// than the longest public suffix. The list compiled into libpsl
// (https://publicsuffix.org) has the suffixes of the registries, and those of
// organisations that give the public names below their own. The holder of a
// registered name can make any number of names below it.
//
//   OrganisationalDomain(*Domain::Parse("a.b.example.co.uk"))
//       == "example.co.uk";

#ifndef MAILCORE_ADDRESS_ORGANISATIONAL_DOMAIN_H_
#define MAILCORE_ADDRESS_ORGANISATIONAL_DOMAIN_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "mailcore/address/domain.h"

namespace mailsec::address {

// The end of domain.ascii(), and lives as long as that: A-labels, lower case.
// The domain itself if it is a public suffix or has one label. Below a top
// level that is not in the list, the last two labels.
//
// Opens no file and allocates nothing; a microsecond if there are three labels
// or more. Thread safety: a pure function.
absl::string_view OrganisationalDomain(const Domain& domain);

// The same for callers that ask a million times a second: it remembers a
// quarter of a million answers, in 2 MiB. Thread safety: all methods may run
// concurrently.
class OrganisationalDomains {
 public:
  OrganisationalDomains();
  absl::string_view Find(const Domain& domain);
  size_t memory_octets() const;

 private:
  // The hash of a domain, its last octet replaced by how many octets of it the
  // answer has. Each by itself: no answer is ever half written.
  std::vector<std::atomic<uint64_t>> remembered_;
};

}  // namespace mailsec::address

#endif  // MAILCORE_ADDRESS_ORGANISATIONAL_DOMAIN_H_
