// Any octets as an address list: what it names is an address, and can be
// written down and read again as the same.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/string_view.h"
#include "mailcore/base/utf8.h"
#include "mailcore/message/address_list.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view value(reinterpret_cast<const char*>(data), size);
  const mailsec::message::AddressList list =
      mailsec::message::ParseAddressList(value);
  std::string written;
  for (const mailsec::message::ListedMailbox& mailbox : list.mailboxes) {
    if (!mailsec::base::IsValidUtf8(mailbox.display_name)) std::abort();
    if (!list.Names(mailbox.address)) std::abort();
    written += "<" + mailbox.address.ToString() + ">,";
  }
  const mailsec::message::AddressList again =
      mailsec::message::ParseAddressList(written);
  if (again.well_formed == list.mailboxes.empty()) std::abort();
  if (again.mailboxes.size() != list.mailboxes.size()) std::abort();
  for (size_t i = 0; i < list.mailboxes.size(); ++i) {
    if (!(again.mailboxes[i].address == list.mailboxes[i].address)) {
      std::abort();
    }
  }
  // Cut anywhere, it names nothing that does not stand there whole.
  const mailsec::message::AddressList cut =
      mailsec::message::ParseAddressList(value, {.max_octets = size / 2});
  if (cut.mailboxes.size() > list.mailboxes.size() + 1) std::abort();
  return 0;
}
