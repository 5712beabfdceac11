// automatic_tables.h: what must the automatic mail remember? (R24)
//
//   absl::StatusOr<std::unique_ptr<AutomaticTables>> tables =
//       AutomaticTables::Open(settings.automatic.database);

#ifndef MAILCORE_SERVER_TELL_AUTOMATIC_TABLES_H_
#define MAILCORE_SERVER_TELL_AUTOMATIC_TABLES_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "mailcore/io/sqlite_absence_store.h"
#include "mailcore/io/sqlite_database.h"
#include "mailcore/io/sqlite_reply_memory.h"
#include "mailcore/io/sqlite_srs_table.h"
#include "mailcore/server/tell/absences.h"

namespace mailsec::server {

// One database and everything in it. Thread safety: what it holds allows
// concurrent calls.
struct AutomaticTables {
  // Opens the database in the file `path`, or makes it. Blocks on the disk.
  // DataLoss if the file is damaged; other errors as SqliteDatabase::Open().
  static absl::StatusOr<std::unique_ptr<AutomaticTables>> Open(
      const std::string& path);

  // None is null after Open().
  std::unique_ptr<io::SqliteDatabase> database;
  std::unique_ptr<io::SqliteSrsTable> srs_table;
  std::unique_ptr<io::SqliteReplyMemory> memory;
  std::unique_ptr<io::SqliteAbsenceStore> absence_store;
  std::unique_ptr<Absences> absences;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_TELL_AUTOMATIC_TABLES_H_
