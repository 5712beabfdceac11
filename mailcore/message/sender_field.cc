#include "mailcore/message/sender_field.h"

#include "absl/strings/str_cat.h"

namespace mailsec::message {

std::string UnprovenSenderField(const ip::IpAddress& client) {
  return absl::StrCat(kSenderFieldName,
                      ": unproven; client=", client.ToString(), "\r\n");
}

}  // namespace mailsec::message
