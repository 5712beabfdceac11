#include "mailcore/io/sqlite_srs_table.h"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace mailsec::io {
namespace {

constexpr int64_t kVersion = 1;
// `expires` in microseconds since 1970.
constexpr char kTable[] =
    "CREATE TABLE srs (token TEXT PRIMARY KEY, address TEXT NOT NULL,"
    " expires INTEGER NOT NULL) WITHOUT ROWID";
constexpr char kByEnd[] = "CREATE INDEX srs_end ON srs (expires)";
// How many there are, so that nobody has to count them each time.
constexpr char kCount[] = "CREATE TABLE srs_count (n INTEGER NOT NULL)";
constexpr char kNone[] = "INSERT INTO srs_count VALUES (0)";

// Expired rows that each new one may take away: a table shrinks twice as fast
// as it grows, and no call takes long. Ours.
constexpr char kForgetSome[] =
    "DELETE FROM srs WHERE token IN"
    " (SELECT token FROM srs WHERE expires < ? ORDER BY expires LIMIT 2)";

struct Row {
  std::string address;
  int64_t expires = 0;
};

absl::Status Look(SqliteTransaction& t, const std::string& token,
                  std::optional<Row>* found) {
  return t.Execute("SELECT address, expires FROM srs WHERE token = ?", {token},
                   [found](const SqliteRow& row) {
                     *found = Row{row.Octets(0), row.Integer(1)};
                     return false;
                   });
}

absl::Status AddToCount(SqliteTransaction& t, int64_t n) {
  return t.Execute("UPDATE srs_count SET n = n + ?", {n});
}

absl::Status Insert(SqliteTransaction& t, const std::string& token,
                    const Row& row, int64_t now, size_t max_addresses) {
  absl::Status done = t.Execute(kForgetSome, {now});
  if (done.ok()) done = AddToCount(t, 1 - t.changes());
  int64_t count = 0;
  if (done.ok()) {
    done = t.Execute("SELECT n FROM srs_count", {},
                     [&count](const SqliteRow& answer) {
                       count = answer.Integer(0);
                       return false;
                     });
  }
  if (!done.ok()) return done;
  if (count > static_cast<int64_t>(max_addresses)) {
    return absl::ResourceExhaustedError("no room for another address");
  }
  return t.Execute("INSERT INTO srs VALUES (?, ?, ?)",
                   {token, row.address, row.expires});
}

absl::Status PutIn(SqliteTransaction& t, const std::string& token,
                   const Row& row, int64_t now, size_t max_addresses) {
  std::optional<Row> old;
  const absl::Status looked = Look(t, token, &old);
  if (!looked.ok()) return looked;
  if (!old) return Insert(t, token, row, now, max_addresses);
  const bool expired = old->expires < now;
  if (!expired && old->address != row.address) {
    return absl::AlreadyExistsError("another address has this token");
  }
  if (!expired && old->expires >= row.expires) return absl::OkStatus();
  return t.Execute("UPDATE srs SET address = ?, expires = ? WHERE token = ?",
                   {row.address, row.expires, token});
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteSrsTable>> SqliteSrsTable::Create(
    SqliteDatabase* database, size_t max_addresses) {
  const absl::Status made =
      database->EnsureTables("srs", kVersion, {kTable, kByEnd, kCount, kNone});
  if (!made.ok()) return made;
  return std::unique_ptr<SqliteSrsTable>(
      new SqliteSrsTable(database, std::max<size_t>(max_addresses, 1)));
}

absl::Status SqliteSrsTable::Put(absl::string_view token,
                                 absl::string_view address, absl::Time expires,
                                 absl::Time now) {
  return database_->Run([&](SqliteTransaction& t) {
    return PutIn(t, std::string(token),
                 {std::string(address), absl::ToUnixMicros(expires)},
                 absl::ToUnixMicros(now), max_addresses_);
  });
}

absl::StatusOr<std::string> SqliteSrsTable::Find(absl::string_view token,
                                                 absl::Time now) {
  std::optional<Row> found;
  const absl::Status looked = database_->Run([&](SqliteTransaction& t) {
    return Look(t, std::string(token), &found);
  });
  if (!looked.ok()) return looked;
  if (!found || found->expires < absl::ToUnixMicros(now)) {
    return absl::NotFoundError("no address has this token");
  }
  return found->address;
}

}  // namespace mailsec::io
