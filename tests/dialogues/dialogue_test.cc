// Plays every dialogue in this folder, with the peer's octets as they are
// written and then singly.

#include "mailcore/testing/dialogue.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"

namespace mailsec {
namespace {

std::vector<std::string> Files() {
  std::vector<std::string> names;
  for (const auto& entry :
       std::filesystem::directory_iterator("tests/dialogues")) {
    if (entry.path().extension() == ".txt") {
      names.push_back(entry.path().stem().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

class DialogueTest : public testing::TestWithParam<std::string> {};

TEST_P(DialogueTest, GoesAsWritten) {
  std::ifstream file("tests/dialogues/" + GetParam() + ".txt");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  ASSERT_FALSE(ParseDialogue(text).empty());
  for (bool octet_by_octet : {false, true}) {
    const std::vector<std::string> differences =
        absl::StartsWith(GetParam(), "client-")
            ? PlayClientDialogue(text, octet_by_octet)
            : PlayServerDialogue(text, octet_by_octet);
    EXPECT_TRUE(differences.empty())
        << GetParam() << (octet_by_octet ? " octet by octet" : "") << "\n"
        << absl::StrJoin(differences, "\n");
  }
}

INSTANTIATE_TEST_SUITE_P(Files, DialogueTest, testing::ValuesIn(Files()),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

// The player itself must notice what is wrong.
TEST(DialoguePlayerTest, ReportsDifferences) {
  EXPECT_EQ(PlayServerDialogue("S: 220\nC: NOOP\nS: 500\n", false).size(), 1u);
  EXPECT_EQ(PlayServerDialogue("S: 220\nC: NOOP\n", false).size(), 1u);
  EXPECT_EQ(PlayServerDialogue("S: 220\nS: 250\n", false).size(), 1u);
  EXPECT_EQ(PlayServerDialogue("S: 220\nX: 250\n", false).size(), 1u);
  EXPECT_EQ(PlayClientDialogue("S: 220 x\nC: HELO y\n", false).size(), 1u);
  EXPECT_EQ(PlayClientDialogue("S: 220 x\n", false).size(), 1u);
}

}  // namespace
}  // namespace mailsec
