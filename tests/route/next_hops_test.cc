#include "mailcore/route/next_hops.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "mailcore/testing/fake_resolver.h"

namespace mailsec::route {
namespace {

using address::Domain;
using ip::IpAddress;
using Kind = Destination::Kind;

IpAddress Ip(const char* text) { return *IpAddress::Parse(text); }

// 10.0.0.0/8 is inside; 192.0.2.25 is this host.
class NextHopsTest : public testing::Test {
 protected:
  NextHopsTest() {
    dns_.SetAddresses("in.example.org", {Ip("10.0.0.1")});
    dns_.SetAddresses("out.example.com", {Ip("198.51.100.1")});
    dns_.SetAddresses("both.example.org", {Ip("198.51.100.2"), Ip("10.0.0.2"),
                                           Ip("2001:db8:2::1")});
    dns_.SetAddresses("any.example", {Ip("0.0.0.0"), Ip("::")});
    dns_.SetMx("example.com", {{10, "both.example.org"},
                               {20, "in.example.org"},
                               {30, "out.example.com"}});
    dns_.SetMx("out.example", {{10, "out.example.com"}});
  }

  NextHops Find(Kind kind, const char* host, MailClass mail_class,
                uint16_t port = 0) {
    Destination to;
    to.kind = kind;
    to.port = port;
    if (kind == Kind::kMx) {
      to.domain = *Domain::Parse(host);
    } else {
      to.host = host;
    }
    return finder_.Find(to, mail_class, 1);
  }
  // All that a NextHops says, in words.
  std::string Found(Kind kind, const char* host, MailClass mail_class,
                    uint16_t port = 0) {
    const NextHops to = Find(kind, host, mail_class, port);
    EXPECT_EQ(to.hops.empty() + to.unix_path.empty() + !to.failure.has_value(),
              2);
    EXPECT_EQ(to.kept_inside,
              to.failure && to.failure->status().ToString() == "5.7.1");
    if (to.failure) return to.failure->ToString();
    EXPECT_FALSE(to.key.empty());
    if (!to.unix_path.empty()) return absl::StrCat("unix ", to.unix_path);
    return absl::StrJoin(
        to.hops, ", ", [](std::string* out, const NextHop& hop) {
          absl::StrAppend(out, hop.host, " ", hop.address.ToString(), " ",
                          hop.port);
        });
  }

  dns::FakeResolver dns_;
  Inside inside_{{.own_domains = {*Domain::Parse("example.org")},
                  .networks = *ip::NetworkSet::Parse({"10.0.0.0/8"})}};
  MxPlanner planner_{
      {.own_names = {*Domain::Parse("mx.example.org")},
       .own_addresses = {Ip("192.0.2.25")},
       .inside_networks = *ip::NetworkSet::Parse({"10.0.0.0/8"})},
      &dns_};
  NextHopFinder finder_{&inside_, &planner_, &dns_};
};

struct HopCase {
  const char* requirement;
  Kind kind;
  const char* host;
  uint16_t port;
  const char* ordinary;    // What is found, or how the failure begins.
  const char* local_only;  // Null: the same.
} constexpr kHopCases[] = {
    {"a smarthost outside", Kind::kSmtp, "out.example.com", 587,
     "out.example.com 198.51.100.1 587", "550 5.7.1"},
    {"a next hop inside", Kind::kSmtp, "in.example.org", 25,
     "in.example.org 10.0.0.1 25", nullptr},
    {"only the addresses inside", Kind::kLmtp, "both.example.org", 24,
     "both.example.org 2001:db8:2::1 24, both.example.org 198.51.100.2 24, "
     "both.example.org 10.0.0.2 24",
     "both.example.org 10.0.0.2 24"},
    {"an address outside", Kind::kSmtp, "198.51.100.1", 25,
     "198.51.100.1 198.51.100.1 25", "550 5.7.1"},
    {"an address outside, mapped", Kind::kSmtp, "::ffff:198.51.100.1", 25,
     "198.51.100.1 198.51.100.1 25", "550 5.7.1"},
    {"an address inside", Kind::kLmtp, "10.1.1.1", 24, "10.1.1.1 10.1.1.1 24",
     nullptr},
    {"loopback, as the operator says so", Kind::kLmtp, "127.0.0.1", 24,
     "127.0.0.1 127.0.0.1 24", nullptr},
    {"a socket of this host", Kind::kLmtp, "unix:/run/lmtp", 0,
     "unix /run/lmtp", nullptr},
    {"mail exchangers", Kind::kMx, "example.com", 0,
     "both.example.org 2001:db8:2::1 25, both.example.org 198.51.100.2 25, "
     "both.example.org 10.0.0.2 25, in.example.org 10.0.0.1 25, "
     "out.example.com 198.51.100.1 25",
     "both.example.org 10.0.0.2 25, in.example.org 10.0.0.1 25"},
    {"exchangers at another port", Kind::kMx, "out.example", 2525,
     "out.example.com 198.51.100.1 2525", "550 5.7.1"},
    {"a literal", Kind::kAddress, "198.51.100.1", 0,
     "198.51.100.1 198.51.100.1 25", "550 5.7.1"},
    {"a literal inside", Kind::kAddress, "10.0.0.9", 0, "10.0.0.9 10.0.0.9 25",
     nullptr},
    {"MX-09 our own literal", Kind::kAddress, "192.0.2.25", 0, "554 5.4.6",
     nullptr},
    {"MX-09 a loopback literal", Kind::kAddress, "127.0.0.1", 0, "554 5.4.6",
     nullptr},
    {"MX-09 the unspecified literal", Kind::kAddress, "0.0.0.0", 0, "554 5.4.6",
     nullptr},
    {"a wrapped loopback literal", Kind::kAddress, "64:ff9b::7f00:1", 0,
     "554 5.4.6", nullptr},
    {"a link-local literal", Kind::kAddress, "169.254.169.254", 0, "550 5.4.4",
     nullptr},
    {"a private literal that is not ours", Kind::kAddress, "192.168.1.1", 0,
     "550 5.4.4 [192.168.1.1] is special-purpose address space (Private-Use",
     nullptr},
    {"a private next hop, as the operator says so", Kind::kSmtp, "192.168.1.1",
     25, "192.168.1.1 192.168.1.1 25", "550 5.7.1"},
    {"a multicast literal", Kind::kAddress, "224.0.0.1", 0, "550 5.1.2",
     nullptr},
    {"a next hop that the DNS says is 0.0.0.0", Kind::kSmtp, "any.example", 25,
     "451 4.4.4", nullptr},
    {"a literal that is refused", Kind::kRefused, "198.51.100.1", 0,
     "550 5.1.2", nullptr},
    {"an unknown domain", Kind::kMx, "missing.example", 0, "550 5.1.2",
     nullptr},
    {"a next hop that does not exist is our fault", Kind::kSmtp,
     "missing.example", 25, "451 4.4.4", nullptr},
    {"no route yet", Kind::kNone, "", 0, "451 4.4.4", nullptr},
    {"a Maildir is no next hop", Kind::kMaildir, "", 0, "451 4.3.5", nullptr},
};

TEST_F(NextHopsTest, Finds) {
  for (const HopCase& c : kHopCases) {
    SCOPED_TRACE(c.requirement);
    const char* local_only = c.local_only ? c.local_only : c.ordinary;
    const std::string ordinary_got =
        Found(c.kind, c.host, MailClass::kOrdinary, c.port);
    const std::string local_only_got =
        Found(c.kind, c.host, MailClass::kLocalOnly, c.port);
    EXPECT_TRUE(absl::StartsWith(ordinary_got, c.ordinary)) << ordinary_got;
    EXPECT_TRUE(absl::StartsWith(local_only_got, local_only)) << local_only_got;
  }
}

TEST_F(NextHopsTest, ANextHopThatCannotBeLookedUpIsTriedAgain) {
  dns_.Fail("in.example.org");
  const std::string got =
      Found(Kind::kSmtp, "in.example.org", MailClass::kOrdinary, 25);
  EXPECT_TRUE(absl::StartsWith(got, "451 4.4.3")) << got;
  EXPECT_TRUE(absl::StrContains(got, "in.example.org"));
}

TEST_F(NextHopsTest, TheRefusalNamesTheHost) {
  const NextHops to = Find(Kind::kMx, "out.example", MailClass::kLocalOnly);
  EXPECT_TRUE(absl::StrContains(to.failure->text(), "out.example.com"));
}

TEST_F(NextHopsTest, AddressesAndPathsAskNothing) {
  Find(Kind::kSmtp, "198.51.100.1", MailClass::kOrdinary);
  Find(Kind::kLmtp, "unix:/run/lmtp", MailClass::kOrdinary);
  Find(Kind::kAddress, "198.51.100.1", MailClass::kOrdinary);
  EXPECT_EQ(dns_.lookups(), 0);
}

TEST_F(NextHopsTest, KeysTellPortsApart) {
  EXPECT_EQ(Find(Kind::kMx, "out.example", MailClass::kOrdinary).key,
            "mx:out.example.com");
  EXPECT_EQ(Find(Kind::kMx, "out.example", MailClass::kOrdinary, 2525).key,
            "mx:out.example.com:2525");
}

TEST_F(NextHopsTest, SeveralFixedHostsStayInTheirOrder) {
  dns_.SetAddresses("two.example.org", {Ip("10.0.0.9"), Ip("10.0.0.8")});
  Destination to;
  to.kind = Kind::kSmtp;
  to.host = "two.example.org";
  to.port = 587;
  to.others = {
      {"out.example.com", 25}, {"10.0.0.3", 2525}, {"gone.example", 25}};
  const auto find = [&](MailClass mail_class) {
    const NextHops hops = finder_.Find(to, mail_class, 1);
    EXPECT_EQ(hops.key, to.ToString());
    return absl::StrJoin(
        hops.hops, ", ", [](std::string* out, const NextHop& hop) {
          absl::StrAppend(out, hop.host, " ", hop.address.ToString(), " ",
                          hop.port);
        });
  };
  EXPECT_EQ(find(MailClass::kOrdinary),
            "two.example.org 10.0.0.9 587, two.example.org 10.0.0.8 587, "
            "out.example.com 198.51.100.1 25, 10.0.0.3 10.0.0.3 2525");
  // R3: none of them leads local mail outside.
  EXPECT_EQ(find(MailClass::kLocalOnly),
            "two.example.org 10.0.0.9 587, two.example.org 10.0.0.8 587, "
            "10.0.0.3 10.0.0.3 2525");
  to.host = "gone.example";
  EXPECT_EQ(find(MailClass::kOrdinary),
            "out.example.com 198.51.100.1 25, 10.0.0.3 10.0.0.3 2525");
  to.others = {{"out.example.com", 25}};
  EXPECT_TRUE(finder_.Find(to, MailClass::kLocalOnly, 1).kept_inside);
  to.others = {{"lost.example", 25}};
  EXPECT_EQ(finder_.Find(to, MailClass::kOrdinary, 1).failure->ToString(),
            "451 4.4.4 The next hop gone.example has no address");
}

}  // namespace
}  // namespace mailsec::route
