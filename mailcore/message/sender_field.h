// sender_field.h: how do we write down that a sender may be forged?
//
// A stranger has used a domain of ours as envelope sender. We say so in front of
// the content, in a field that FieldRemover takes out of what comes in:
//
//   X-Mailsec-Sender: unproven; client=203.0.113.9
//
// Thread safety: a pure function.

#ifndef MAILCORE_MESSAGE_SENDER_FIELD_H_
#define MAILCORE_MESSAGE_SENDER_FIELD_H_

#include <string>

#include "absl/strings/string_view.h"
#include "mailcore/ip/ip_address.h"

namespace mailsec::message {

inline constexpr absl::string_view kSenderFieldName = "X-Mailsec-Sender";

// The whole field with its CRLF. `client` is who gave us the message.
std::string UnprovenSenderField(const ip::IpAddress& client);

}  // namespace mailsec::message

#endif  // MAILCORE_MESSAGE_SENDER_FIELD_H_
