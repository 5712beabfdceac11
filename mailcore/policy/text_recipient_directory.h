// text_recipient_directory.h: which recipients does this text list?
//
// One recipient a line:
//
//   # address              options
//   alice@example.org
//   bob@example.org        size=10485760 quota=1073741824
//   "j doe"@example.org    mailbox=jdoe
//   full@example.org       full
//   old@example.org        refused
//
//   size=N        octets of the largest message that is taken
//   quota=N       octets of all messages in the mailbox (Mailbox::quota_octets)
//   full          the mailbox is over quota: nothing is taken
//   mailbox=NAME  where it is delivered; default: the address in its canonical
//                 form. Several addresses may name one mailbox.
//   refused       nobody has this name, and neither a subaddress nor a catch-all
//                 (route::LocalNames) takes its mail
//
// '#' begins a comment at the start of a line or after a space. Addresses are
// compared by Address::CanonicalKey(); one that is listed twice is an error.
//
//   auto directory = TextRecipientDirectory::Parse("alice@example.org\n");

#ifndef MAILCORE_POLICY_TEXT_RECIPIENT_DIRECTORY_H_
#define MAILCORE_POLICY_TEXT_RECIPIENT_DIRECTORY_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "mailcore/address/domain.h"
#include "mailcore/base/string_view.h"
#include "mailcore/base/text_error.h"
#include "mailcore/policy/recipient_directory.h"

namespace mailsec::policy {

// Never blocks, and can always tell.
// Thread safety: immutable once created; all methods may run concurrently.
class TextRecipientDirectory : public RecipientDirectory {
 public:
  // InvalidArgument lists every error, at most 20, one a line: "line 3, column
  // 9: ...". `errors`, if not null, gets the same one by one. An address in
  // none of `domains` is an error, as nobody would ever ask for it; empty: any
  // domain will do.
  static absl::StatusOr<TextRecipientDirectory> Parse(
      base::StringView text, std::vector<base::TextError>* errors = nullptr,
      const std::vector<address::Domain>& domains = {});

  RecipientAnswer Find(const address::Address& address) override;

  // How many addresses are listed.
  size_t size() const { return mailboxes_.size() + refused_.size(); }

  // At least one of them has a quota of its own.
  bool has_quotas() const;

 private:
  using Mailboxes = absl::flat_hash_map<std::string, Mailbox>;
  using Keys = absl::flat_hash_set<std::string>;

  TextRecipientDirectory(Mailboxes mailboxes, Keys refused)
      : mailboxes_(std::move(mailboxes)), refused_(std::move(refused)) {}

  Mailboxes mailboxes_;  // By canonical key.
  Keys refused_;
};

}  // namespace mailsec::policy

#endif  // MAILCORE_POLICY_TEXT_RECIPIENT_DIRECTORY_H_
