// absences.h: who is absent now, without asking the disk for each message?
//
// An AbsenceStore with the owners of all settings in memory, so that the mail
// of everybody else costs nothing. All changes go through here.
//
//   auto absences = Absences::Create(store, memory);
//   if ((*absences)->HasAny(mailbox)) (*absences)->Find(mailbox);

#ifndef MAILCORE_SERVER_TELL_ABSENCES_H_
#define MAILCORE_SERVER_TELL_ABSENCES_H_

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mailcore/address/address.h"
#include "mailcore/autoreply/absence_settings.h"
#include "mailcore/autoreply/absence_store.h"
#include "mailcore/autoreply/reply_memory.h"

namespace mailsec::server {

// Thread safety: all methods may be called concurrently. All but HasAny() block
// on the store; their errors are the store's.
class Absences {
 public:
  // Neither pointer is owned; both must outlive the result.
  static absl::StatusOr<std::unique_ptr<Absences>> Create(
      autoreply::AbsenceStore* store, autoreply::ReplyMemory* memory);

  // True if `owner` has set something, active or not.
  bool HasAny(const address::Address& owner) const;
  absl::StatusOr<std::optional<autoreply::AbsenceSettings>> Find(
      const address::Address& owner) const;
  absl::StatusOr<std::vector<autoreply::AbsenceSettings>> List(
      absl::string_view after, size_t max) const;

  // A new absence: everybody may be answered once more.
  absl::Status Set(const autoreply::AbsenceSettings& settings);
  absl::StatusOr<bool> Clear(const address::Address& owner);

 private:
  Absences(autoreply::AbsenceStore* store, autoreply::ReplyMemory* memory)
      : store_(store), memory_(memory) {}

  autoreply::AbsenceStore* const store_;
  autoreply::ReplyMemory* const memory_;
  std::mutex change_mutex_;                  // One change at a time.
  mutable std::mutex mutex_;                 // Guards owners_.
  absl::flat_hash_set<std::string> owners_;  // Address::CanonicalKey().
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_TELL_ABSENCES_H_
