#include "mailcore/notify/status_fields.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace mailsec::notify {
namespace {

// "a=1,b=2|c=3" and how many faults there are.
std::string Describe(absl::string_view body) {
  const StatusFields status = ReadStatusFields(body);
  std::string out;
  for (const StatusGroup& group : status.groups) {
    if (!out.empty()) out += "|";
    for (const message::HeaderField& field : group.fields) {
      if (&field != &group.fields.front()) out += ",";
      absl::StrAppend(&out, field.name, "=", field.Unfolded());
    }
  }
  absl::StrAppend(&out, " malformed:", status.malformed_lines.size(),
                  " extra:", status.extra_empty_lines.size());
  return out;
}

struct FieldsCase {
  const char* name;
  absl::string_view body;
  absl::string_view want;
} constexpr kCases[] = {
    {"Empty", "", " malformed:0 extra:0"},
    {"EmptyLinesOnly", "\r\n\r\n", " malformed:0 extra:0"},
    {"OneGroup", "a: 1\r\nb: 2\r\n", "a=1,b=2 malformed:0 extra:0"},
    {"TwoGroups", "a: 1\r\n\r\nb: 2\r\n", "a=1|b=2 malformed:0 extra:0"},
    {"LineFeedsOnly", "a: 1\n\nb: 2\n\nc: 3",
     "a=1|b=2|c=3 malformed:0 extra:0"},
    {"Folded", "a: 1\r\n 2\r\n\r\nb: 3", "a=1 2|b=3 malformed:0 extra:0"},
    {"EmptyLinesAroundAreNoFault", "\r\na: 1\r\n\r\n\r\n",
     "a=1 malformed:0 extra:0"},
    {"ExtraLineBetween", "a: 1\r\n\r\n\r\n\r\nb: 2\r\n\r\nc: 3\r\n",
     "a=1|b=2|c=3 malformed:0 extra:1"},
    {"ALineThatIsNoField", "a: 1\r\nhello\r\nb: 2\r\n",
     "a=1,b=2 malformed:1 extra:0"},
    {"OnlySuchLines", "hello\r\nthere", " malformed:2 extra:0"},
    {"ContinuationOfNothing", " a: 1\r\nb: 2\r\n", "b=2 malformed:1 extra:0"},
};

class StatusFieldsTest : public testing::TestWithParam<FieldsCase> {};

TEST_P(StatusFieldsTest, GroupsAreParted) {
  EXPECT_EQ(Describe(GetParam().body), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Table, StatusFieldsTest, testing::ValuesIn(kCases),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

TEST(StatusFieldsLimitsTest, GroupsAndFaultsAreBounded) {
  std::string many_groups;
  for (int i = 0; i < 30000; ++i) many_groups += "a: 1\n\n";
  EXPECT_EQ(ReadStatusFields(many_groups).groups.size(), 10001u);

  std::string many_faults;
  for (int i = 0; i < 30000; ++i) many_faults += "fault\n";
  EXPECT_EQ(ReadStatusFields(many_faults).malformed_lines.size(), 100u);

  std::string many_fields;
  for (int i = 0; i < 300000; ++i) many_fields += i % 9000 ? "a:\n" : "\n";
  size_t fields = 0;
  for (const StatusGroup& group : ReadStatusFields(many_fields).groups) {
    fields += group.fields.size();
  }
  EXPECT_LE(fields, 200000u + 9000u);
}

TEST(StatusGroupTest, FindsTheFirstInAnyCase) {
  const StatusFields status = ReadStatusFields("STATUS: 5.1.1\nstatus: 2\n");
  ASSERT_EQ(status.groups.size(), 1u);
  ASSERT_NE(status.groups[0].Find("Status"), nullptr);
  EXPECT_EQ(status.groups[0].Find("Status")->Unfolded(), "5.1.1");
  EXPECT_EQ(status.groups[0].Find("Action"), nullptr);
}

}  // namespace
}  // namespace mailsec::notify
