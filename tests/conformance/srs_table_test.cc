// What every form of SrsTable must do: the one that a restart forgets, the one
// in SQLite, and the one that can be told to fail.

#include "mailcore/autoreply/srs_table.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mailcore/autoreply/memory_srs_table.h"
#include "mailcore/io/sqlite_srs_table.h"
#include "mailcore/testing/failing_srs_table.h"
#include "tests/conformance/table_form.h"

namespace mailsec::autoreply {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);
constexpr absl::Duration kDay = absl::Hours(24);

class SrsTableTest : public TableFormTest {
 protected:
  // As after a restart, for a form that survives one.
  SrsTable& Open(size_t max = 100) {
    table_.reset();
    switch (GetParam()) {
      case TableForm::kMemory:
        table_ = std::make_unique<MemorySrsTable>(max);
        break;
      case TableForm::kSqlite:
        table_ = *io::SqliteSrsTable::Create(OpenDatabase(), max);
        break;
      case TableForm::kFailing:
        table_ = std::make_unique<FailingSrsTable>(max);
        break;
    }
    return *table_;
  }

  // The address, or the name of the error.
  static std::string Find(SrsTable& table, absl::string_view token,
                          absl::Time now = kNow) {
    const absl::StatusOr<std::string> found = table.Find(token, now);
    return found.ok() ? *found
                      : absl::StatusCodeToString(found.status().code());
  }

  std::unique_ptr<SrsTable> table_;
};

TEST_P(SrsTableTest, FindsWhatWasPut) {
  SrsTable& table = Open();
  EXPECT_EQ(Find(table, "TOKEN"), "NOT_FOUND");
  ASSERT_TRUE(
      table.Put("TOKEN", "\"j doe\"@example.com", kNow + kDay, kNow).ok());
  ASSERT_TRUE(
      table.Put("OTHER", "gr\xC3\xBC\xC3\x9F@example.com", kNow + kDay, kNow)
          .ok());
  EXPECT_EQ(Find(table, "TOKEN"), "\"j doe\"@example.com");
  EXPECT_EQ(Find(table, "OTHER"), "gr\xC3\xBC\xC3\x9F@example.com");
  for (const char* none : {"", "token", "TOKEN2", "TOKE", "' OR 1=1 --"}) {
    EXPECT_EQ(Find(table, none), "NOT_FOUND") << none;
  }
}

TEST_P(SrsTableTest, ItsLastMomentStillCounts) {
  SrsTable& table = Open();
  ASSERT_TRUE(table.Put("T", "a@example.com", kNow + kDay, kNow).ok());
  EXPECT_EQ(Find(table, "T", kNow + kDay), "a@example.com");
  EXPECT_EQ(Find(table, "T", kNow + kDay + absl::Microseconds(1)), "NOT_FOUND");
}

TEST_P(SrsTableTest, PutAgainIsKeptLongerAndNeverShorter) {
  SrsTable& table = Open();
  ASSERT_TRUE(table.Put("T", "a@example.com", kNow + kDay, kNow).ok());
  ASSERT_TRUE(table.Put("T", "a@example.com", kNow + 3 * kDay, kNow).ok());
  ASSERT_TRUE(table.Put("T", "a@example.com", kNow + 2 * kDay, kNow).ok());
  EXPECT_EQ(Find(table, "T", kNow + 3 * kDay), "a@example.com");
  EXPECT_EQ(Find(table, "T", kNow + 4 * kDay), "NOT_FOUND");
}

TEST_P(SrsTableTest, ATokenIsOneAddressesUntilItExpires) {
  SrsTable& table = Open();
  ASSERT_TRUE(table.Put("T", "a@example.com", kNow + kDay, kNow).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(
      table.Put("T", "b@example.com", kNow + kDay, kNow)));
  EXPECT_EQ(Find(table, "T"), "a@example.com");
  const absl::Time later = kNow + 2 * kDay;
  ASSERT_TRUE(table.Put("T", "b@example.com", later + kDay, later).ok());
  EXPECT_EQ(Find(table, "T", later), "b@example.com");
}

TEST_P(SrsTableTest, AFullTableTakesNewOnesOnceOldOnesExpire) {
  SrsTable& table = Open(2);
  ASSERT_TRUE(table.Put("A", "a@example.com", kNow + kDay, kNow).ok());
  ASSERT_TRUE(table.Put("B", "b@example.com", kNow + kDay, kNow).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(
      table.Put("C", "c@example.com", kNow + kDay, kNow)));
  // What is there already needs no room.
  EXPECT_TRUE(table.Put("A", "a@example.com", kNow + kDay, kNow).ok());
  EXPECT_EQ(Find(table, "C"), "NOT_FOUND");
  const absl::Time later = kNow + 2 * kDay;
  EXPECT_TRUE(table.Put("C", "c@example.com", later + kDay, later).ok());
  EXPECT_TRUE(table.Put("D", "d@example.com", later + kDay, later).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(
      table.Put("E", "e@example.com", later + kDay, later)));
}

TEST_P(SrsTableTest, ARestartForgetsNothingThatIsOnTheDisk) {
  ASSERT_TRUE(Open().Put("T", "a@example.com", kNow + kDay, kNow).ok());
  EXPECT_EQ(Find(Open(), "T"),
            GetParam() == TableForm::kSqlite ? "a@example.com" : "NOT_FOUND");
}

TEST_P(SrsTableTest, ThreadsMayShareIt) {
  SrsTable& table = Open(1000);
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&table, &wrong] {
      for (int i = 0; i < 25; ++i) {
        const std::string address = absl::StrCat("a", i, "@example.com");
        const std::string token = absl::StrCat("T", i);
        wrong += !table.Put(token, address, kNow + kDay, kNow).ok();
        wrong += Find(table, token) != address;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

INSTANTIATE_TEST_SUITE_P(Forms, SrsTableTest, AllTableForms(), TableFormName);

TEST(FailingSrsTableTest, FailsUntilItIsToldOtherwise) {
  FailingSrsTable table;
  ASSERT_TRUE(table.Put("T", "a@example.com", kNow + kDay, kNow).ok());
  table.FailWith(absl::UnavailableError("gone"));
  EXPECT_TRUE(
      absl::IsUnavailable(table.Put("U", "a@example.com", kNow + kDay, kNow)));
  EXPECT_TRUE(absl::IsUnavailable(table.Find("T", kNow).status()));
  table.FailWith(absl::OkStatus());
  EXPECT_TRUE(table.Find("T", kNow).ok());
  EXPECT_TRUE(absl::IsNotFound(table.Find("U", kNow).status()));
}

}  // namespace
}  // namespace mailsec::autoreply
