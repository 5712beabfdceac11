// sqlite_database.h: what do we have to find again after a restart, by key?
//
// One SQLite file of the server's own for its small tables: answers that were
// sent, settings of absences, rewritten addresses. Each thing that can go wrong
// is made impossible or becomes a Status: the file is private and not a link,
// committed data is on the disk, values are bound and never written into SQL,
// and a damaged file is DataLoss and not a crash.
//
//   auto database = io::SqliteDatabase::Open(path, {});
//   absl::Status made = (*database)->EnsureTables("srs", 1, {
//       "CREATE TABLE srs (hash BLOB PRIMARY KEY, address TEXT NOT NULL)"
//       " WITHOUT ROWID"});
//   absl::Status done = (*database)->Run([&](io::SqliteTransaction& t) {
//     return t.Execute("INSERT INTO srs VALUES (?, ?)",
//                      {io::SqliteBlob{hash}, address});
//   });

#ifndef MAILCORE_IO_SQLITE_DATABASE_H_
#define MAILCORE_IO_SQLITE_DATABASE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

struct sqlite3;
struct sqlite3_stmt;

namespace mailsec::io {

// Octets that are no text. Thread safety: a value.
struct SqliteBlob {
  std::string octets;
};

// INTEGER, TEXT (UTF-8) or BLOB. Thread safety: a value.
using SqliteValue = std::variant<int64_t, std::string, SqliteBlob>;

// One row of an answer; lives as long as the call that gets it.
// Thread safety: none.
class SqliteRow {
 public:
  explicit SqliteRow(sqlite3_stmt* statement) : statement_(statement) {}
  // Columns count from 0. What is of another type is converted as SQLite does;
  // NULL is 0 or empty.
  int64_t Integer(int column) const;
  std::string Octets(int column) const;  // TEXT or BLOB.

 private:
  sqlite3_stmt* statement_;
};

class SqliteDatabase;

// What runs in a transaction. Thread safety: none; used in Run() only.
class SqliteTransaction {
 public:
  // Runs one statement, whose question marks stand for `values`. Statements
  // are compiled once: `sql` must be one of few texts, and never made of data.
  // `each_row` is called with each row until it returns false.
  //
  // DataLoss if the file is damaged, ResourceExhausted if the disk is full,
  // Unavailable if another program holds the file or the disk fails,
  // FailedPrecondition if the data breaks a constraint, InvalidArgument if
  // `sql` is none.
  absl::Status Execute(const char* sql, const std::vector<SqliteValue>& values,
                       const std::function<bool(const SqliteRow&)>& each_row);
  absl::Status Execute(const char* sql,
                       const std::vector<SqliteValue>& values = {});

  // How many rows the last INSERT, UPDATE or DELETE changed.
  int64_t changes() const;

 private:
  friend class SqliteDatabase;
  explicit SqliteTransaction(SqliteDatabase* database) : database_(database) {}
  SqliteDatabase* database_;
};

// Thread safety: all methods may be called concurrently; one transaction runs
// at a time.
class SqliteDatabase {
 public:
  struct Options {
    // How long a transaction waits while another program (`mailsec absence`)
    // holds the file.
    absl::Duration busy_timeout = absl::Seconds(5);
  };

  // Opens the file `path`, which is made with mode 0600 if it is missing; so
  // is `path` + "-journal" while a transaction runs. Each commit is on the
  // disk on return (synchronous=FULL; the journal is rolled back after a
  // crash).
  //
  // FailedPrecondition if it is a link or no regular file, belongs to another
  // user, or can be read or changed by others (R4); DataLoss if it is no
  // database or is damaged; PermissionDenied, NotFound (no such folder),
  // ResourceExhausted or Unavailable as the system says.
  static absl::StatusOr<std::unique_ptr<SqliteDatabase>> Open(
      const std::string& path, const Options& options);

  ~SqliteDatabase();
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;

  // Makes the tables of `name` by `statements` unless they are there, in one
  // transaction. FailedPrecondition if they are of another version: written
  // by a newer program, or by an older one that somebody has to convert.
  absl::Status EnsureTables(absl::string_view name, int64_t version,
                            const std::vector<const char*>& statements);

  // Runs `body` in one transaction: committed, durably, if it returns OK, and
  // else undone. Its status, or that of the commit. `body` must not call Run().
  absl::Status Run(const std::function<absl::Status(SqliteTransaction&)>& body);

  const std::string& path() const { return path_; }

 private:
  friend class SqliteTransaction;
  SqliteDatabase(std::string path, sqlite3* database)
      : path_(std::move(path)), database_(database) {}
  absl::Status RunLocked(
      const std::function<absl::Status(SqliteTransaction&)>& body);
  absl::StatusOr<sqlite3_stmt*> Prepared(const char* sql);
  absl::Status Error(int code, absl::string_view what) const;

  const std::string path_;
  sqlite3* const database_;
  std::mutex mutex_;
  std::map<std::string, sqlite3_stmt*, std::less<>> prepared_;
};

}  // namespace mailsec::io

#endif  // MAILCORE_IO_SQLITE_DATABASE_H_
