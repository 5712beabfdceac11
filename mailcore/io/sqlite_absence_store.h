// sqlite_absence_store.h: settings of absences, across restarts.
//
//   auto store = io::SqliteAbsenceStore::Create(database.get());

#ifndef MAILCORE_IO_SQLITE_ABSENCE_STORE_H_
#define MAILCORE_IO_SQLITE_ABSENCE_STORE_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mailcore/autoreply/absence_store.h"
#include "mailcore/io/sqlite_database.h"

namespace mailsec::io {

// Thread safety: as AbsenceStore says; several programs may use one file at
// once, and see what the other has set.
class SqliteAbsenceStore : public autoreply::AbsenceStore {
 public:
  // `database` is not owned and must outlive the store. Statuses as
  // SqliteDatabase::EnsureTables().
  static absl::StatusOr<std::unique_ptr<SqliteAbsenceStore>> Create(
      SqliteDatabase* database);

  absl::Status Set(const autoreply::AbsenceSettings& settings) override;
  absl::StatusOr<std::optional<autoreply::AbsenceSettings>> Find(
      const address::Address& owner) const override;
  absl::StatusOr<bool> Clear(const address::Address& owner) override;
  absl::StatusOr<std::vector<autoreply::AbsenceSettings>> List(
      absl::string_view after, size_t max) const override;

 private:
  explicit SqliteAbsenceStore(SqliteDatabase* database) : database_(database) {}

  SqliteDatabase* database_;  // Not owned.
};

}  // namespace mailsec::io

#endif  // MAILCORE_IO_SQLITE_ABSENCE_STORE_H_
