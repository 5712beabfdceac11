// reloadable_recipient_directory.h: how does a new list of recipients take
// over while mail comes in?
//
// All or nothing: a text with an error, or without the role mailboxes that
// must exist (R6), changes nothing, and the old list goes on answering.
//
//   auto directory = ReloadableRecipientDirectory::Create(text, local_domains);
//   ...
//   absl::Status reloaded = (*directory)->Reload(new_text);

#ifndef MAILCORE_POLICY_RELOADABLE_RECIPIENT_DIRECTORY_H_
#define MAILCORE_POLICY_RELOADABLE_RECIPIENT_DIRECTORY_H_

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mailcore/address/domain.h"
#include "mailcore/policy/text_recipient_directory.h"

namespace mailsec::policy {

// Thread safety: all methods may run concurrently.
class ReloadableRecipientDirectory : public RecipientDirectory {
 public:
  // As Reload(). `domains` are those that need postmaster and abuse.
  static absl::StatusOr<std::unique_ptr<ReloadableRecipientDirectory>> Create(
      absl::string_view text, std::vector<address::Domain> domains);

  // Replaces the whole list. InvalidArgument as TextRecipientDirectory, or
  // FailedPrecondition as CheckRoleMailboxes(): then the old list stays.
  absl::Status Reload(absl::string_view text);

  // Answers wholly from the list before a Reload() or wholly from the new one.
  RecipientAnswer Find(const address::Address& address) override;

  // How many addresses are listed.
  size_t size() const { return Current()->size(); }

 private:
  explicit ReloadableRecipientDirectory(std::vector<address::Domain> domains)
      : domains_(std::move(domains)) {}

  std::shared_ptr<TextRecipientDirectory> Current() const;

  const std::vector<address::Domain> domains_;
  mutable std::mutex mutex_;
  std::shared_ptr<TextRecipientDirectory> current_;  // Guarded by mutex_.
};

}  // namespace mailsec::policy

#endif  // MAILCORE_POLICY_RELOADABLE_RECIPIENT_DIRECTORY_H_
