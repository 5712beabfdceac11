#include "mailcore/server/snapshot/load_settings.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mailsec::server {
namespace {

constexpr char kConfig[] = R"(hostname: "mx.example.org"
administrator: "postmaster@example.org" deputy: "alice@example.org"
listen { address: "127.0.0.1" }
local_domain { name: "example.org" alias: "other.example" recipients_file: "r"
               maildir_root: "mail" }
relay_domain { name: "relay.example" next_hop { host: "192.0.2.1" } }
aliases_file: "aliases"
)";

class LoadSettingsTest : public testing::Test {
 protected:
  LoadSettingsTest() {
    folder_ = std::filesystem::temp_directory_path() / "load.XXXXXX";
    EXPECT_NE(mkdtemp(folder_.data()), nullptr);
    Write("F", kConfig);
    Write("r",
          "postmaster@example.org\nabuse@example.org\n"
          "alice@example.org\nbob@example.org\n");
  }
  ~LoadSettingsTest() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& name, const std::string& text) {
    std::ofstream(absl::StrCat(folder_, "/", name), std::ios::trunc) << text;
  }

  // "aliases:3:1: message", one each.
  std::vector<std::string> Warnings(const std::string& aliases) {
    Write("aliases", aliases);
    Settings settings;
    EXPECT_THAT(LoadSettings(folder_ + "/F", &settings), testing::IsEmpty());
    std::vector<std::string> warnings;
    for (const ConfigError& warning : settings.warnings) {
      warnings.push_back(warning.ToString().substr(folder_.size() + 1));
    }
    return warnings;
  }

  std::string folder_;
};

TEST_F(LoadSettingsTest, AMailboxBehindAnAliasOfItsNameGetsNothing) {
  EXPECT_THAT(Warnings("team@example.org: alice@example.org\n"
                       "# Not Bob any more.\n"
                       "bob@other.example: alice@example.org\n"),
              testing::ElementsAre(testing::StartsWith(
                  "aliases:3:1: warning: bob@example.org is a mailbox as well, "
                  "which gets nothing")));
}

TEST_F(LoadSettingsTest, AnAliasOfANameOfItsOwnHidesNobody) {
  EXPECT_THAT(Warnings("team@example.org: alice@example.org\n"
                       "team@relay.example: bob@example.org\n"),
              testing::IsEmpty());
}

}  // namespace
}  // namespace mailsec::server
