// recipient_directory.h: does this recipient exist, and is there room?
//
// It is asked before we take responsibility for a message (R18, R19). A
// recipient that does not exist, whose mailbox is full or for whom the message
// is too large is refused at RCPT, so that no non-delivery notification is
// needed later.
//
//   RecipientAnswer found = directory->Find(*rcpt.path.address());
//   if (found.answer == Answer::kYes && found.mailbox.has_room) Accept();

#ifndef MAILCORE_POLICY_RECIPIENT_DIRECTORY_H_
#define MAILCORE_POLICY_RECIPIENT_DIRECTORY_H_

#include <cstdint>
#include <optional>
#include <string>

#include "mailcore/address/address.h"
#include "mailcore/policy/answer.h"

namespace mailsec::policy {

// Thread safety: a value.
struct Mailbox {
  // The name by which mail is delivered: one path component, so without '/',
  // and not beginning with '.'.
  std::string name = {};
  bool has_room = true;  // False: over quota.
  // Largest message that this mailbox takes. Absent: the server's limit.
  std::optional<uint64_t> max_message_octets = {};
  friend bool operator==(const Mailbox&, const Mailbox&) = default;
};

// Thread safety: a value.
struct RecipientAnswer {
  Answer answer = Answer::kCannotTell;
  Mailbox mailbox = {};  // If kYes.
  // If kYes: takes mail from <> only, as a rewritten sender does (R23).
  bool bounces_only = false;
  std::string reason = {};  // If kCannotTell: why, for the operator.
};

// Thread safety: implementations must allow concurrent calls.
class RecipientDirectory {
 public:
  virtual ~RecipientDirectory() = default;

  // May block. Looks up address.CanonicalKey(), so that the case of ASCII
  // letters, needless quotes and U-labels make no difference.
  virtual RecipientAnswer Find(const address::Address& address) = 0;
};

}  // namespace mailsec::policy

#endif  // MAILCORE_POLICY_RECIPIENT_DIRECTORY_H_
