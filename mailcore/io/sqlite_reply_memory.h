// sqlite_reply_memory.h: who was answered, across restarts?
//
//   auto memory = io::SqliteReplyMemory::Create(database.get(), {});

#ifndef MAILCORE_IO_SQLITE_REPLY_MEMORY_H_
#define MAILCORE_IO_SQLITE_REPLY_MEMORY_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mailcore/autoreply/reply_memory.h"
#include "mailcore/io/sqlite_database.h"

namespace mailsec::io {

// Times are kept in microseconds. Thread safety: as ReplyMemory says; several
// programs may use one file at once.
class SqliteReplyMemory : public autoreply::ReplyMemory {
 public:
  // `database` is not owned and must outlive the memory. Statuses as
  // SqliteDatabase::EnsureTables().
  static absl::StatusOr<std::unique_ptr<SqliteReplyMemory>> Create(
      SqliteDatabase* database, autoreply::ReplyMemoryLimits limits = {});

  absl::StatusOr<autoreply::Remembered> Remember(
      const autoreply::ReplyKey& key, absl::Time now,
      absl::Duration period) override;
  absl::Status Forget(const autoreply::ReplyKey& key) override;
  absl::Status ForgetOtherAbsences(absl::string_view owner,
                                   absl::string_view occasion) override;
  absl::StatusOr<uint64_t> Count() const override;

 private:
  SqliteReplyMemory(SqliteDatabase* database,
                    autoreply::ReplyMemoryLimits limits)
      : database_(database), limits_(limits) {}

  SqliteDatabase* database_;  // Not owned.
  const autoreply::ReplyMemoryLimits limits_;
};

}  // namespace mailsec::io

#endif  // MAILCORE_IO_SQLITE_REPLY_MEMORY_H_
