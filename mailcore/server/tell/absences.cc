#include "mailcore/server/tell/absences.h"

namespace mailsec::server {
namespace {

using address::Address;

constexpr size_t kListed = 1000;  // At once.

}  // namespace

absl::StatusOr<std::unique_ptr<Absences>> Absences::Create(
    autoreply::AbsenceStore* store, autoreply::ReplyMemory* memory) {
  std::unique_ptr<Absences> absences(new Absences(store, memory));
  std::string after;
  for (;;) {
    const absl::StatusOr<std::vector<autoreply::AbsenceSettings>> some =
        store->List(after, kListed);
    if (!some.ok()) return some.status();
    for (const autoreply::AbsenceSettings& settings : *some) {
      after = settings.owner.CanonicalKey();
      absences->owners_.insert(after);
    }
    if (some->size() < kListed) return absences;
  }
}

bool Absences::HasAny(const Address& owner) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return !owners_.empty() && owners_.contains(owner.CanonicalKey());
}

absl::StatusOr<std::optional<autoreply::AbsenceSettings>> Absences::Find(
    const Address& owner) const {
  return store_->Find(owner);
}

absl::StatusOr<std::vector<autoreply::AbsenceSettings>> Absences::List(
    absl::string_view after, size_t max) const {
  return store_->List(after, max);
}

absl::Status Absences::Set(const autoreply::AbsenceSettings& settings) {
  const std::lock_guard<std::mutex> change_lock(change_mutex_);
  absl::Status status = store_->Set(settings);
  if (!status.ok()) return status;
  const std::string key = settings.owner.CanonicalKey();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    owners_.insert(key);
  }
  return memory_->ForgetOtherAbsences(key, settings.Id());
}

absl::StatusOr<bool> Absences::Clear(const Address& owner) {
  const std::lock_guard<std::mutex> change_lock(change_mutex_);
  absl::StatusOr<bool> cleared = store_->Clear(owner);
  if (!cleared.ok()) return cleared;
  const std::string key = owner.CanonicalKey();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    owners_.erase(key);
  }
  absl::Status status = memory_->ForgetOtherAbsences(key, "");
  if (!status.ok()) return status;
  return cleared;
}

}  // namespace mailsec::server
