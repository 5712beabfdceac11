#include "mailcore/address/subaddress.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mailsec::address {
namespace {

struct Case {
  const char* requirement;
  const char* address;
  const char* separators;
  std::vector<std::string> without;
};

TEST(SubaddressTest, CutsTheDetailOffTheLongestFirst) {
  const Case kCases[] = {
      {"a detail", "alice+shop@example.org", "+", {"alice@example.org"}},
      {"no detail", "alice@example.org", "+", {}},
      {"an empty detail", "alice+@example.org", "+", {"alice@example.org"}},
      {"no mailbox", "+shop@example.org", "+", {}},
      {"off", "alice+shop@example.org", "", {}},
      {"another sign", "alice-shop@example.org", "+", {}},
      {"several separators: the longest name is first",
       "jan-peter-shop+x@example.org",
       "+-",
       {"jan-peter-shop@example.org", "jan-peter@example.org",
        "jan@example.org"}},
      {"what is left begins with a separator",
       "+a+b@example.org",
       "+",
       {"+a@example.org"}},
      {"a quoted local part",
       "\"a b+c\"@example.org",
       "+",
       {"\"a b\"@example.org"}},
      {"what is left is no dot-string, and is quoted",
       "a.+b@example.org",
       "+",
       {"\"a.\"@example.org"}},
      {"an address literal", "a+b@[192.0.2.25]", "+", {"a@[192.0.2.25]"}},
      {"the case is kept",
       "Alice+Shop@Example.ORG",
       "+",
       {"Alice@example.org"}},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.requirement);
    std::vector<std::string> texts;
    for (const Address& a :
         WithoutDetail(*Address::Parse(c.address), c.separators)) {
      texts.push_back(a.ToString());
    }
    EXPECT_EQ(texts, c.without);
  }
}

TEST(SubaddressTest, OnlySignsWithoutAMeaningSeparate) {
  for (const char* good : {"", "+", "-", "+-=_#~", "!$%&'*/?^`{|}"}) {
    EXPECT_TRUE(CheckSeparators(good).ok()) << good;
  }
  for (const char* bad : {".", "@", "a", "7", " ", "+\"", "\\", "\x01",
                          "\xC3\xBC", "+:", "<", "[", ","}) {
    EXPECT_TRUE(absl::IsInvalidArgument(CheckSeparators(bad))) << bad;
  }
  EXPECT_THAT(std::string(CheckSeparators("\x7F").message()),
              testing::HasSubstr("'\\x7f'"));
}

}  // namespace
}  // namespace mailsec::address
