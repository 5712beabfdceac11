#include "mailcore/io/server_address.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace mailsec::io {
namespace {

TEST(ServerAddressTest, GoesBothWays) {
  for (const char* text :
       {"unix:/run/clamav/clamd.ctl", "unix:run/clamd", "127.0.0.1:3310",
        "[2001:db8::1]:11333", "192.0.2.7:1", "192.0.2.7:65535"}) {
    const absl::StatusOr<ServerAddress> address = ServerAddress::Parse(text);
    ASSERT_TRUE(address.ok()) << address.status();
    EXPECT_EQ(address->ToString(), text);
  }
}

TEST(ServerAddressTest, RefusesWhatIsNone) {
  for (const std::string& text :
       {std::string(""), std::string("127.0.0.1"), std::string("127.0.0.1:0"),
        std::string("127.0.0.1:65536"), std::string("127.0.0.1:x"),
        std::string(":3310"), std::string("localhost:3310"),
        std::string("2001:db8::1:3310"), std::string("[2001:db8::1:3310"),
        std::string("unix:"), absl::StrCat("unix:/", std::string(107, 'x')),
        std::string("unix:/a\0b", 9)}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ServerAddress::Parse(text).status()))
        << text;
  }
  EXPECT_TRUE(
      ServerAddress::Parse(absl::StrCat("unix:/", std::string(106, 'x'))).ok());
}

}  // namespace
}  // namespace mailsec::io
