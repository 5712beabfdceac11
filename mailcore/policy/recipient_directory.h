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

#include "absl/strings/string_view.h"
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
  // Largest sum of its messages. Absent: that of its domain, if there is one.
  std::optional<uint64_t> quota_octets = {};
  // How large a message fits in now. Absent: not known; delivery will tell.
  std::optional<uint64_t> room_octets = {};
  friend bool operator==(const Mailbox&, const Mailbox&) = default;
};

// What an address of ours is (route::LocalNames).
enum class NameKind {
  kMailbox,     // The name of a mailbox.
  kAlias,       // Stands for others.
  kSubaddress,  // One of these with a detail behind it: "alice+shop" (RFC 5233).
  kCatchAll,    // None of these: the domain's catch-all takes it.
};
// "mailbox", "alias", "subaddress", "catch-all". Thread safety: pure.
constexpr absl::string_view NameKindName(NameKind kind) {
  switch (kind) {
    case NameKind::kMailbox:
      return "mailbox";
    case NameKind::kAlias:
      return "alias";
    case NameKind::kSubaddress:
      return "subaddress";
    case NameKind::kCatchAll:
      return "catch-all";
  }
  return "";
}

// Thread safety: a value.
struct RecipientAnswer {
  Answer answer = Answer::kCannotTell;
  Mailbox mailbox = {};                // If kYes.
  NameKind kind = NameKind::kMailbox;  // If kYes.
  // If kNo: the name is listed as one that takes no mail. Neither a mailbox with
  // a detail nor a catch-all takes it.
  bool listed_as_refused = false;
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
