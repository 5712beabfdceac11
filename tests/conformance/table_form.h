// table_form.h: in which forms is a small durable table tested?
//
// Each has three: one in memory, which a restart forgets, one in SQLite, and
// one that can be told to fail.

#ifndef TESTS_CONFORMANCE_TABLE_FORM_H_
#define TESTS_CONFORMANCE_TABLE_FORM_H_

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "mailcore/io/sqlite_database.h"

namespace mailsec {

enum class TableForm { kMemory, kSqlite, kFailing };

// Of a test for each form. It has a folder of its own, in which one database
// can be opened again and again.
class TableFormTest : public testing::TestWithParam<TableForm> {
 protected:
  TableFormTest() {
    std::string name = testing::TempDir() + "/tableXXXXXX";
    folder_ = mkdtemp(name.data());
  }
  ~TableFormTest() override { std::filesystem::remove_all(folder_); }

  // Closes what was opened before: no table may use it any more.
  io::SqliteDatabase* OpenDatabase() {
    database_.reset();
    database_ = *io::SqliteDatabase::Open(folder_ + "/table.db", {});
    return database_.get();
  }
  io::SqliteDatabase* database() { return database_.get(); }

 private:
  std::string folder_;
  std::unique_ptr<io::SqliteDatabase> database_;
};

inline auto AllTableForms() {
  return testing::Values(TableForm::kMemory, TableForm::kSqlite,
                         TableForm::kFailing);
}

inline std::string TableFormName(
    const testing::TestParamInfo<TableForm>& form) {
  switch (form.param) {
    case TableForm::kMemory:
      return "Memory";
    case TableForm::kSqlite:
      return "Sqlite";
    case TableForm::kFailing:
      return "Failing";
  }
  return "";
}

}  // namespace mailsec

#endif  // TESTS_CONFORMANCE_TABLE_FORM_H_
