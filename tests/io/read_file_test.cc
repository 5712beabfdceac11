#include "mailcore/io/read_file.h"

#include <sys/stat.h>

#include <cerrno>
#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mailsec::io {
namespace {

std::string Write(const std::string& name, const std::string& text,
                  mode_t mode) {
  const std::string path = testing::TempDir() + "/" + name;
  std::ofstream(path, std::ios::trunc) << text;
  chmod(path.c_str(), mode);
  return path;
}

TEST(ReadFileTest, ReadsTheWholeFile) {
  const std::string text(100000, 'x');
  EXPECT_EQ(*ReadFile(Write("whole", text, 0644), 100000), text);
}

TEST(ReadFileTest, NamesWhatIsWrong) {
  const absl::Status missing = ReadFile("/no/such/file", 10).status();
  EXPECT_TRUE(absl::IsNotFound(missing));
  EXPECT_THAT(std::string(missing.message()),
              testing::HasSubstr("/no/such/file"));
  EXPECT_TRUE(absl::IsOutOfRange(
      ReadFile(Write("long", "12345678901", 0644), 10).status()));
  EXPECT_TRUE(
      absl::IsFailedPrecondition(ReadFile(testing::TempDir(), 10).status()));
}

// R4: a secret that others can read is none.
TEST(ReadFileTest, ASecretMustBePrivate) {
  EXPECT_EQ(*ReadSecretFile(Write("secret", "key", 0600), 10), "key");
  for (const mode_t mode : {0640, 0604, 0620, 0602, 0610}) {
    const absl::Status status =
        ReadSecretFile(Write("open", "key", mode), 10).status();
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << mode;
    EXPECT_THAT(std::string(status.message()), testing::HasSubstr("chmod 600"));
  }
}

}  // namespace
}  // namespace mailsec::io
