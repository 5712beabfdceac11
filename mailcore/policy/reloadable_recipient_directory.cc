#include "mailcore/policy/reloadable_recipient_directory.h"

#include "mailcore/policy/role_mailboxes.h"

namespace mailsec::policy {

absl::StatusOr<std::unique_ptr<ReloadableRecipientDirectory>>
ReloadableRecipientDirectory::Create(absl::string_view text,
                                     std::vector<address::Domain> domains) {
  std::unique_ptr<ReloadableRecipientDirectory> directory(
      new ReloadableRecipientDirectory(std::move(domains)));
  const absl::Status loaded = directory->Reload(text);
  if (!loaded.ok()) return loaded;
  return directory;
}

absl::Status ReloadableRecipientDirectory::Reload(absl::string_view text) {
  absl::StatusOr<TextRecipientDirectory> parsed =
      TextRecipientDirectory::Parse(text);
  if (!parsed.ok()) return parsed.status();
  const absl::Status checked = CheckRoleMailboxes(*parsed, domains_);
  if (!checked.ok()) return checked;
  auto next = std::make_shared<TextRecipientDirectory>(*std::move(parsed));
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    current_.swap(next);
  }
  // The old list is freed here, outside of the lock.
  return absl::OkStatus();
}

RecipientAnswer ReloadableRecipientDirectory::Find(
    const address::Address& address) {
  return Current()->Find(address);
}

std::shared_ptr<TextRecipientDirectory> ReloadableRecipientDirectory::Current()
    const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return current_;
}

}  // namespace mailsec::policy
