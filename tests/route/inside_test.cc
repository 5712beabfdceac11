#include "mailcore/route/inside.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace mailsec::route {
namespace {

using ip::IpAddress;
using ip::NetworkSet;

// example.org is our name space; 10.0.0.0/8 and 2001:db8:1::/48 are inside.
class InsideTest : public testing::Test {
 protected:
  MailClass Classify(bool client_is_ours, const char* sender,
                     bool recipient_is_ours) {
    return inside_.Classify(client_is_ours,
                            *address::ReversePath::Parse(sender),
                            recipient_is_ours);
  }
  bool MayGoLocalOnly(const char* address) {
    return inside_.MayConnect(MailClass::kLocalOnly,
                              *IpAddress::Parse(address));
  }

  Inside inside_{
      {.own_domains = {*address::Domain::Parse("example.org")},
       .networks = *NetworkSet::Parse({"10.0.0.0/8", "2001:db8:1::/48"})}};
};

struct ClassCase {
  const char* requirement;
  bool client_is_ours;
  const char* sender;
  bool recipient_is_ours;
  MailClass want;
} constexpr kClassCases[] = {
    {"one of us to one of us", true, "<a@example.org>", true,
     MailClass::kLocalOnly},
    {"in any case of letters", true, "<a@EXAMPLE.org>", true,
     MailClass::kLocalOnly},
    {"a machine's account below our domain", true, "<root@db.example.org>",
     true, MailClass::kLocalOnly},
    {"one of us to the world", true, "<a@example.org>", false,
     MailClass::kOrdinary},
    {"a stranger who uses our name", false, "<a@example.org>", true,
     MailClass::kOrdinary},
    {"a foreign sender by one of our clients", true, "<a@example.com>", true,
     MailClass::kOrdinary},
    {"a domain that only ends like ours", true, "<a@evil-example.org>", true,
     MailClass::kOrdinary},
    {"a report", true, "<>", true, MailClass::kOrdinary},
    {"a sender at an address", true, "<a@[192.0.2.1]>", true,
     MailClass::kOrdinary},
};

TEST_F(InsideTest, Classifies) {
  for (const ClassCase& c : kClassCases) {
    SCOPED_TRACE(c.requirement);
    EXPECT_EQ(Classify(c.client_is_ours, c.sender, c.recipient_is_ours),
              c.want);
  }
}

TEST_F(InsideTest, OrdinaryMailMayGoAnywhere) {
  for (const char* address : {"198.51.100.1", "10.0.0.1", "2001:db8:2::1"}) {
    EXPECT_TRUE(
        inside_.MayConnect(MailClass::kOrdinary, *IpAddress::Parse(address)));
  }
}

TEST_F(InsideTest, LocalOnlyMailStaysInside) {
  for (const char* inside : {"10.0.0.1", "10.255.255.255", "2001:db8:1::1",
                             "127.0.0.1", "::1", "::ffff:10.0.0.1"}) {
    EXPECT_TRUE(MayGoLocalOnly(inside)) << inside;
  }
  for (const char* outside : {"9.255.255.255", "11.0.0.0", "2001:db8:2::1",
                              "::ffff:198.51.100.1", "0.0.0.0", "::"}) {
    EXPECT_FALSE(MayGoLocalOnly(outside)) << outside;
  }
}

TEST_F(InsideTest, WithoutNetworksOnlyLoopbackIsInside) {
  const Inside nothing({});
  EXPECT_TRUE(nothing.MayConnect(MailClass::kLocalOnly,
                                 *IpAddress::Parse("127.0.0.1")));
  EXPECT_FALSE(
      nothing.MayConnect(MailClass::kLocalOnly, *IpAddress::Parse("10.0.0.1")));
}

TEST_F(InsideTest, NotEverythingCanBeInside) {
  for (const char* wide : {"0.0.0.0/0", "128.0.0.0/1", "10.0.0.0/7", "::/0",
                           "2000::/3", "2000::/15"}) {
    SCOPED_TRACE(wide);
    const NetworkSet networks =
        *NetworkSet::Parse({wide, "192.0.2.0/24", "fd00::/8"});
    const absl::Status checked = Inside::Check(networks);
    EXPECT_TRUE(absl::IsInvalidArgument(checked));
    EXPECT_TRUE(absl::StrContains(checked.message(), wide)) << checked;
    const Inside inside({.own_domains = {}, .networks = networks});
    for (const char* outside : {"203.0.113.1", "11.0.0.1", "2001:db8::1"}) {
      EXPECT_FALSE(
          inside.MayConnect(MailClass::kLocalOnly, *IpAddress::Parse(outside)));
    }
    for (const char* kept : {"192.0.2.1", "fd00::1"}) {
      EXPECT_TRUE(
          inside.MayConnect(MailClass::kLocalOnly, *IpAddress::Parse(kept)));
    }
  }
  EXPECT_TRUE(Inside::Check(*NetworkSet::Parse({"10.0.0.0/8", "2001::/16",
                                                "fc00::/7", "fe80::/10"}))
                  .ok());
}

TEST_F(InsideTest, RefusalNamesTheHost) {
  const smtp::Reply reply = Inside::Refusal("mx.example.com");
  EXPECT_EQ(reply.code(), 550);
  EXPECT_EQ(reply.status(), (smtp::EnhancedStatus{5, 7, 1}));
  EXPECT_TRUE(absl::StrContains(reply.text(), "mx.example.com"));
}

}  // namespace
}  // namespace mailsec::route
