// hidden_address.h: what may be quoted of a reply that names an inner address?
//
// Whoever writes to an alias shall not learn which mailbox stands behind it.
// But a next hop knows only the mailbox, and its replies name it: they are
// quoted with the address that the sender wrote in its place.
//
//   auto inner = *address::Address::Parse("secret@inside.example.org");
//   auto alias = *address::ForwardPath::Parse("<robert@example.org>");
//   WithoutAddresses(Reply(550, "<Secret@inside.example.org>: no secret here"),
//                    {{inner, alias}}).text()
//       == "<robert@example.org>: no robert here";

#ifndef MAILCORE_SMTP_HIDDEN_ADDRESS_H_
#define MAILCORE_SMTP_HIDDEN_ADDRESS_H_

#include <vector>

#include "mailcore/address/address.h"
#include "mailcore/address/path.h"
#include "mailcore/smtp/reply.h"

namespace mailsec::smtp {

// Thread safety: a value.
struct HiddenAddress {
  address::Address hidden;
  address::ForwardPath shown;  // What the sender wrote.
};

// `reply` with each hidden address, and each of its two halves where it stands
// as a word of its own, replaced by what is shown of it, in any case of ASCII
// letters. Code and status stay. Takes as long as the text and `addresses`
// multiplied. Thread safety: a pure function.
Reply WithoutAddresses(const Reply& reply,
                       const std::vector<HiddenAddress>& addresses);

}  // namespace mailsec::smtp

#endif  // MAILCORE_SMTP_HIDDEN_ADDRESS_H_
