// The golden files are what a postmaster may read: one notification of each
// kind. If a change is meant, write them anew and look at the difference:
//   bazel run //tests/notify:write_notifications $PWD/tests/notify/golden

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "gtest/gtest.h"
#include "tests/notify/notification_faults.h"
#include "tests/notify/samples.h"

namespace mailsec::notify {
namespace {

constexpr char kFolder[] = "tests/notify/golden";

std::string Contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

class GoldenTest : public testing::TestWithParam<Sample> {};

TEST_P(GoldenTest, IsWrittenOctetByOctet) {
  const Notification notification = BuildSample(GetParam());
  EXPECT_EQ(notification.content,
            Contents(std::string(kFolder) + "/" + GetParam().name + ".eml"));
  EXPECT_EQ(FaultOf(notification), "");
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
}  // namespace mailsec::notify
