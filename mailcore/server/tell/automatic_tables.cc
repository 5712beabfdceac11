#include "mailcore/server/tell/automatic_tables.h"

#include <utility>

namespace mailsec::server {
namespace {

template <typename T>
absl::Status Keep(absl::StatusOr<std::unique_ptr<T>> made,
                  std::unique_ptr<T>* kept) {
  if (made.ok()) *kept = *std::move(made);
  return made.status();
}

}  // namespace

absl::StatusOr<std::unique_ptr<AutomaticTables>> AutomaticTables::Open(
    const std::string& path) {
  auto tables = std::make_unique<AutomaticTables>();
  absl::Status status =
      Keep(io::SqliteDatabase::Open(path, {}), &tables->database);
  io::SqliteDatabase* const database = tables->database.get();
  if (status.ok()) {
    status = Keep(io::SqliteSrsTable::Create(database), &tables->srs_table);
  }
  if (status.ok()) {
    status = Keep(io::SqliteReplyMemory::Create(database), &tables->memory);
  }
  if (status.ok()) {
    status =
        Keep(io::SqliteAbsenceStore::Create(database), &tables->absence_store);
  }
  if (status.ok()) {
    status = Keep(
        Absences::Create(tables->absence_store.get(), tables->memory.get()),
        &tables->absences);
  }
  if (!status.ok()) return status;
  return tables;
}

}  // namespace mailsec::server
