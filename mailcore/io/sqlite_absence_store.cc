#include "mailcore/io/sqlite_absence_store.h"

#include <algorithm>
#include <limits>
#include <string>

#include "absl/strings/string_view.h"

namespace mailsec::io {
namespace {

using address::Address;
using autoreply::AbsenceSettings;

constexpr int64_t kVersion = 1;
// `settings` is SerializeAbsence()'s.
constexpr char kTable[] =
    "CREATE TABLE absences (owner TEXT PRIMARY KEY, settings BLOB NOT NULL)"
    " WITHOUT ROWID";

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteAbsenceStore>> SqliteAbsenceStore::Create(
    SqliteDatabase* database) {
  const absl::Status made =
      database->EnsureTables("absences", kVersion, {kTable});
  if (!made.ok()) return made;
  return std::unique_ptr<SqliteAbsenceStore>(new SqliteAbsenceStore(database));
}

absl::Status SqliteAbsenceStore::Set(const AbsenceSettings& settings) {
  const absl::Status valid = autoreply::ValidateAbsence(settings);
  if (!valid.ok()) return valid;
  return database_->Run([&settings](SqliteTransaction& t) {
    return t.Execute("INSERT OR REPLACE INTO absences VALUES (?, ?)",
                     {settings.owner.CanonicalKey(),
                      SqliteBlob{autoreply::SerializeAbsence(settings)}});
  });
}

absl::StatusOr<std::optional<AbsenceSettings>> SqliteAbsenceStore::Find(
    const Address& owner) const {
  std::optional<std::string> octets;
  const absl::Status asked = database_->Run([&](SqliteTransaction& t) {
    return t.Execute("SELECT settings FROM absences WHERE owner = ?",
                     {owner.CanonicalKey()}, [&octets](const SqliteRow& row) {
                       octets = row.Octets(0);
                       return false;
                     });
  });
  if (!asked.ok()) return asked;
  if (!octets) return std::optional<AbsenceSettings>();
  absl::StatusOr<AbsenceSettings> settings = autoreply::ParseAbsence(*octets);
  if (!settings.ok()) return settings.status();
  return std::optional<AbsenceSettings>(*std::move(settings));
}

absl::StatusOr<bool> SqliteAbsenceStore::Clear(const Address& owner) {
  bool cleared = false;
  const absl::Status done = database_->Run([&](SqliteTransaction& t) {
    const absl::Status deleted = t.Execute(
        "DELETE FROM absences WHERE owner = ?", {owner.CanonicalKey()});
    cleared = t.changes() > 0;
    return deleted;
  });
  if (!done.ok()) return done;
  return cleared;
}

absl::StatusOr<std::vector<AbsenceSettings>> SqliteAbsenceStore::List(
    absl::string_view after, size_t max) const {
  const int64_t limit = static_cast<int64_t>(std::min<uint64_t>(
      max, static_cast<uint64_t>(std::numeric_limits<int64_t>::max())));
  std::vector<AbsenceSettings> list;
  absl::Status parsed;
  const absl::Status asked = database_->Run([&](SqliteTransaction& t) {
    return t.Execute(
        "SELECT settings FROM absences WHERE owner > ? ORDER BY owner LIMIT ?",
        {std::string(after), limit}, [&](const SqliteRow& row) {
          absl::StatusOr<AbsenceSettings> settings =
              autoreply::ParseAbsence(row.Octets(0));
          parsed = settings.status();
          if (settings.ok()) list.push_back(*std::move(settings));
          return parsed.ok();
        });
  });
  if (!asked.ok()) return asked;
  if (!parsed.ok()) return parsed;
  return list;
}

}  // namespace mailsec::io
