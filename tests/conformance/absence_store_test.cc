// What every form of AbsenceStore must do: the one that a restart forgets, the
// one in SQLite, and the one that can be told to fail.

#include "mailcore/autoreply/absence_store.h"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "mailcore/autoreply/memory_absence_store.h"
#include "mailcore/io/sqlite_absence_store.h"
#include "mailcore/testing/failing_absence_store.h"
#include "tests/conformance/table_form.h"

namespace mailsec::autoreply {
namespace {

using address::Address;

Address A(const std::string& text) { return *Address::Parse(text); }

AbsenceSettings Settings(const std::string& owner, const std::string& text) {
  return {.owner = A(owner),
          .inside_texts = {{.language = "de", .text = text}},
          .set_at = absl::FromUnixSeconds(1'790'000'000)};
}

class AbsenceStoreTest : public TableFormTest {
 protected:
  // As after a restart, for a form that survives one.
  AbsenceStore& Open() {
    store_.reset();
    if (GetParam() == TableForm::kSqlite) {
      store_ = *io::SqliteAbsenceStore::Create(OpenDatabase());
      return *store_;
    }
    store_ = std::make_unique<MemoryAbsenceStore>();
    if (GetParam() == TableForm::kMemory) return *store_;
    failing_ = std::make_unique<FailingAbsenceStore>(store_.get());
    return *failing_;
  }

  std::unique_ptr<AbsenceStore> store_;
  std::unique_ptr<FailingAbsenceStore> failing_;
};

TEST_P(AbsenceStoreTest, WhatWasSetIsFoundAsItWas) {
  AbsenceStore& store = Open();
  AbsenceSettings whole = Settings("anna@example.org",
                                   "Im Urlaub.\r\nGr\xC3\xBC\xC3\x9F"
                                   "e");
  whole.display_name = "Anna M\xC3\xBCller";
  whole.start = whole.set_at + absl::Hours(1);
  whole.end = whole.set_at + absl::Hours(100);
  whole.inside_texts.push_back({"en", "Away", "On holiday."});
  whole.outside_texts = {{"en-GB", "", "Away.\n"}};
  whole.period_days = 7;
  ASSERT_TRUE(store.Set(whole).ok());
  const AbsenceSettings other = Settings("dora@example.org", "Krank.");
  ASSERT_TRUE(store.Set(other).ok());
  EXPECT_EQ(*store.Find(whole.owner), whole);
  EXPECT_EQ(*store.Find(other.owner), other);
  EXPECT_EQ((*store.Find(whole.owner))->Id(), whole.Id());
  EXPECT_FALSE(store.Find(A("bob@example.org"))->has_value());
}

TEST_P(AbsenceStoreTest, AnOwnerIsOneInWhateverCase) {
  AbsenceStore& store = Open();
  ASSERT_TRUE(store.Set(Settings("Anna@Example.ORG", "one")).ok());
  ASSERT_TRUE(store.Set(Settings("anna@example.org", "two")).ok());
  for (const char* name : {"anna@example.org", "ANNA@EXAMPLE.org"}) {
    EXPECT_EQ((*store.Find(A(name)))->inside_texts[0].text, "two") << name;
  }
  EXPECT_EQ(store.List("", 10)->size(), 1u);
}

TEST_P(AbsenceStoreTest, WhatIsClearedIsGone) {
  AbsenceStore& store = Open();
  ASSERT_TRUE(store.Set(Settings("anna@example.org", "away")).ok());
  EXPECT_TRUE(*store.Clear(A("ANNA@example.org")));
  EXPECT_FALSE(*store.Clear(A("anna@example.org")));
  EXPECT_FALSE(store.Find(A("anna@example.org"))->has_value());
}

TEST_P(AbsenceStoreTest, WhatIsNotValidIsNotSet) {
  AbsenceStore& store = Open();
  const AbsenceSettings good = Settings("anna@example.org", "away");
  ASSERT_TRUE(store.Set(good).ok());
  AbsenceSettings bad = good;
  bad.inside_texts[0].text = "";
  EXPECT_TRUE(absl::IsInvalidArgument(store.Set(bad)));
  EXPECT_EQ(*store.Find(good.owner), good);
}

TEST_P(AbsenceStoreTest, AllAreListedByPages) {
  AbsenceStore& store = Open();
  for (int i = 9; i >= 0; --i) {
    ASSERT_TRUE(
        store.Set(Settings(absl::StrCat("u", i, "@example.org"), "x")).ok());
  }
  std::vector<std::string> seen;
  std::string after;
  for (;;) {
    const std::vector<AbsenceSettings> page = *store.List(after, 3);
    EXPECT_LE(page.size(), 3u);
    if (page.empty()) break;
    for (const AbsenceSettings& one : page) {
      seen.push_back(one.owner.ToString());
    }
    after = page.back().owner.CanonicalKey();
  }
  ASSERT_EQ(seen.size(), 10u);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(seen[i], absl::StrCat("u", i, "@example.org"));
  }
  EXPECT_TRUE(store.List("", 0)->empty());
  EXPECT_EQ(store.List("", ~size_t{0})->size(), 10u);
}

TEST_P(AbsenceStoreTest, ManyMayAskAtOnce) {
  AbsenceStore& store = Open();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&store, i] {
      const AbsenceSettings own =
          Settings(absl::StrCat("u", i, "@example.org"), "x");
      for (int n = 0; n < 5; ++n) {
        EXPECT_TRUE(store.Set(own).ok());
        EXPECT_EQ(*store.Find(own.owner), own);
        EXPECT_TRUE(*store.Clear(own.owner));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_P(AbsenceStoreTest, ARestartForgetsNothingInAFormThatSurvives) {
  if (GetParam() != TableForm::kSqlite) GTEST_SKIP() << "this form does not";
  const AbsenceSettings set = Settings("anna@example.org", "away");
  ASSERT_TRUE(Open().Set(set).ok());
  EXPECT_EQ(*Open().Find(set.owner), set);
}

TEST_P(AbsenceStoreTest, WhatIsDamagedIsAStatus) {
  if (GetParam() != TableForm::kSqlite) GTEST_SKIP() << "no form of octets";
  AbsenceStore& store = Open();
  const AbsenceSettings set = Settings("anna@example.org", "away");
  ASSERT_TRUE(store.Set(set).ok());
  ASSERT_TRUE(database()
                  ->Run([](io::SqliteTransaction& t) {
                    return t.Execute("UPDATE absences SET settings = ?",
                                     {io::SqliteBlob{"\xFF\xFF"}});
                  })
                  .ok());
  EXPECT_TRUE(absl::IsDataLoss(store.Find(set.owner).status()));
  EXPECT_TRUE(absl::IsDataLoss(store.List("", 10).status()));
  EXPECT_TRUE(store.Set(set).ok());
  EXPECT_EQ(*store.Find(set.owner), set);
}

TEST_P(AbsenceStoreTest, AFailureIsAStatusAndChangesNothing) {
  if (GetParam() != TableForm::kFailing)
    GTEST_SKIP() << "this form does not fail";
  AbsenceStore& store = Open();
  const AbsenceSettings set = Settings("anna@example.org", "away");
  failing_->FailCalls(4, absl::UnavailableError("EIO"));
  EXPECT_FALSE(store.Set(set).ok());
  EXPECT_FALSE(store.Find(set.owner).ok());
  EXPECT_FALSE(store.Clear(set.owner).ok());
  EXPECT_FALSE(store.List("", 1).ok());
  EXPECT_FALSE(store.Find(set.owner)->has_value());
  EXPECT_EQ(failing_->calls(), 5);
}

INSTANTIATE_TEST_SUITE_P(Forms, AbsenceStoreTest, AllTableForms(),
                         TableFormName);

}  // namespace
}  // namespace mailsec::autoreply
