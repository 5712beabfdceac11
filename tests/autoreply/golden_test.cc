// The golden files are what a postmaster may read: one automatic answer of each
// kind. If a change is meant, write them anew and look at the difference:
//   bazel run //tests/autoreply:write_answers $PWD/tests/autoreply/golden

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "tests/autoreply/answer_faults.h"
#include "tests/autoreply/samples.h"

namespace mailsec::autoreply {
namespace {

constexpr char kFolder[] = "tests/autoreply/golden";

std::string Contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

class GoldenTest : public testing::TestWithParam<Sample> {};

TEST_P(GoldenTest, IsWrittenOctetByOctet) {
  const Sample& sample = GetParam();
  EXPECT_EQ(sample.message.content,
            Contents(std::string(kFolder) + "/" + sample.name + ".eml"));
  EXPECT_EQ(FaultOf(sample.message), "");
}

// Neither a line of the message, nor a host on its way.
TEST_P(GoldenTest, TellsNothingFromInside) {
  for (const char* inside : {"secret", "mx.example.org", "client.example"}) {
    EXPECT_FALSE(absl::StrContains(GetParam().message.content, inside));
  }
}

INSTANTIATE_TEST_SUITE_P(Files, GoldenTest, testing::ValuesIn(Samples()),
                         [](const auto& info) { return info.param.name; });

TEST(GoldenFolderTest, HoldsNoOtherFile) {
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    files += entry.path().extension() == ".eml";
  }
  EXPECT_EQ(files, Samples().size());
}

}  // namespace
}  // namespace mailsec::autoreply
