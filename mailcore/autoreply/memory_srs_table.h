// memory_srs_table.h: the table of rewritten senders, without a disk.
//
// It is for tests, and for servers that may forget senders at a restart.

#ifndef MAILCORE_AUTOREPLY_MEMORY_SRS_TABLE_H_
#define MAILCORE_AUTOREPLY_MEMORY_SRS_TABLE_H_

#include <cstddef>
#include <mutex>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "mailcore/autoreply/srs_table.h"

namespace mailsec::autoreply {

// Thread safety: all methods may run concurrently.
class MemorySrsTable : public SrsTable {
 public:
  // At most this many addresses; at least 1. Ours.
  explicit MemorySrsTable(size_t max_addresses = 100000);

  absl::Status Put(absl::string_view token, absl::string_view address,
                   absl::Time expires, absl::Time now) override;
  absl::StatusOr<std::string> Find(absl::string_view token,
                                   absl::Time now) override;

  size_t size() const;  // With what has expired and is not forgotten yet.

 private:
  struct Row {
    std::string address;
    absl::Time expires;
  };

  const size_t max_addresses_;
  mutable std::mutex mutex_;  // Guards the rows.
  absl::flat_hash_map<std::string, Row> rows_;
};

}  // namespace mailsec::autoreply

#endif  // MAILCORE_AUTOREPLY_MEMORY_SRS_TABLE_H_
