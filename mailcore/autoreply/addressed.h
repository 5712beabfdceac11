// addressed.h: is the user one of those whom this message is written to?
//
// Thread safety: pure functions.

#ifndef MAILCORE_AUTOREPLY_ADDRESSED_H_
#define MAILCORE_AUTOREPLY_ADDRESSED_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "mailcore/address/address.h"
#include "mailcore/autoreply/machine_marks.h"
#include "mailcore/message/header_scanner.h"

namespace mailsec::autoreply {

// All addresses of one user. Thread safety: immutable once created.
class OwnNames {
 public:
  // The mailbox `own` and `others`; each of them also with one of `separators`
  // and a detail behind it (address::WithoutDetail()), which may be empty.
  OwnNames(const address::Address& own,
           absl::Span<const address::Address> others,
           absl::string_view separators);

  // Compares by CanonicalKey().
  bool Include(const address::Address& address) const;

 private:
  std::vector<std::string> keys_;
  std::string separators_;
};

// True if To, Cc, Resent-To or Resent-Cc names one of them (RFC 5230, 4.5,
// which counts Bcc too: we do not).
bool IsAddressed(const message::HeaderScanner& header, const OwnNames& names);

// What makes the sender a machine: its own address, one in From or Sender or
// the name beside it, or that From has no address at all, as many mail systems
// write it. Nothing if they may be a person.
std::optional<std::string> SystemSenderMark(
    const message::HeaderScanner& header, const address::Address& sender,
    const SystemSenders& senders);

}  // namespace mailsec::autoreply

#endif  // MAILCORE_AUTOREPLY_ADDRESSED_H_
