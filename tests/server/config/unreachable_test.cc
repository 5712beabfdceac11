#include "mailcore/server/config/unreachable.h"

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/local/stream_protocol.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mailsec::server {
namespace {

namespace asio = boost::asio;
using asio::local::stream_protocol;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class UnreachableTest : public testing::Test {
 protected:
  UnreachableTest() {
    folder_ = std::filesystem::temp_directory_path() / "reach.XXXXXX";
    EXPECT_NE(mkdtemp(folder_.data()), nullptr);
    // A port that nobody has: it was ours a moment ago.
    asio::ip::tcp::acceptor gone(context_,
                                 {asio::ip::address_v4::loopback(), 0});
    free_port_ = gone.local_endpoint().port();
  }
  ~UnreachableTest() override { std::filesystem::remove_all(folder_); }

  std::vector<std::string> Warnings(const std::string& more) {
    Settings settings;
    EXPECT_THAT(ParseSettings(absl::StrCat(R"(hostname: "mx.example.org"
administrator: "a@example.org" deputy: "b@example.org"
listen { address: "127.0.0.1" }
)",
                                           more),
                              folder_ + "/F", &settings),
                testing::IsEmpty());
    std::vector<std::string> warnings;
    for (const ConfigError& warning : UnreachableNow(settings)) {
      warnings.push_back(warning.ToString().substr(folder_.size() + 1));
    }
    return warnings;
  }

  std::string folder_;
  asio::io_context context_;
  int free_port_ = 0;
};

TEST_F(UnreachableTest, SaysWhomNobodyAnswersForAndWhatFollows) {
  const std::string domain =
      "local_domain { name: \"example.org\" recipients_file: \"r\"\n";
  EXPECT_THAT(
      Warnings(absl::StrCat(
          "scanner { clamd: \"unix:clamd\" }\n  scanner { rspamd: "
          "\"127.0.0.1:",
          free_port_, "\" on_fault: ACCEPT_UNSCANNED }\n", domain,
          "lmtp { host: \"127.0.0.1\" port: ", free_port_, " } }\n")),
      ElementsAre(
          AllOf(testing::StartsWith("F:4:1: clamd: warning: unix:"),
                HasSubstr("No such file"), HasSubstr("put off (451)")),
          AllOf(testing::StartsWith("F:5:3: rspamd: warning: 127.0.0.1:"),
                HasSubstr("refused"),
                HasSubstr("taken without being scanned"))));
  EXPECT_THAT(
      Warnings(absl::StrCat(
          domain, "lmtp { host: \"127.0.0.1\" port: ", free_port_, " } }\n")),
      ElementsAre(AllOf(testing::StartsWith("F:5:1: lmtp: warning: 127.0.0.1:"),
                        HasSubstr("refused"), HasSubstr("waits"))));
}

TEST_F(UnreachableTest, WhoListensIsNoWarning) {
  const std::string path = folder_ + "/l";
  const std::string domain = absl::StrCat(
      "local_domain { name: \"example.org\" recipients_file: \"r\" "
      "lmtp { host: \"unix:l\" } }\n");
  {
    stream_protocol::acceptor listening(context_,
                                        stream_protocol::endpoint(path));
    EXPECT_THAT(
        Warnings(absl::StrCat("scanner { clamd: \"unix:l\" }\n", domain)),
        testing::IsEmpty());
  }
  // The socket is left, and nobody behind it.
  EXPECT_THAT(Warnings(domain), ElementsAre(HasSubstr("refused")));
  // That there is none is a fault of the mail store already.
  std::filesystem::remove(path);
  EXPECT_THAT(Warnings(domain), testing::IsEmpty());
}

}  // namespace
}  // namespace mailsec::server
