#include "mailcore/server/deliver/host_search.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace mailsec::server {
namespace {

using route::HostHealth;
using Search = HostHealth::Search;

route::NextHops Exchangers(int count) {
  route::NextHops hops;
  for (int i = 1; i <= count; ++i) {
    hops.hops.push_back(
        {.host = absl::StrCat("mx", i, ".example"),
         .address = *ip::IpAddress::Parse(absl::StrCat("192.0.2.", i)),
         .port = 25});
  }
  return hops;
}

class HostSearchTest : public testing::Test {
 protected:
  HostSearch Begin(int hosts, Search search = Search::kUsual) {
    return HostSearch(HostsOf(Exchangers(hosts)), &health_, search,
                      absl::Minutes(2), now_);
  }
  // The number of the next host; it fails, after a time.
  int Fail(HostSearch& search, absl::Duration after = absl::ZeroDuration(),
           HostFault fault = {.why = "mx is down"}) {
    const Host* host = search.Next();
    if (host == nullptr) return 0;
    now_ += after;
    search.Spent(after);
    search.Failed(*host, fault, now_);
    return host->name[2] - '0';
  }

  HostHealth health_{{}};
  absl::Duration now_ = absl::Hours(1);
};

TEST_F(HostSearchTest, NamesHostsForPeople) {
  route::NextHops hops = Exchangers(1);
  hops.hops.push_back({.host = "192.0.2.9",
                       .address = *ip::IpAddress::Parse("192.0.2.9"),
                       .port = 2525});
  const std::vector<Host> hosts = HostsOf(hops);
  EXPECT_EQ(hosts[0].name, "mx1.example [192.0.2.1]");
  EXPECT_EQ(hosts[1].name, "[192.0.2.9]");
  EXPECT_NE(hosts[0].Key(), hosts[1].Key());
  route::NextHops local;
  local.unix_path = "/run/lmtp";
  EXPECT_EQ(HostsOf(local).at(0).name, "/run/lmtp");
}

TEST_F(HostSearchTest, EachHostIsAskedOnce) {
  HostSearch search = Begin(3);
  EXPECT_EQ(search.NextName(), "mx1.example [192.0.2.1]");
  EXPECT_EQ(Fail(search), 1);
  EXPECT_EQ(Fail(search), 2);
  EXPECT_TRUE(search.others_left());
  EXPECT_EQ(Fail(search), 3);
  EXPECT_FALSE(search.others_left());
  EXPECT_EQ(search.Next(), nullptr);
  EXPECT_EQ(search.Verdict().reply.ToString(), "451 4.4.1 mx is down");
}

TEST_F(HostSearchTest, WhenTheTimeIsOverNoHostIsBegunWith) {
  HostSearch search = Begin(9);
  for (int i = 1; i <= 4; ++i) {
    EXPECT_EQ(Fail(search, absl::Seconds(30)), i);
  }
  EXPECT_EQ(search.Next(), nullptr);
  HostSearch next = Begin(9, Search::kGoesOn);
  EXPECT_EQ(Fail(next), 5) << "the next attempt goes on behind it";
}

TEST_F(HostSearchTest, AClosedConnectionIsRenewedFirst) {
  HostSearch search = Begin(3);
  const Host second = HostsOf(Exchangers(3))[1];
  search.PutFirst(second);
  EXPECT_EQ(Fail(search), 2);
  EXPECT_EQ(Fail(search), 1);
  EXPECT_EQ(Fail(search), 3);
  search.PutFirst(second);  // It was good for a message meanwhile.
  EXPECT_EQ(Fail(search), 2);
  EXPECT_EQ(search.Next(), nullptr);
  search.PutFirst(HostsOf(Exchangers(9))[8]);
  EXPECT_EQ(search.Next(), nullptr) << "it is not of the list any more";
}

TEST_F(HostSearchTest, AHostThatHungWhileInUseIsNotAskedAgain) {
  HostSearch search = Begin(2);
  search.Failed(HostsOf(Exchangers(2))[0], {.why = "timed out"}, now_);
  EXPECT_EQ(Fail(search), 2);
  EXPECT_EQ(search.Next(), nullptr);
}

// RFC 7504, 3: such a host never takes mail.
TEST_F(HostSearchTest, OnlyIfEveryHostTakesNoMailItIsForGood) {
  const HostFault no_mail = {.why = "521 no mail", .takes_no_mail = true};
  HostSearch all = Begin(2);
  EXPECT_EQ(Fail(all, absl::ZeroDuration(), no_mail), 1);
  EXPECT_FALSE(all.Verdict().reply.IsPermanent());
  EXPECT_EQ(Fail(all, absl::ZeroDuration(), no_mail), 2);
  EXPECT_EQ(all.Verdict().reply.ToString(), "521 5.3.2 521 no mail");
  EXPECT_TRUE(all.Verdict().from_peer);

  now_ += absl::Hours(1);
  HostSearch some = Begin(2);
  Fail(some, absl::ZeroDuration(), no_mail);
  Fail(some);
  EXPECT_TRUE(some.Verdict().reply.IsTransient());
  EXPECT_TRUE(Begin(0).Verdict().reply.IsTransient());
}

// R3.
TEST_F(HostSearchTest, KnowsIfNoHostMayBeAsked) {
  HostSearch search = Begin(2);
  search.Forbidden(*search.Next());
  EXPECT_FALSE(search.all_forbidden());
  search.Forbidden(*search.Next());
  EXPECT_TRUE(search.all_forbidden());
  EXPECT_EQ(health_.failures(HostsOf(Exchangers(1))[0].Key()), 0);
}

}  // namespace
}  // namespace mailsec::server
