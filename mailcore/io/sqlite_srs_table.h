// sqlite_srs_table.h: which address did this token stand for, before the
// restart?
//
// The durable form of autoreply::SrsTable: a bounce may come weeks after the
// forward.
//
//   auto table = io::SqliteSrsTable::Create(database.get(), 1000000);
//   auto srs = autoreply::Srs::Create(options, table->get());

#ifndef MAILCORE_IO_SQLITE_SRS_TABLE_H_
#define MAILCORE_IO_SQLITE_SRS_TABLE_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mailcore/autoreply/srs_table.h"
#include "mailcore/io/sqlite_database.h"

namespace mailsec::io {

// Thread safety: all methods may run concurrently. They block.
class SqliteSrsTable : public autoreply::SrsTable {
 public:
  // `database` is not owned and must outlive the table. At most
  // `max_addresses`, at least 1: ours. Statuses as
  // SqliteDatabase::EnsureTables().
  static absl::StatusOr<std::unique_ptr<SqliteSrsTable>> Create(
      SqliteDatabase* database, size_t max_addresses = 1000000);

  absl::Status Put(absl::string_view token, absl::string_view address,
                   absl::Time expires, absl::Time now) override;
  absl::StatusOr<std::string> Find(absl::string_view token,
                                   absl::Time now) override;

 private:
  SqliteSrsTable(SqliteDatabase* database, size_t max_addresses)
      : database_(database), max_addresses_(max_addresses) {}

  SqliteDatabase* const database_;
  const size_t max_addresses_;
};

}  // namespace mailsec::io

#endif  // MAILCORE_IO_SQLITE_SRS_TABLE_H_
