#include "mailcore/io/sqlite_database.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace mailsec::io {
namespace {

using Database = std::unique_ptr<SqliteDatabase>;

constexpr char kTable[] =
    "CREATE TABLE words (word TEXT PRIMARY KEY, n INTEGER NOT NULL)"
    " WITHOUT ROWID";
constexpr char kInsert[] = "INSERT INTO words VALUES (?, ?)";

class SqliteDatabaseTest : public testing::Test {
 protected:
  SqliteDatabaseTest() {
    std::string name = testing::TempDir() + "/sqliteXXXXXX";
    folder_ = mkdtemp(name.data());
    path_ = folder_ + "/small.db";
  }
  ~SqliteDatabaseTest() override { std::filesystem::remove_all(folder_); }

  absl::StatusOr<Database> Open() { return SqliteDatabase::Open(path_, {}); }
  absl::StatusCode CodeOfOpen() { return Open().status().code(); }

  Database OpenWithWords() {
    absl::StatusOr<Database> opened = Open();
    EXPECT_TRUE(opened.ok()) << opened.status();
    EXPECT_TRUE((*opened)->EnsureTables("words", 1, {kTable}).ok());
    return *std::move(opened);
  }

  static absl::Status Insert(SqliteDatabase& database, const std::string& word,
                             int64_t n = 0) {
    return database.Run([&](SqliteTransaction& t) {
      return t.Execute(kInsert, {word, n});
    });
  }

  static absl::StatusOr<int64_t> Count(SqliteDatabase& database) {
    int64_t count = -1;
    const absl::Status asked = database.Run([&](SqliteTransaction& t) {
      return t.Execute("SELECT count(*) FROM words", {},
                       [&count](const SqliteRow& row) {
                         count = row.Integer(0);
                         return true;
                       });
    });
    if (!asked.ok()) return asked;
    return count;
  }

  // Everything that a server would do with a file: none of it may crash.
  void Use() {
    absl::StatusOr<Database> database = Open();
    if (!database.ok()) {
      EXPECT_TRUE(absl::IsDataLoss(database.status()) ||
                  absl::IsFailedPrecondition(database.status()) ||
                  absl::IsUnavailable(database.status()))
          << database.status();
      return;
    }
    (void)(*database)->EnsureTables("words", 1, {kTable});
    (void)Insert(**database, "after", 1);
    (void)Count(**database);
  }

  std::string ReadAll() const {
    std::ifstream in(path_, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  }
  void WriteAll(const std::string& octets) {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << octets;
    chmod(path_.c_str(), 0600);
  }

  std::string folder_;
  std::string path_;
};

TEST_F(SqliteDatabaseTest, EveryKindOfValueComesBackAfterAReopening) {
  const std::string text("gr\xC3\xBC\xC3\x9F' OR 1=1; --\0x", 18);
  const std::string octets("\xFF\0\x80", 3);
  {
    Database database = *Open();
    ASSERT_TRUE(database
                    ->EnsureTables("all", 1,
                                   {"CREATE TABLE kinds (i INTEGER, t TEXT,"
                                    " b BLOB)"})
                    .ok());
    ASSERT_TRUE(database
                    ->Run([&](SqliteTransaction& t) {
                      const absl::Status done =
                          t.Execute("INSERT INTO kinds VALUES (?, ?, ?)",
                                    {int64_t{-5}, text, SqliteBlob{octets}});
                      EXPECT_EQ(t.changes(), 1);
                      return done;
                    })
                    .ok());
  }
  int rows = 0;
  Database database = *Open();
  ASSERT_TRUE(database
                  ->Run([&](SqliteTransaction& t) {
                    return t.Execute("SELECT i, t, b, NULL FROM kinds", {},
                                     [&](const SqliteRow& row) {
                                       EXPECT_EQ(row.Integer(0), -5);
                                       EXPECT_EQ(row.Octets(1), text);
                                       EXPECT_EQ(row.Octets(2), octets);
                                       EXPECT_EQ(row.Octets(3), "");
                                       EXPECT_EQ(row.Integer(3), 0);
                                       ++rows;
                                       return true;
                                     });
                  })
                  .ok());
  EXPECT_EQ(rows, 1);
}

// R8: made for its owner alone, whatever the umask, and so is the journal.
TEST_F(SqliteDatabaseTest, OnlyItsOwnerCanReadIt) {
  const mode_t before = umask(0);
  Database database = OpenWithWords();
  const absl::Status done = database->Run([&](SqliteTransaction& t) {
    const absl::Status inserted = t.Execute(kInsert, {"a", int64_t{1}});
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      struct stat info;
      EXPECT_EQ(stat(entry.path().c_str(), &info), 0);
      EXPECT_EQ(info.st_mode & 07777, 0600u) << entry.path();
    }
    return inserted;
  });
  umask(before);
  EXPECT_TRUE(done.ok()) << done;
}

TEST_F(SqliteDatabaseTest, RefusesWhatOthersCouldHavePutThere) {
  { OpenWithWords(); }
  for (const mode_t mode : {0640, 0604, 0620, 0666}) {
    chmod(path_.c_str(), mode);
    EXPECT_EQ(CodeOfOpen(), absl::StatusCode::kFailedPrecondition) << mode;
  }
  chmod(path_.c_str(), 0600);
  const std::string real = path_;
  path_ = folder_ + "/link.db";
  ASSERT_EQ(symlink(real.c_str(), path_.c_str()), 0);
  EXPECT_EQ(CodeOfOpen(), absl::StatusCode::kFailedPrecondition);
  path_ = folder_ + "/dangling.db";
  ASSERT_EQ(symlink((folder_ + "/none").c_str(), path_.c_str()), 0);
  EXPECT_EQ(CodeOfOpen(), absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/none"));
  path_ = folder_ + "/fifo";
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(CodeOfOpen(), absl::StatusCode::kFailedPrecondition);
  path_ = folder_;
  EXPECT_EQ(CodeOfOpen(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(SqliteDatabaseTest, AFolderMayBeReachedByALink) {
  ASSERT_EQ(mkdir((folder_ + "/real").c_str(), 0700), 0);
  ASSERT_EQ(symlink("real", (folder_ + "/link").c_str()), 0);
  path_ = folder_ + "/link/small.db";
  OpenWithWords();
  EXPECT_TRUE(std::filesystem::exists(folder_ + "/real/small.db"));
}

TEST_F(SqliteDatabaseTest, SaysWhatIsMissing) {
  path_ = folder_ + "/none/small.db";
  EXPECT_EQ(CodeOfOpen(), absl::StatusCode::kNotFound);
  path_ = folder_ + "/";
  EXPECT_EQ(CodeOfOpen(), absl::StatusCode::kInvalidArgument);
}

TEST_F(SqliteDatabaseTest, IsNoOtherProgramsDatabase) {
  {
    Database database = OpenWithWords();
    ASSERT_TRUE(database
                    ->Run([](SqliteTransaction& t) {
                      return t.Execute("PRAGMA application_id = 7");
                    })
                    .ok());
  }
  EXPECT_EQ(CodeOfOpen(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(SqliteDatabaseTest, WhatIsNoDatabaseIsDataLoss) {
  WriteAll("recipients: anna@example.org\n" + std::string(2000, 'x'));
  EXPECT_EQ(CodeOfOpen(), absl::StatusCode::kDataLoss);
}

// A word of garbage at every 64th octet, and cut everywhere: a Status each
// time, and never a crash or an endless run.
TEST_F(SqliteDatabaseTest, ADamagedFileIsNoCrash) {
  {
    Database database = OpenWithWords();
    ASSERT_TRUE(database
                    ->Run([](SqliteTransaction& t) {
                      for (int i = 0; i < 300; ++i) {
                        const absl::Status done = t.Execute(
                            kInsert,
                            {absl::StrCat("word", i, std::string(40, 'x')),
                             int64_t{i}});
                        if (!done.ok()) return done;
                      }
                      return absl::OkStatus();
                    })
                    .ok());
  }
  const std::string whole = ReadAll();
  ASSERT_GT(whole.size(), 12000u);
  for (size_t at = 0; at < whole.size(); at += 256) {
    std::string damaged = whole;
    damaged.replace(at, 4, "\xFF\x7F\xFF\xFE");
    WriteAll(damaged);
    Use();
  }
  for (size_t size = 0; size < whole.size(); size += 1000) {
    WriteAll(whole.substr(0, size));
    Use();
  }
}

TEST_F(SqliteDatabaseTest, TablesOfAnotherVersionAreRefused) {
  Database database = OpenWithWords();
  EXPECT_TRUE(database->EnsureTables("words", 1, {kTable}).ok());
  const absl::Status newer = database->EnsureTables("words", 2, {kTable});
  EXPECT_EQ(newer.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(absl::StrContains(newer.message(), "version 1")) << newer;
  // Half made is not made.
  EXPECT_FALSE(database
                   ->EnsureTables("other", 1,
                                  {"CREATE TABLE other (a)", "CREATE nonsense"})
                   .ok());
  EXPECT_TRUE(
      database->EnsureTables("other", 1, {"CREATE TABLE other (a)"}).ok());
}

TEST_F(SqliteDatabaseTest, WhatFailsIsUndoneAsAWhole) {
  Database database = OpenWithWords();
  ASSERT_TRUE(Insert(*database, "there").ok());
  const absl::Status refused = database->Run([](SqliteTransaction& t) {
    EXPECT_TRUE(t.Execute(kInsert, {"new", int64_t{1}}).ok());
    return absl::CancelledError("changed my mind");
  });
  EXPECT_EQ(refused.code(), absl::StatusCode::kCancelled);
  const absl::Status twice = database->Run([](SqliteTransaction& t) {
    EXPECT_TRUE(t.Execute(kInsert, {"new", int64_t{1}}).ok());
    return t.Execute(kInsert, {"there", int64_t{1}});
  });
  EXPECT_EQ(twice.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(*Count(*database), 1);
}

TEST_F(SqliteDatabaseTest, AFullDiskIsAStatusAndUndoneAsAWhole) {
  Database database = OpenWithWords();
  ASSERT_TRUE(Insert(*database, "there").ok());
  // As many pages as there are, and a few.
  ASSERT_TRUE(database
                  ->Run([](SqliteTransaction& t) {
                    return t.Execute("PRAGMA max_page_count = 8");
                  })
                  .ok());
  const absl::Status full = database->Run([](SqliteTransaction& t) {
    for (int i = 0; i < 1000; ++i) {
      const absl::Status done = t.Execute(
          kInsert, {absl::StrCat(i, std::string(500, 'x')), int64_t{i}});
      if (!done.ok()) return done;
    }
    return absl::OkStatus();
  });
  EXPECT_EQ(full.code(), absl::StatusCode::kResourceExhausted) << full;
  EXPECT_EQ(*Count(*database), 1);
  EXPECT_TRUE(Insert(*database, "small").ok());
}

TEST_F(SqliteDatabaseTest, WrongStatementsAreAnError) {
  Database database = OpenWithWords();
  const auto code = [&](const char* sql,
                        const std::vector<SqliteValue>& values) {
    return database
        ->Run([&](SqliteTransaction& t) { return t.Execute(sql, values); })
        .code();
  };
  EXPECT_EQ(code("SELEKT", {}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code("", {}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(kInsert, {"one"}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code("SELECT * FROM none", {}), absl::StatusCode::kInvalidArgument);
  ASSERT_TRUE(Insert(*database, "a").ok());
  const absl::Status nested = database->Run([](SqliteTransaction& t) {
    constexpr char kSelect[] = "SELECT word FROM words";
    absl::Status inner;
    (void)t.Execute(kSelect, {}, [&](const SqliteRow&) {
      inner = t.Execute(kSelect);
      return true;
    });
    return inner;
  });
  EXPECT_EQ(nested.code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(SqliteDatabaseTest, TwoUsersWaitForEachOtherAndNotForEver) {
  Database one = OpenWithWords();
  Database other =
      *SqliteDatabase::Open(path_, {.busy_timeout = absl::Milliseconds(1)});
  const absl::Status held = one->Run([&](SqliteTransaction& t) {
    EXPECT_TRUE(t.Execute(kInsert, {"mine", int64_t{1}}).ok());
    EXPECT_EQ(Insert(*other, "theirs").code(), absl::StatusCode::kUnavailable);
    return absl::OkStatus();
  });
  EXPECT_TRUE(held.ok());
  EXPECT_TRUE(Insert(*other, "theirs").ok());
  EXPECT_EQ(*Count(*one), 2);
}

TEST_F(SqliteDatabaseTest, ThreadsShareIt) {
  Database database = OpenWithWords();
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&database, thread] {
      for (int i = 0; i < 10; ++i) {
        EXPECT_TRUE(Insert(*database, absl::StrCat(thread, "-", i)).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(*Count(*database), 40);
}

// Killed within a transaction: what was committed is there, the rest is not,
// and nobody waits for the dead.
TEST_F(SqliteDatabaseTest, ACrashUndoesWhatWasNotCommitted) {
  { OpenWithWords(); }
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const Database database = *SqliteDatabase::Open(path_, {});
    (void)Insert(*database, "committed");
    (void)database->Run([](SqliteTransaction& t) {
      (void)t.Execute(kInsert, {"not committed", int64_t{1}});
      kill(getpid(), SIGKILL);
      return absl::OkStatus();
    });
    _exit(1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  Database database = OpenWithWords();
  EXPECT_EQ(*Count(*database), 1);
  EXPECT_TRUE(Insert(*database, "not committed").ok());
}

}  // namespace
}  // namespace mailsec::io
