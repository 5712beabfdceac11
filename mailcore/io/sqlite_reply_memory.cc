#include "mailcore/io/sqlite_reply_memory.h"

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace mailsec::io {
namespace {

using autoreply::Remembered;
using autoreply::ReplyKey;

constexpr int64_t kVersion = 1;
// Times in microseconds since 1970; `until` is INT64_MAX for ever.
constexpr char kTable[] =
    "CREATE TABLE answers (owner TEXT NOT NULL, occasion TEXT NOT NULL,"
    " whom TEXT NOT NULL, answered INTEGER NOT NULL, until INTEGER NOT NULL,"
    " PRIMARY KEY (owner, occasion, whom)) WITHOUT ROWID";
constexpr char kEnds[] = "CREATE INDEX answers_end ON answers (until)";
constexpr char kEndsOfOwner[] =
    "CREATE INDEX answers_end_of_owner ON answers (owner, until)";
// How many there are, so that nobody has to count them each time.
constexpr char kCounts[] =
    "CREATE TABLE answer_counts (owner TEXT PRIMARY KEY, n INTEGER NOT NULL)"
    " WITHOUT ROWID";
// The name of all owners together; no owner is called so.
constexpr char kAll[] = "";

std::vector<SqliteValue> Values(const ReplyKey& key) {
  return {key.owner, key.occasion, key.whom};
}

absl::StatusOr<uint64_t> CountOf(SqliteTransaction& t,
                                 const std::string& owner) {
  uint64_t count = 0;
  const absl::Status asked =
      t.Execute("SELECT n FROM answer_counts WHERE owner = ?", {owner},
                [&count](const SqliteRow& row) {
                  count = static_cast<uint64_t>(row.Integer(0));
                  return false;
                });
  if (!asked.ok()) return asked;
  return count;
}

absl::Status AddToCount(SqliteTransaction& t, const std::string& owner,
                        int64_t n) {
  if (n == 0) return absl::OkStatus();
  const absl::Status added = t.Execute(
      "INSERT INTO answer_counts VALUES (?1, ?2)"
      " ON CONFLICT (owner) DO UPDATE SET n = n + ?2",
      {owner, n});
  if (!added.ok() || n > 0) return added;
  return t.Execute("DELETE FROM answer_counts WHERE owner = ? AND n <= 0",
                   {owner});
}

absl::Status Recount(SqliteTransaction& t, const std::string& owner,
                     int64_t n) {
  const absl::Status of_owner = AddToCount(t, owner, n);
  return of_owner.ok() ? AddToCount(t, kAll, n) : of_owner;
}

absl::Status Erase(SqliteTransaction& t, const ReplyKey& key) {
  const absl::Status erased = t.Execute(
      "DELETE FROM answers WHERE owner = ? AND occasion = ? AND whom = ?",
      Values(key));
  return erased.ok() ? Recount(t, key.owner, -t.changes()) : erased;
}

absl::Status Insert(SqliteTransaction& t, const ReplyKey& key, absl::Time now,
                    absl::Duration period) {
  const absl::Status inserted =
      t.Execute("INSERT INTO answers VALUES (?, ?, ?, ?, ?)",
                {key.owner, key.occasion, key.whom, absl::ToUnixMicros(now),
                 absl::ToUnixMicros(now + period)});  // Saturates.
  return inserted.ok() ? Recount(t, key.owner, 1) : inserted;
}

// Finds whose period is over, the oldest first, and erases it: of
// `owner`, or of all if that is empty. False if there is none.
absl::StatusOr<bool> MakeRoom(SqliteTransaction& t, const std::string& owner,
                              absl::Time now) {
  constexpr char kOfOwner[] =
      "SELECT owner, occasion, whom FROM answers"
      " WHERE owner = ? AND until <= ? ORDER BY until LIMIT 1";
  constexpr char kOfAll[] =
      "SELECT owner, occasion, whom FROM answers"
      " WHERE until <= ? ORDER BY until LIMIT 1";
  ReplyKey over;
  const auto take = [&over](const SqliteRow& row) {
    over = {row.Octets(0), row.Octets(1), row.Octets(2)};
    return false;
  };
  const int64_t micros = absl::ToUnixMicros(now);
  const absl::Status asked = owner.empty()
                                 ? t.Execute(kOfAll, {micros}, take)
                                 : t.Execute(kOfOwner, {owner, micros}, take);
  if (!asked.ok()) return asked;
  if (over.owner.empty()) return false;
  const absl::Status erased = Erase(t, over);
  if (!erased.ok()) return erased;
  return true;
}

// True if there is room for one more of `owner`, or of all if that is empty.
absl::StatusOr<bool> HasRoom(SqliteTransaction& t, const std::string& owner,
                             uint64_t max, absl::Time now) {
  const absl::StatusOr<uint64_t> count = CountOf(t, owner);
  if (!count.ok()) return count.status();
  if (*count < max) return true;
  return MakeRoom(t, owner, now);
}

// What is known of `key`: kFirst if nothing that still counts; that is erased.
absl::StatusOr<Remembered> LookUp(SqliteTransaction& t, const ReplyKey& key,
                                  absl::Time now, absl::Duration period) {
  bool found = false;
  int64_t answered = 0;
  int64_t until = 0;
  const absl::Status asked = t.Execute(
      "SELECT answered, until FROM answers"
      " WHERE owner = ? AND occasion = ? AND whom = ?",
      Values(key), [&](const SqliteRow& row) {
        found = true;
        answered = row.Integer(0);
        until = row.Integer(1);
        return false;
      });
  if (!asked.ok()) return asked;
  if (!found) return Remembered::kFirst;
  const int64_t micros = absl::ToUnixMicros(now);
  const bool from_future = answered > micros;  // The clock was set back.
  if (!from_future && until > micros) return Remembered::kAlready;
  absl::Status done = Erase(t, key);
  if (done.ok() && from_future) done = Insert(t, key, now, period);
  if (!done.ok()) return done;
  return from_future ? Remembered::kAlready : Remembered::kFirst;
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteReplyMemory>> SqliteReplyMemory::Create(
    SqliteDatabase* database, autoreply::ReplyMemoryLimits limits) {
  const absl::Status made = database->EnsureTables(
      "answers", kVersion, {kTable, kEnds, kEndsOfOwner, kCounts});
  if (!made.ok()) return made;
  return std::unique_ptr<SqliteReplyMemory>(
      new SqliteReplyMemory(database, limits));
}

absl::StatusOr<Remembered> SqliteReplyMemory::Remember(const ReplyKey& key,
                                                       absl::Time now,
                                                       absl::Duration period) {
  const absl::Status valid = autoreply::CheckRemember(key, period);
  if (!valid.ok()) return valid;
  absl::StatusOr<Remembered> result = Remembered::kFull;
  const absl::Status done =
      database_->Run([&](SqliteTransaction& t) -> absl::Status {
        result = LookUp(t, key, now, period);
        if (!result.ok()) return result.status();
        if (*result != Remembered::kFirst) return absl::OkStatus();
        absl::StatusOr<bool> room =
            HasRoom(t, key.owner, limits_.max_per_owner, now);
        if (room.ok() && *room)
          room = HasRoom(t, kAll, limits_.max_in_all, now);
        if (!room.ok()) return room.status();
        if (!*room) {
          result = Remembered::kFull;
          return absl::OkStatus();
        }
        return Insert(t, key, now, period);
      });
  if (!done.ok()) return done;
  return result;
}

absl::Status SqliteReplyMemory::Forget(const ReplyKey& key) {
  return database_->Run([&key](SqliteTransaction& t) { return Erase(t, key); });
}

absl::Status SqliteReplyMemory::ForgetOtherAbsences(
    absl::string_view owner, absl::string_view occasion) {
  return database_->Run([&](SqliteTransaction& t) {
    const absl::Status erased = t.Execute(
        "DELETE FROM answers"
        " WHERE owner = ? AND occasion <> ? AND occasion <> ?",
        {std::string(owner), std::string(occasion),
         std::string(autoreply::kReceiptOccasion)});
    if (!erased.ok()) return erased;
    return Recount(t, std::string(owner), -t.changes());
  });
}

absl::StatusOr<uint64_t> SqliteReplyMemory::Count() const {
  absl::StatusOr<uint64_t> count = 0;
  const absl::Status asked = database_->Run([&](SqliteTransaction& t) {
    count = CountOf(t, kAll);
    return count.status();
  });
  if (!asked.ok()) return asked;
  return count;
}

}  // namespace mailsec::io
