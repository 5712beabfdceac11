// failing_absence_store.h: settings of absences that fail when a test says so.
//
//   FailingAbsenceStore store(&real);
//   store.FailCalls(1, absl::UnavailableError("EIO"));  // The next one.

#ifndef MAILCORE_TESTING_FAILING_ABSENCE_STORE_H_
#define MAILCORE_TESTING_FAILING_ABSENCE_STORE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mailcore/autoreply/absence_store.h"

namespace mailsec {

// Passes every call on to a store, but for those that fail, which change
// nothing. Thread safety: as AbsenceStore says; FailCalls() must not run beside
// a call that it concerns.
class FailingAbsenceStore : public autoreply::AbsenceStore {
 public:
  // `store` is not owned and must outlive this one.
  explicit FailingAbsenceStore(autoreply::AbsenceStore* store)
      : store_(store) {}

  // The next `calls` calls fail with `status`.
  void FailCalls(int64_t calls, absl::Status status) {
    status_ = std::move(status);
    failing_ = calls;
  }
  int64_t calls() const { return calls_; }  // So far, the failed ones too.

  absl::Status Set(const autoreply::AbsenceSettings& settings) override {
    return Fails() ? status_ : store_->Set(settings);
  }
  absl::StatusOr<std::optional<autoreply::AbsenceSettings>> Find(
      const address::Address& owner) const override {
    if (Fails()) return status_;
    return store_->Find(owner);
  }
  absl::StatusOr<bool> Clear(const address::Address& owner) override {
    if (Fails()) return status_;
    return store_->Clear(owner);
  }
  absl::StatusOr<std::vector<autoreply::AbsenceSettings>> List(
      absl::string_view after, size_t max) const override {
    if (Fails()) return status_;
    return store_->List(after, max);
  }

 private:
  bool Fails() const {
    ++calls_;
    return failing_-- > 0;
  }

  autoreply::AbsenceStore* const store_;  // Not owned.
  absl::Status status_;
  mutable std::atomic<int64_t> failing_ = 0;
  mutable std::atomic<int64_t> calls_ = 0;
};

}  // namespace mailsec

#endif  // MAILCORE_TESTING_FAILING_ABSENCE_STORE_H_
