#include "mailcore/autoreply/memory_absence_store.h"

namespace mailsec::autoreply {

using address::Address;

absl::Status MemoryAbsenceStore::Set(const AbsenceSettings& settings) {
  const absl::Status valid = ValidateAbsence(settings);
  if (!valid.ok()) return valid;
  const std::lock_guard<std::mutex> lock(mutex_);
  by_owner_.insert_or_assign(settings.owner.CanonicalKey(), settings);
  return absl::OkStatus();
}

absl::StatusOr<std::optional<AbsenceSettings>> MemoryAbsenceStore::Find(
    const Address& owner) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = by_owner_.find(owner.CanonicalKey());
  if (found == by_owner_.end()) return std::optional<AbsenceSettings>();
  return std::optional<AbsenceSettings>(found->second);
}

absl::StatusOr<bool> MemoryAbsenceStore::Clear(const Address& owner) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return by_owner_.erase(owner.CanonicalKey()) > 0;
}

absl::StatusOr<std::vector<AbsenceSettings>> MemoryAbsenceStore::List(
    absl::string_view after, size_t max) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<AbsenceSettings> list;
  for (auto it = by_owner_.upper_bound(std::string(after));
       it != by_owner_.end() && list.size() < max; ++it) {
    list.push_back(it->second);
  }
  return list;
}

}  // namespace mailsec::autoreply
