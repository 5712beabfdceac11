// absence_store.h: who is absent, and what did they set?
//
//   absl::StatusOr<std::optional<AbsenceSettings>> found = store.Find(anna);
//   if (!found.ok()) return;  // Cannot tell: send nothing.
//   if (!*found) return;      // Has set nothing.

#ifndef MAILCORE_AUTOREPLY_ABSENCE_STORE_H_
#define MAILCORE_AUTOREPLY_ABSENCE_STORE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mailcore/address/address.h"
#include "mailcore/autoreply/absence_settings.h"

namespace mailsec::autoreply {

// Owners are the same if their CanonicalKey() is: "Anna@Example.ORG" finds
// what "anna@example.org" set. What was set is durable on return, in a form
// that is.
//
// All methods: Unavailable, ResourceExhausted or PermissionDenied if the store
// cannot be reached, DataLoss if what it holds is damaged; nothing changed
// then.
//
// Thread safety: implementations must allow concurrent calls.
class AbsenceStore {
 public:
  virtual ~AbsenceStore() = default;

  // In place of what the owner had set before. InvalidArgument as
  // ValidateAbsence().
  virtual absl::Status Set(const AbsenceSettings& settings) = 0;

  // Nothing if the owner has set none. Active or not: ask IsActive().
  virtual absl::StatusOr<std::optional<AbsenceSettings>> Find(
      const address::Address& owner) const = 0;

  // False if there was nothing to clear.
  virtual absl::StatusOr<bool> Clear(const address::Address& owner) = 0;

  // At most `max` of them in the order of CanonicalKey(), beginning after the
  // key `after`; "" for the first ones.
  virtual absl::StatusOr<std::vector<AbsenceSettings>> List(
      absl::string_view after, size_t max) const = 0;
};

}  // namespace mailsec::autoreply

#endif  // MAILCORE_AUTOREPLY_ABSENCE_STORE_H_
