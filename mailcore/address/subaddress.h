// subaddress.h: whose address is this without its detail?
//
// The local part of "alice+shop@example.org" may be a mailbox, a separator and
// a detail (RFC 5233, 3): the owner of a mailbox makes as many such addresses
// as they like, and all of them are theirs. Which separators there are is a
// choice of the host that owns the mailboxes, so nobody but that host may ask.
//
//   const Address shop = *Address::Parse("alice+shop@example.org");
//   WithoutDetail(shop, "+")[0].ToString() == "alice@example.org";
//
// Thread safety: pure functions.

#ifndef MAILCORE_ADDRESS_SUBADDRESS_H_
#define MAILCORE_ADDRESS_SUBADDRESS_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "mailcore/address/address.h"

namespace mailsec::address {

// The usual separator (RFC 5233, 1).
inline constexpr absl::string_view kUsualSeparators = "+";

// OK if each octet can be a separator: printable ASCII that is no letter, no
// digit, and none of '"', '(', ')', ',', '.', ':', ';', '<', '>', '@', '[',
// '\', ']' and ' ', which have a meaning of their own in addresses. Empty is
// OK: no address has a detail. InvalidArgument names the octet.
absl::Status CheckSeparators(absl::string_view separators);

// `address` cut before each octet of `separators` in its local part, the
// longest first; never with an empty local part. The detail may be empty.
// Empty if there is no separator.
std::vector<Address> WithoutDetail(const Address& address,
                                   absl::string_view separators);

}  // namespace mailsec::address

#endif  // MAILCORE_ADDRESS_SUBADDRESS_H_
