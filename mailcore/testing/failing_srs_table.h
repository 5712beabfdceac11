// failing_srs_table.h: a table of rewritten senders that fails when a test says
// so.
//
//   FailingSrsTable table;
//   table.FailWith(absl::UnavailableError("the disk is gone"));

#ifndef MAILCORE_TESTING_FAILING_SRS_TABLE_H_
#define MAILCORE_TESTING_FAILING_SRS_TABLE_H_

#include <mutex>
#include <string>
#include <utility>

#include "mailcore/autoreply/memory_srs_table.h"

namespace mailsec::autoreply {

// Thread safety: all methods may run concurrently.
class FailingSrsTable : public SrsTable {
 public:
  explicit FailingSrsTable(size_t max_addresses = 100000)
      : table_(max_addresses) {}

  // From now on all questions have this answer; OK: they work again.
  void FailWith(absl::Status status) {
    const std::lock_guard<std::mutex> lock(mutex_);
    failure_ = std::move(status);
  }

  absl::Status Put(absl::string_view token, absl::string_view address,
                   absl::Time expires, absl::Time now) override {
    const absl::Status status = failure();
    return status.ok() ? table_.Put(token, address, expires, now) : status;
  }
  absl::StatusOr<std::string> Find(absl::string_view token,
                                   absl::Time now) override {
    const absl::Status status = failure();
    if (!status.ok()) return status;
    return table_.Find(token, now);
  }

  size_t size() const { return table_.size(); }

 private:
  absl::Status failure() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return failure_;
  }

  MemorySrsTable table_;
  mutable std::mutex mutex_;
  absl::Status failure_;
};

}  // namespace mailsec::autoreply

#endif  // MAILCORE_TESTING_FAILING_SRS_TABLE_H_
