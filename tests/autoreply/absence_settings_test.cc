#include "mailcore/autoreply/absence_settings.h"

#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace mailsec::autoreply {
namespace {

using address::Address;

const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);

AbsenceSettings Good() {
  return {.owner = *Address::Parse("anna@example.org"),
          .inside_texts = {{.language = "de", .text = "Im Urlaub."}},
          .outside_texts = {{.language = "en", .text = "Away.\r\n\tAnna\n"}},
          .set_at = kNow};
}

TEST(AbsenceSettingsTest, IsActiveFromItsStartToBeforeItsEnd) {
  const absl::Duration hour = absl::Hours(1);
  const struct {
    std::optional<absl::Time> start, end;
    bool before, at, after;  // An hour before kNow, at it, after it.
  } kRows[] = {
      {std::nullopt, std::nullopt, true, true, true},
      {kNow, std::nullopt, false, true, true},
      {std::nullopt, kNow, true, false, false},
      {kNow, kNow + hour, false, true, false},
      {kNow - hour, kNow, true, false, false},
  };
  for (const auto& row : kRows) {
    AbsenceSettings settings = Good();
    settings.start = row.start;
    settings.end = row.end;
    EXPECT_EQ(settings.IsActive(kNow - hour), row.before);
    EXPECT_EQ(settings.IsActive(kNow), row.at);
    EXPECT_EQ(settings.IsActive(kNow + hour), row.after);
  }
}

// RFC 5230, 4.1: at least a day, at most what the site allows.
TEST(AbsenceSettingsTest, APeriodIsBounded) {
  const absl::Duration day = absl::Hours(24);
  const struct {
    const char* what;
    std::optional<uint32_t> days;
    std::optional<absl::Time> end;
    absl::Duration period;
  } kRows[] = {
      {"one an absence", std::nullopt, std::nullopt, absl::InfiniteDuration()},
      {"until its end", std::nullopt, kNow + 10 * day, 10 * day},
      {"the least", 1, std::nullopt, day},
      {"a week", 7, std::nullopt, 7 * day},
      {"not beyond the end", 7, kNow + 2 * day, 2 * day},
      {"more than may be", 1'000'000'000, std::nullopt, 30 * day},
      {"over", 7, kNow - day, 7 * day},
  };
  for (const auto& row : kRows) {
    AbsenceSettings settings = Good();
    settings.period_days = row.days;
    settings.end = row.end;
    EXPECT_EQ(settings.Period(kNow), row.period) << row.what;
  }
}

TEST(AbsenceSettingsTest, EveryChangeIsAnAbsenceOfItsOwn) {
  std::vector<AbsenceSettings> all(12, Good());
  all[1].set_at += absl::Microseconds(1);
  all[2].inside_texts[0].text += " ";
  all[3].inside_texts[0].language = "fr";
  all[4].inside_texts[0].subject = "x";
  all[5].outside_texts.clear();
  all[6].period_days = 7;
  all[7].end = kNow;
  all[8].start = kNow;
  all[9].display_name = "Anna";
  all[10].owner = *Address::Parse("dora@example.org");
  std::swap(all[11].inside_texts, all[11].outside_texts);
  std::set<std::string> ids;
  for (const AbsenceSettings& settings : all) {
    ids.insert(settings.Id());
    EXPECT_LE(settings.Id().size(), 40u);
  }
  EXPECT_EQ(ids.size(), all.size());
  EXPECT_EQ(Good().Id(), Good().Id());
}

struct Wrong {
  const char* what;
  void (*spoil)(AbsenceSettings&);
  const char* message;  // Empty: it is right.
};

const Wrong kWrong[] = {
    {"as it should be", [](AbsenceSettings&) {}, ""},
    {"nothing for inside", [](AbsenceSettings& s) { s.inside_texts.clear(); },
     ""},
    {"nothing for outside", [](AbsenceSettings& s) { s.outside_texts.clear(); },
     ""},
    {"nothing at all",
     [](AbsenceSettings& s) {
       s.inside_texts.clear();
       s.outside_texts.clear();
     },
     "no text"},
    {"an empty text", [](AbsenceSettings& s) { s.inside_texts[0].text = ""; },
     "inside_texts[0].text: is empty"},
    {"a text of blanks",
     [](AbsenceSettings& s) { s.outside_texts[0].text = " \r\n"; },
     "outside_texts[0].text: is empty"},
    {"umlauts", [](AbsenceSettings& s) { s.inside_texts[0].text = "\xC3\xBC"; },
     ""},
    {"octets that are no UTF-8",
     [](AbsenceSettings& s) { s.inside_texts[0].text = "\xFC"; },
     "inside_texts[0].text: is not UTF-8"},
    {"a NUL",
     [](AbsenceSettings& s) { s.inside_texts[0].text = std::string("a\0", 2); },
     "U+0000"},
    {"an escape",
     [](AbsenceSettings& s) { s.inside_texts[0].text = "\x1B[2J"; }, "U+001B"},
    {"a C1 control",
     [](AbsenceSettings& s) { s.inside_texts[0].text = "\xC2\x85"; }, "U+0085"},
    {"a bare CR", [](AbsenceSettings& s) { s.inside_texts[0].text = "a\rb"; },
     "U+000D"},
    {"a CR at the end",
     [](AbsenceSettings& s) { s.inside_texts[0].text = "a\r"; }, "U+000D"},
    {"the longest text",
     [](AbsenceSettings& s) {
       s.inside_texts[0].text = std::string(kMaxAbsenceTextOctets, 'x');
     },
     ""},
    {"a text too long",
     [](AbsenceSettings& s) {
       s.inside_texts[0].text = std::string(kMaxAbsenceTextOctets + 1, 'x');
     },
     "more than 16384 octets"},
    {"a subject", [](AbsenceSettings& s) { s.inside_texts[0].subject = "Weg"; },
     ""},
    {"a field in a subject",
     [](AbsenceSettings& s) {
       s.inside_texts[0].subject = "x\r\nBcc: v@example.com";
     },
     "inside_texts[0].subject"},
    {"a line separator in a subject",
     [](AbsenceSettings& s) { s.inside_texts[0].subject = "a\xE2\x80\xA8"; },
     "U+2028"},
    {"a subject too long",
     [](AbsenceSettings& s) {
       s.inside_texts[0].subject = std::string(401, 'x');
     },
     "more than 400 octets"},
    {"a line end in the name",
     [](AbsenceSettings& s) { s.display_name = "Anna\nB"; }, "display_name"},
    {"a name too long",
     [](AbsenceSettings& s) { s.display_name = std::string(201, 'x'); },
     "display_name"},
    {"a region",
     [](AbsenceSettings& s) { s.inside_texts[0].language = "en-GB"; }, ""},
    {"a script",
     [](AbsenceSettings& s) { s.inside_texts[0].language = "zh-Hant-TW"; }, ""},
    {"no language", [](AbsenceSettings& s) { s.inside_texts[0].language = ""; },
     "language"},
    {"a language of one letter",
     [](AbsenceSettings& s) { s.inside_texts[0].language = "d"; }, "language"},
    {"a language of digits",
     [](AbsenceSettings& s) { s.inside_texts[0].language = "12"; }, "language"},
    {"a locale",
     [](AbsenceSettings& s) { s.inside_texts[0].language = "de_DE"; },
     "language"},
    {"an empty subtag",
     [](AbsenceSettings& s) { s.inside_texts[0].language = "de-"; },
     "language"},
    {"a field in a language",
     [](AbsenceSettings& s) { s.inside_texts[0].language = "de\r\nX: y"; },
     "language"},
    {"one language twice",
     [](AbsenceSettings& s) {
       s.inside_texts.push_back({"DE", "", "x"});
     },
     "twice"},
    {"one language on each side",
     [](AbsenceSettings& s) {
       s.outside_texts.push_back({"de", "", "x"});
     },
     ""},
    {"too many texts",
     [](AbsenceSettings& s) {
       for (int i = 0; i < 20; ++i) {
         s.inside_texts.push_back({absl::StrCat("en-", i), "", "x"});
       }
     },
     "more than 20"},
    {"an end at the start", [](AbsenceSettings& s) { s.start = s.end = kNow; },
     "end"},
    {"a period of a day", [](AbsenceSettings& s) { s.period_days = 1; }, ""},
    {"a period of no day", [](AbsenceSettings& s) { s.period_days = 0; },
     "period_days"},
};

TEST(AbsenceSettingsTest, SaysWhatIsWrong) {
  for (const Wrong& row : kWrong) {
    AbsenceSettings settings = Good();
    row.spoil(settings);
    const absl::Status valid = ValidateAbsence(settings);
    if (row.message[0] == '\0') {
      EXPECT_TRUE(valid.ok()) << row.what << ": " << valid;
      // And comes back from a store as it was.
      const absl::StatusOr<AbsenceSettings> parsed =
          ParseAbsence(SerializeAbsence(settings));
      ASSERT_TRUE(parsed.ok()) << row.what << ": " << parsed.status();
      EXPECT_EQ(*parsed, settings) << row.what;
      EXPECT_EQ(parsed->Id(), settings.Id()) << row.what;
      continue;
    }
    EXPECT_TRUE(absl::IsInvalidArgument(valid)) << row.what;
    EXPECT_TRUE(absl::StrContains(valid.message(), row.message))
        << row.what << ": " << valid;
    EXPECT_FALSE(ParseAbsence(SerializeAbsence(settings)).ok()) << row.what;
  }
}

TEST(AbsenceSettingsTest, WhatIsNoRecordIsDataLoss) {
  for (const std::string& octets :
       {std::string(), std::string("\xFF"), std::string(1000, '\0'),
        std::string("\x0A\x03xyz"), SerializeAbsence(Good()).substr(0, 30)}) {
    EXPECT_TRUE(absl::IsDataLoss(ParseAbsence(octets).status()))
        << octets.size();
  }
}

}  // namespace
}  // namespace mailsec::autoreply
