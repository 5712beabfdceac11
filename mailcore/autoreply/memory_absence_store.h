// memory_absence_store.h: settings of absences that a restart forgets.

#ifndef MAILCORE_AUTOREPLY_MEMORY_ABSENCE_STORE_H_
#define MAILCORE_AUTOREPLY_MEMORY_ABSENCE_STORE_H_

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "mailcore/autoreply/absence_store.h"

namespace mailsec::autoreply {

// It is for tests, and for programs that keep the settings elsewhere.
// Thread safety: all methods may be called concurrently.
class MemoryAbsenceStore : public AbsenceStore {
 public:
  absl::Status Set(const AbsenceSettings& settings) override;
  absl::StatusOr<std::optional<AbsenceSettings>> Find(
      const address::Address& owner) const override;
  absl::StatusOr<bool> Clear(const address::Address& owner) override;
  absl::StatusOr<std::vector<AbsenceSettings>> List(absl::string_view after,
                                                    size_t max) const override;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, AbsenceSettings, std::less<>> by_owner_;
};

}  // namespace mailsec::autoreply

#endif  // MAILCORE_AUTOREPLY_MEMORY_ABSENCE_STORE_H_
