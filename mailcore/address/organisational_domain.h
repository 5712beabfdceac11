// organisational_domain.h: whose domain is this host's or subdomain's?
//
// The name that was registered: one label more than the longest public suffix
// (https://publicsuffix.org), of which the list compiled into libpsl knows
// those of the registries and those of who lets the public have names below
// his own. Who holds it can make as many names below it as he likes.
//
//   OrganisationalDomain(*Domain::Parse("a.b.example.co.uk"))
//       == "example.co.uk"

#ifndef MAILCORE_ADDRESS_ORGANISATIONAL_DOMAIN_H_
#define MAILCORE_ADDRESS_ORGANISATIONAL_DOMAIN_H_

#include "absl/strings/string_view.h"
#include "mailcore/address/domain.h"

namespace mailsec {

// The end of domain.ascii(), and lives as long as that: A-labels, lower case.
// The domain itself if it is a public suffix or has one label. Below a top
// level that is not in the list, the last two labels.
//
// Opens no file and allocates nothing. Thread safety: a pure function.
absl::string_view OrganisationalDomain(const Domain& domain);

}  // namespace mailsec

#endif  // MAILCORE_ADDRESS_ORGANISATIONAL_DOMAIN_H_
