// slow_address_list.h: what does the grammar itself say of an address list?
//
// A twin of ParseAddressList() that follows the productions of RFC 5322, 3.4
// and 4.4 one by one and tries every way: right at a glance, and far too slow
// for mail. Knows no domain literals and no routes.

#ifndef TESTS_MESSAGE_SLOW_ADDRESS_LIST_H_
#define TESTS_MESSAGE_SLOW_ADDRESS_LIST_H_

#include <optional>
#include <string>
#include <vector>

namespace mailsec::message {

// The local parts, a '@' and the domains that `text` names; nothing if it is no
// address-list.
std::optional<std::vector<std::string>> SlowAddressList(
    const std::string& text);

}  // namespace mailsec::message

#endif  // TESTS_MESSAGE_SLOW_ADDRESS_LIST_H_
