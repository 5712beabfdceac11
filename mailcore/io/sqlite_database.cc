#include "mailcore/io/sqlite_database.h"

#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "mailcore/io/errno_status.h"
#include "mailcore/io/read_file.h"

namespace mailsec::io {
namespace {

// "mlsc": which program's database it is (PRAGMA application_id).
constexpr int64_t kApplicationId = 0x6D6C7363;
// Statements that are kept compiled. More texts than this are made of data,
// which no caller may do. Ours.
constexpr size_t kMaxPrepared = 200;

absl::StatusCode CodeFor(int code) {
  switch (code & 0xFF) {  // The primary result code.
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
      return absl::StatusCode::kDataLoss;
    case SQLITE_FULL:
    case SQLITE_NOMEM:
      return absl::StatusCode::kResourceExhausted;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
      return absl::StatusCode::kPermissionDenied;
    case SQLITE_CONSTRAINT:
      return absl::StatusCode::kFailedPrecondition;
    case SQLITE_ERROR:
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
      return absl::StatusCode::kInvalidArgument;
    default:  // BUSY, LOCKED, IOERR, CANTOPEN and what is new.
      return absl::StatusCode::kUnavailable;
  }
}

// `path` with its folder's links resolved, so that SQLite need follow none.
absl::StatusOr<std::string> ResolveFolder(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder =
      slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const std::string name =
      slash == std::string::npos ? path : path.substr(slash + 1);
  if (name.empty() || name == "." || name == "..") {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", path, "\" names no file"));
  }
  char resolved[PATH_MAX];
  if (realpath(folder.c_str(), resolved) == nullptr) {
    return ErrnoStatus(errno, absl::StrCat("cannot open ", path));
  }
  return absl::StrCat(resolved, "/", name);
}

// Makes the file if it is missing, and looks at who can read it. Opens no file
// that is there: to close it would drop SQLite's locks of this process.
absl::Status MakePrivateFile(const std::string& path) {
  const int file = open(
      path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file >= 0) {
    close(file);
  } else if (errno != EEXIST) {
    return ErrnoStatus(errno, absl::StrCat("cannot make ", path));
  }
  struct stat info;
  if (lstat(path.c_str(), &info) != 0) {
    return ErrnoStatus(errno, absl::StrCat("cannot look at ", path));
  }
  if (!S_ISREG(info.st_mode)) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " is a link, or no regular file"));
  }
  return CheckPrivate(info, path);
}

int Bind(sqlite3_stmt* statement, int index, const SqliteValue& value) {
  if (const auto* integer = std::get_if<int64_t>(&value)) {
    return sqlite3_bind_int64(statement, index, *integer);
  }
  if (const auto* text = std::get_if<std::string>(&value)) {
    return sqlite3_bind_text64(statement, index, text->data(), text->size(),
                               SQLITE_TRANSIENT, SQLITE_UTF8);
  }
  const std::string& octets = std::get<SqliteBlob>(value).octets;
  return sqlite3_bind_blob64(statement, index, octets.data(), octets.size(),
                             SQLITE_TRANSIENT);
}

// One number that a PRAGMA answers with.
absl::StatusOr<int64_t> AskNumber(SqliteTransaction& t, const char* sql) {
  int64_t number = 0;
  const absl::Status asked = t.Execute(sql, {}, [&number](const SqliteRow& r) {
    number = r.Integer(0);
    return false;
  });
  if (!asked.ok()) return asked;
  return number;
}

// Whose file it is, and that no page of it is damaged. In a new one it writes
// down whose it is.
absl::Status CheckContent(SqliteTransaction& t, const std::string& path) {
  const absl::StatusOr<int64_t> tables =
      AskNumber(t, "SELECT count(*) FROM sqlite_schema");
  if (!tables.ok()) return tables.status();
  const absl::StatusOr<int64_t> id = AskNumber(t, "PRAGMA application_id");
  if (!id.ok()) return id.status();
  if (*tables == 0 && *id == 0) {
    return t.Execute(
        absl::StrCat("PRAGMA application_id = ", kApplicationId).c_str());
  }
  if (*id != kApplicationId) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " is the database of another program"));
  }
  std::string found;
  const absl::Status checked =
      t.Execute("PRAGMA quick_check(1)", {}, [&found](const SqliteRow& row) {
        found = row.Octets(0);
        return false;
      });
  if (!checked.ok()) return checked;
  if (found != "ok") {
    return absl::DataLossError(absl::StrCat(path, " is damaged: ", found));
  }
  return absl::OkStatus();
}

}  // namespace

int64_t SqliteRow::Integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::string SqliteRow::Octets(int column) const {
  // The pointer first: asking for it may convert, and change the length.
  const void* octets = sqlite3_column_blob(statement_, column);
  const int length = sqlite3_column_bytes(statement_, column);
  if (octets == nullptr || length <= 0) return "";
  return std::string(static_cast<const char*>(octets),
                     static_cast<size_t>(length));
}

absl::Status SqliteTransaction::Execute(
    const char* sql, const std::vector<SqliteValue>& values) {
  return Execute(sql, values, [](const SqliteRow&) { return true; });
}

absl::Status SqliteTransaction::Execute(
    const char* sql, const std::vector<SqliteValue>& values,
    const std::function<bool(const SqliteRow&)>& each_row) {
  const absl::StatusOr<sqlite3_stmt*> prepared = database_->Prepared(sql);
  if (!prepared.ok()) return prepared.status();
  sqlite3_stmt* const statement = *prepared;
  const auto reset = absl::MakeCleanup([statement] {
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
  });
  if (static_cast<size_t>(sqlite3_bind_parameter_count(statement)) !=
      values.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("not one value for each question mark: ", sql));
  }
  int index = 0;
  for (const SqliteValue& value : values) {
    const int bound = Bind(statement, ++index, value);
    if (bound != SQLITE_OK) return database_->Error(bound, "cannot use");
  }
  for (;;) {
    const int code = sqlite3_step(statement);
    if (code == SQLITE_DONE) return absl::OkStatus();
    if (code != SQLITE_ROW) return database_->Error(code, "cannot use");
    if (!each_row(SqliteRow(statement))) return absl::OkStatus();
  }
}

int64_t SqliteTransaction::changes() const {
  return sqlite3_changes64(database_->database_);
}

absl::StatusOr<std::unique_ptr<SqliteDatabase>> SqliteDatabase::Open(
    const std::string& path, const Options& options) {
  const absl::StatusOr<std::string> resolved = ResolveFolder(path);
  if (!resolved.ok()) return resolved.status();
  if (absl::Status made = MakePrivateFile(*resolved); !made.ok()) return made;
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(
      resolved->c_str(), &opened,
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW,
      nullptr);
  if (opened == nullptr) return absl::ResourceExhaustedError("no memory");
  std::unique_ptr<SqliteDatabase> database(new SqliteDatabase(path, opened));
  if (code != SQLITE_OK) return database->Error(code, "cannot open");
  sqlite3_extended_result_codes(opened, 1);
  sqlite3_busy_timeout(
      opened,
      static_cast<int>(absl::ToInt64Milliseconds(options.busy_timeout)));
  // What the file itself says must not run as code of ours.
  sqlite3_db_config(opened, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(opened, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  // EXTRA also flushes the folder once the journal is gone, without which a
  // power failure could undo what was committed.
  for (const char* pragma :
       {"PRAGMA cell_size_check = ON", "PRAGMA journal_mode = DELETE",
        "PRAGMA synchronous = EXTRA"}) {
    const int set = sqlite3_exec(opened, pragma, nullptr, nullptr, nullptr);
    if (set != SQLITE_OK) return database->Error(set, "cannot open");
  }
  const absl::Status checked = database->Run(
      [&path](SqliteTransaction& t) { return CheckContent(t, path); });
  if (!checked.ok()) return checked;
  return database;
}

SqliteDatabase::~SqliteDatabase() {
  for (const auto& [sql, statement] : prepared_) sqlite3_finalize(statement);
  sqlite3_close_v2(database_);
}

absl::Status SqliteDatabase::EnsureTables(
    absl::string_view name, int64_t version,
    const std::vector<const char*>& statements) {
  return Run([&](SqliteTransaction& t) -> absl::Status {
    absl::Status status = t.Execute(
        "CREATE TABLE IF NOT EXISTS mailsec_tables ("
        "name TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID");
    if (!status.ok()) return status;
    int64_t present = 0;
    status = t.Execute("SELECT version FROM mailsec_tables WHERE name = ?",
                       {std::string(name)}, [&present](const SqliteRow& row) {
                         present = row.Integer(0);
                         return false;
                       });
    if (!status.ok() || present == version) return status;
    if (present != 0) {
      return absl::FailedPreconditionError(absl::StrCat(
          path_, ": its tables \"", name, "\" are of version ", present,
          " and not ", version, ": another version of this program wrote it"));
    }
    for (const char* sql : statements) {
      status = t.Execute(sql);
      if (!status.ok()) return status;
    }
    return t.Execute("INSERT INTO mailsec_tables VALUES (?, ?)",
                     {std::string(name), version});
  });
}

absl::Status SqliteDatabase::Run(
    const std::function<absl::Status(SqliteTransaction&)>& body) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return RunLocked(body);
}

absl::Status SqliteDatabase::RunLocked(
    const std::function<absl::Status(SqliteTransaction&)>& body) {
  SqliteTransaction transaction(this);
  // IMMEDIATE takes the lock now: no transaction fails halfway because another
  // program wrote meanwhile.
  absl::Status status = transaction.Execute("BEGIN IMMEDIATE");
  if (!status.ok()) return status;
  status = body(transaction);
  if (status.ok()) status = transaction.Execute("COMMIT");
  // Some errors have ended the transaction already.
  if (!status.ok() && sqlite3_get_autocommit(database_) == 0) {
    (void)transaction.Execute("ROLLBACK");
  }
  return status;
}

absl::StatusOr<sqlite3_stmt*> SqliteDatabase::Prepared(const char* sql) {
  const auto found = prepared_.find(sql);
  if (found != prepared_.end()) {
    if (sqlite3_stmt_busy(found->second) == 0) return found->second;
    return absl::FailedPreconditionError(
        absl::StrCat("runs already, within its own rows: ", sql));
  }
  if (prepared_.size() >= kMaxPrepared) {
    return absl::FailedPreconditionError("too many different statements");
  }
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(
      database_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return Error(code, "cannot use");
  if (statement == nullptr) return absl::InvalidArgumentError("no statement");
  prepared_.emplace(sql, statement);
  return statement;
}

absl::Status SqliteDatabase::Error(int code, absl::string_view what) const {
  return absl::Status(CodeFor(code), absl::StrCat(what, " ", path_, ": ",
                                                  sqlite3_errmsg(database_)));
}

}  // namespace mailsec::io
