// What the cache knows, and that a reload never mixes what two configurations
// have found.

#include "mailcore/server/deliver/hop_cache.h"

#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mailcore/server/config/settings.h"
#include "mailcore/testing/fake_resolver.h"
#include "mailcore/testing/manual_clock.h"

namespace mailsec::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A routing whose smarthost hop.example has this address.
class OneRouting {
 public:
  explicit OneRouting(const char* address) {
    dns_.SetAddresses("hop.example", {*ip::IpAddress::Parse(address)});
    Settings settings;
    EXPECT_TRUE(ParseSettings(R"(
        hostname: "mx.example.org" administrator: "a@example.org"
        deputy: "b@example.org" listen { address: "127.0.0.1" }
        local_domain { name: "example.org" recipients_file: "r"
                       maildir_root: "mail" }
        smarthost { host: "hop.example" })",
                              "F", &settings)
                    .empty());
    routing_ = *MakeRouting(settings, route::AliasTable(), {}, &dns_);
  }
  const std::shared_ptr<const Routing>& operator*() const { return routing_; }
  dns::FakeResolver& dns() { return dns_; }

 private:
  dns::FakeResolver dns_;
  std::shared_ptr<const Routing> routing_;
};

class HopCacheTest : public testing::Test {
 protected:
  void Find(const OneRouting& routing) {
    const route::Destination to = (*routing)->router.Route(
        *address::ForwardPath::Parse("<a@elsewhere.example>"));
    cache_.Find(*routing, to, route::MailClass::kOrdinary,
                [this](const route::NextHops& hops) {
                  ASSERT_EQ(hops.hops.size(), 1u);
                  found_.push_back(hops.hops[0].address.ToString());
                });
  }
  // Waits for the lookups that are under way.
  std::vector<std::string> Found() {
    loop_.restart();
    loop_.run();
    return std::exchange(found_, {});
  }

  ManualClock clock_;
  boost::asio::io_context loop_;
  io::WorkerPool pool_{1, 100};
  HopCache cache_{&pool_, &clock_, &loop_};
  OneRouting old_{"192.0.2.1"};
  OneRouting new_{"192.0.2.2"};
  std::vector<std::string> found_;
};

TEST_F(HopCacheTest, AsksOnceForAllAndRemembers) {
  Find(old_);
  Find(old_);
  EXPECT_THAT(Found(), ElementsAre("192.0.2.1", "192.0.2.1"));
  const int lookups = old_.dns().lookups();
  Find(old_);
  EXPECT_THAT(found_, ElementsAre("192.0.2.1"));  // At once.
  EXPECT_EQ(old_.dns().lookups(), lookups);
  found_.clear();
  cache_.Clear();
  Find(old_);
  EXPECT_THAT(found_, IsEmpty());
  EXPECT_THAT(Found(), ElementsAre("192.0.2.1"));
}

TEST_F(HopCacheTest, WhatOneRoutingFoundIsNotAnothersAnswer) {
  Find(old_);
  EXPECT_THAT(Found(), ElementsAre("192.0.2.1"));
  Find(new_);
  EXPECT_THAT(Found(), ElementsAre("192.0.2.2"));
  Find(old_);
  EXPECT_THAT(Found(), ElementsAre("192.0.2.1"));
}

// A lookup of the old routing is under way when the first question by the new
// one comes, and ends after it.
TEST_F(HopCacheTest, ALookupThatOutlivesAReloadAnswersWhoAskedBefore) {
  std::promise<void> open;
  ASSERT_TRUE(pool_.Run([gate = open.get_future().share()] { gate.wait(); }));
  Find(old_);
  Find(new_);
  open.set_value();
  EXPECT_THAT(Found(), ElementsAre("192.0.2.1", "192.0.2.2"));
  Find(new_);
  EXPECT_THAT(found_, ElementsAre("192.0.2.2"));
}

}  // namespace
}  // namespace mailsec::server
