// failing_store.h: a store of the spool that fails when a test says so.
//
//   auto store =
//   std::make_unique<FailingStore>(std::make_unique<MemoryStore>());
//   store->FailCall(2, absl::UnavailableError("EIO"));  // The next but one.

#ifndef MAILCORE_TESTING_FAILING_STORE_H_
#define MAILCORE_TESTING_FAILING_STORE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mailcore/spool/store.h"

namespace mailsec {

// Wraps a store and passes every call on to it, but for the one that fails;
// that one changes nothing.
//
// Thread safety: as SpoolStore says; FailCall() and FailCommits() must not run
// beside a call that they concern.
class FailingStore : public spool::SpoolStore {
 public:
  explicit FailingStore(std::unique_ptr<spool::SpoolStore> store)
      : store_(std::move(store)) {}

  // The `call`-th call from now fails with `status`; 1 is the next.
  void FailCall(int64_t call, absl::Status status) {
    status_ = std::move(status);
    left_ = call;
  }
  // The next `commits` calls of Commit() fail, whatever is called between them.
  void FailCommits(int64_t commits, absl::Status status) {
    status_ = std::move(status);
    failing_commits_ = commits;
  }
  int64_t calls() const { return calls_; }  // So far, the failed one too.

  absl::StatusOr<Recovered> Recover() override {
    if (IsNextFailed()) return status_;
    return store_->Recover();
  }
  absl::Status Commit(const spool::StoreBatch& batch) override {
    if (IsNextFailed() || failing_commits_-- > 0) return status_;
    return store_->Commit(batch);
  }
  absl::StatusOr<std::string> ReadEnvelope(spool::QueueId id) const override {
    if (IsNextFailed()) return status_;
    return store_->ReadEnvelope(id);
  }
  absl::StatusOr<std::unique_ptr<spool::ContentReader>> OpenContent(
      spool::QueueId id) const override {
    if (IsNextFailed()) return status_;
    return store_->OpenContent(id);
  }
  absl::StatusOr<std::unique_ptr<spool::ContentFile>> NewContentFile(
      spool::QueueId id) override {
    if (IsNextFailed()) return status_;
    return store_->NewContentFile(id);
  }
  absl::StatusOr<bool> Maintain() override {
    if (IsNextFailed()) return status_;
    return store_->Maintain();
  }

 private:
  bool IsNextFailed() const {
    ++calls_;
    return --left_ == 0;
  }

  const std::unique_ptr<spool::SpoolStore> store_;
  absl::Status status_;
  mutable std::atomic<int64_t> left_ = 0;
  mutable std::atomic<int64_t> calls_ = 0;
  std::atomic<int64_t> failing_commits_ = 0;
};

}  // namespace mailsec

#endif  // MAILCORE_TESTING_FAILING_STORE_H_
