// failing_reply_memory.h: a memory of answers that fails when a test says so.
//
//   FailingReplyMemory memory(&real);
//   memory.FailCalls(1, absl::UnavailableError("EIO"));  // The next one.

#ifndef MAILCORE_TESTING_FAILING_REPLY_MEMORY_H_
#define MAILCORE_TESTING_FAILING_REPLY_MEMORY_H_

#include <atomic>
#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mailcore/autoreply/reply_memory.h"

namespace mailsec {

// Passes every call on to a memory, but for those that fail, which change
// nothing. Thread safety: as ReplyMemory says; FailCalls() must not run beside
// a call that it concerns.
class FailingReplyMemory : public autoreply::ReplyMemory {
 public:
  // `memory` is not owned and must outlive this one.
  explicit FailingReplyMemory(autoreply::ReplyMemory* memory)
      : memory_(memory) {}

  // The next `calls` calls fail with `status`.
  void FailCalls(int64_t calls, absl::Status status) {
    status_ = std::move(status);
    failing_ = calls;
  }
  int64_t calls() const { return calls_; }  // So far, the failed ones too.

  absl::StatusOr<autoreply::Remembered> Remember(
      const autoreply::ReplyKey& key, absl::Time now,
      absl::Duration period) override {
    if (Fails()) return status_;
    return memory_->Remember(key, now, period);
  }
  absl::Status Forget(const autoreply::ReplyKey& key) override {
    return Fails() ? status_ : memory_->Forget(key);
  }
  absl::Status ForgetOtherAbsences(absl::string_view owner,
                                   absl::string_view occasion) override {
    return Fails() ? status_ : memory_->ForgetOtherAbsences(owner, occasion);
  }
  absl::StatusOr<uint64_t> Count() const override {
    if (Fails()) return status_;
    return memory_->Count();
  }

 private:
  bool Fails() const {
    ++calls_;
    return failing_-- > 0;
  }

  autoreply::ReplyMemory* const memory_;  // Not owned.
  absl::Status status_;
  mutable std::atomic<int64_t> failing_ = 0;
  mutable std::atomic<int64_t> calls_ = 0;
};

}  // namespace mailsec

#endif  // MAILCORE_TESTING_FAILING_REPLY_MEMORY_H_
