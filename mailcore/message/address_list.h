// address_list.h: which addresses does this header field name?
//
// Reads `address-list` of RFC 5322, 3.4, with groups, comments, quoted strings
// and the obsolete forms of 4.4 (empty elements, routes, blanks around dots and
// '@'), as strangers write it: nothing makes it fail. What is no address is
// passed over, up to the next comma outside of quotes, and the result says so.
//
//   ParseAddressList("Anna <anna@example.org>, team: b@example.net;")
//       names "anna@example.org" and "b@example.net"
//
// Thread safety: pure functions.

#ifndef MAILCORE_MESSAGE_ADDRESS_LIST_H_
#define MAILCORE_MESSAGE_ADDRESS_LIST_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "mailcore/address/address.h"

namespace mailsec::message {

// Thread safety: a value.
struct ListedMailbox {
  address::Address address;
  // The name before it in UTF-8, encoded words (RFC 2047) decoded; may be
  // empty, and may hold any control character.
  std::string display_name = {};
};

// Thread safety: a value.
struct AddressList {
  std::vector<ListedMailbox> mailboxes;  // Those in groups too, in order.
  // Each element was as RFC 5322, 3.4 wants it, obsolete forms included.
  bool well_formed = true;
  bool complete = true;  // False: a limit left some out.

  // True if one of them has the CanonicalKey() of `address`.
  bool Names(const address::Address& address) const;
};

// Bounds on what one field makes us do. Both ours.
struct AddressListLimits {
  size_t max_octets = 256 * 1024;  // What stands behind them is left out.
  size_t max_mailboxes = 10000;
};

// `value` is a field's value, folded or not. Linear in time.
AddressList ParseAddressList(absl::string_view value,
                             const AddressListLimits& limits = {});

}  // namespace mailsec::message

#endif  // MAILCORE_MESSAGE_ADDRESS_LIST_H_
