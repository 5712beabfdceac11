// R3: local-only mail is never given an address outside the inside networks,
// whatever the configuration, the aliases, the routes and the DNS are; and
// ordinary mail is hindered by nothing.

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mailcore/dns/resolver.h"
#include "mailcore/route/alias_table.h"
#include "mailcore/route/inside.h"
#include "mailcore/route/mx_planner.h"
#include "mailcore/route/next_hops.h"
#include "mailcore/route/router.h"

namespace mailsec::route {
namespace {

using address::Address;
using address::Domain;
using address::ForwardPath;
using address::ReversePath;
using ip::IpAddress;
using ip::IpNetwork;
using ip::NetworkSet;

constexpr const char* kOwnDomains[] = {"example.org", "example.net",
                                       "lists.example.org"};
constexpr const char* kDomains[] = {"example.org",       "example.net",
                                    "lists.example.org", "dept.example.org",
                                    "example.com",       "far.example"};
constexpr const char* kHosts[] = {"a.example",  "b.example",      "c.example",
                                  "d.example",  "mx.example.org", "localhost",
                                  "192.0.2.99", "_odd.example",   "[10.0.0.1]"};
constexpr const char* kAddresses[] = {"10.0.0.1",        "10.255.255.255",
                                      "11.0.0.0",        "172.16.0.9",
                                      "2001:db8:1::1",   "2001:db8:2::1",
                                      "127.0.0.1",       "::1",
                                      "0.0.0.0",         "::",
                                      "192.0.2.25",      "198.51.100.1",
                                      "::ffff:10.0.0.7", "::ffff:203.0.113.77",
                                      "203.0.113.9",     "224.0.0.1"};
constexpr const char* kNetworks[] = {"10.0.0.0/8", "172.16.0.0/12",
                                     "2001:db8:1::/48", "203.0.113.8/31"};
constexpr const char* kNames[] = {"alice", "bob", "carol", "team"};

Domain D(const char* text) { return *Domain::Parse(text); }

class Dice {
 public:
  explicit Dice(uint64_t seed) : random_(seed) {}
  size_t Below(size_t n) { return random_() % n; }
  bool OneIn(size_t n) { return Below(n) == 0; }
  template <typename T, size_t n>
  const T& Of(const T (&values)[n]) {
    return values[Below(n)];
  }

 private:
  std::mt19937_64 random_;
};

// Answers anything at all, and something else the next time.
class RandomResolver : public dns::Resolver {
 public:
  explicit RandomResolver(uint64_t seed) : dice_(seed) {}

  absl::StatusOr<dns::MxAnswer> LookUpMx(const Domain& domain) override {
    const absl::Status fault = Fault(domain.ascii());
    if (!fault.ok()) return fault;
    dns::MxAnswer answer;
    for (size_t i = dice_.Below(5); i > 0; --i) {
      answer.records.push_back(
          {static_cast<uint16_t>(10 * dice_.Below(3)),
           dice_.OneIn(10) ? "" : std::string(dice_.Of(kHosts))});
    }
    return answer;
  }
  absl::StatusOr<dns::AddressAnswer> LookUpAddresses(
      const std::string& host) override {
    const absl::Status fault = Fault(host);
    if (!fault.ok()) return fault;
    dns::AddressAnswer answer;
    for (size_t i = dice_.Below(4); i > 0; --i) {
      answer.addresses.push_back(*IpAddress::Parse(dice_.Of(kAddresses)));
    }
    if (dice_.OneIn(5)) answer.canonical_name = dice_.Of(kHosts);
    return answer;
  }

 private:
  absl::Status Fault(const std::string& name) {
    switch (dice_.Below(12)) {
      case 0:
        return absl::UnavailableError(name);
      case 1:
        return absl::NotFoundError(name);
      case 2:
        return dns::NoSuchNameError(name);
      case 3:
        return absl::InternalError(name);
    }
    return absl::OkStatus();
  }

  Dice dice_;
};

std::string RandomHost(Dice& dice) {
  return dice.OneIn(2) ? dice.Of(kHosts) : dice.Of(kAddresses);
}

Destination NextHopOf(Dice& dice, Destination::Kind kind) {
  Destination to;
  to.kind = kind;
  to.host = dice.OneIn(8) ? "unix:/run/hop" : RandomHost(dice);
  to.port = 25;
  return to;
}

Router::Options RandomRoutes(Dice& dice) {
  Router::Options options;
  for (const char* name : kOwnDomains) {
    Destination mailboxes = NextHopOf(dice, Destination::Kind::kLmtp);
    if (dice.OneIn(4)) {
      mailboxes = {};
      mailboxes.kind = Destination::Kind::kMaildir;
      mailboxes.maildir_root = "/var/mail";
    }
    options.local_domains.push_back({D(name), {}, mailboxes});
    if (dice.OneIn(2)) break;
  }
  for (const char* name : {"dept.example.org", "example.com"}) {
    if (dice.OneIn(2)) continue;
    options.fixed_routes.push_back(
        {D(name), NextHopOf(dice, Destination::Kind::kSmtp)});
  }
  options.own_addresses = {*IpAddress::Parse("192.0.2.25")};
  options.allow_literals = dice.OneIn(2);
  switch (dice.Below(3)) {
    case 0:
      options.fallback = NextHopOf(dice, Destination::Kind::kSmtp);
      break;
    case 1:
      options.fallback.kind = Destination::Kind::kMx;
      break;
  }
  return options;
}

std::string RandomAddress(Dice& dice) {
  if (dice.OneIn(12)) {
    const IpAddress ip = *IpAddress::Parse(dice.Of(kAddresses));
    return absl::StrCat(dice.Of(kNames), "@",
                        address::AddressLiteral(ip).ToString());
  }
  return absl::StrCat(dice.Of(kNames), "@", dice.Of(kDomains));
}

// Aliases may point to any domain that is served, which the next hop of a
// domain that lies elsewhere makes as dangerous as a forward.
AliasTable RandomAliases(Dice& dice) {
  std::string text;
  for (const char* name : kNames) {
    if (dice.OneIn(2)) continue;
    absl::StrAppend(&text, name, "@", dice.Of(kOwnDomains), ": ",
                    RandomAddress(dice), "\n");
  }
  std::vector<Domain> served;
  for (const char* name : kDomains) served.push_back(D(name));
  absl::StatusOr<AliasTable> table = AliasTable::Parse(text, served, nullptr);
  return table.ok() ? *std::move(table) : AliasTable();
}

struct Message {
  bool client_is_ours;
  ReversePath sender;
  ForwardPath recipient;
};

Message RandomMessage(Dice& dice) {
  const std::string from = dice.OneIn(10) ? "" : RandomAddress(dice);
  return {.client_is_ours = !dice.OneIn(3),
          .sender = *ReversePath::Parse(absl::StrCat("<", from, ">")),
          .recipient = dice.OneIn(20) ? ForwardPath::Postmaster()
                                      : *ForwardPath::Parse(absl::StrCat(
                                            "<", RandomAddress(dice), ">"))};
}

// A mail server as far as this room goes.
struct World {
  World(Dice& dice, NetworkSet networks, uint64_t dns_seed)
      : router(*Router::Create(RandomRoutes(dice))),
        aliases(RandomAliases(dice)),
        inside({.own_domains = {D("example.org"), D("example.net")},
                .networks = std::move(networks)}),
        dns(dns_seed),
        planner({.own_names = {D("mx.example.org")},
                 .own_addresses = {*IpAddress::Parse("192.0.2.25")},
                 .allow_loopback = dice.OneIn(2)},
                &dns) {}

  MailClass Classify(const Message& message) const {
    const Address* to = message.recipient.address();
    const bool is_ours =
        router.IsLocal(message.recipient) ||
        (to->domain() != nullptr && inside.Owns(*to->domain()));
    return inside.Classify(message.client_is_ours, message.sender, is_ours);
  }

  // As delivery does: aliases first, then the route of each, then its hops.
  std::vector<NextHops> Deliver(const Message& message, MailClass mail_class) {
    std::vector<ForwardPath> recipients = {message.recipient};
    if (const auto owner = router.MailboxOwner(message.recipient)) {
      const std::vector<Address> targets = aliases.Expand(*owner);
      if (!targets.empty()) recipients.clear();
      for (const Address& target : targets) recipients.emplace_back(target);
    }
    std::vector<NextHops> all;
    const NextHopFinder finder(&inside, &planner, &dns);
    for (const ForwardPath& recipient : recipients) {
      const Destination to = router.Route(recipient);
      if (to.kind == Destination::Kind::kMaildir) continue;
      all.push_back(finder.Find(to, mail_class, 1));
    }
    return all;
  }

  Router router;
  AliasTable aliases;
  Inside inside;
  RandomResolver dns;
  MxPlanner planner;
};

class LocalOnlyPropertyTest : public testing::Test {
 protected:
  // The slow and obvious way.
  static bool IsInside(const std::vector<IpNetwork>& networks,
                       const IpAddress& address) {
    return address.IsLoopback() ||
           std::any_of(networks.begin(), networks.end(),
                       [&](const IpNetwork& n) { return n.Contains(address); });
  }

  void Check(uint64_t seed) {
    Dice dice(seed);
    std::vector<IpNetwork> networks;
    for (const char* network : kNetworks) {
      if (dice.OneIn(2)) networks.push_back(*IpNetwork::Parse(network));
    }
    // The same world twice: with these networks, and with none.
    Dice twin = dice;
    World world(dice, NetworkSet(networks), seed);
    World bare(twin, NetworkSet(), seed);
    const Message message = RandomMessage(dice);
    const MailClass mail_class = world.Classify(message);
    const std::vector<NextHops> got = world.Deliver(message, mail_class);
    const std::vector<NextHops> free =
        bare.Deliver(message, MailClass::kOrdinary);
    ASSERT_EQ(got.size(), free.size());
    for (size_t i = 0; i < got.size(); ++i) {
      if (mail_class == MailClass::kOrdinary) {
        ExpectUnhindered(got[i], free[i]);
      } else {
        ExpectInside(got[i], free[i], networks);
      }
    }
  }

  void ExpectUnhindered(const NextHops& got, const NextHops& free) {
    EXPECT_EQ(got.hops, free.hops);
    EXPECT_EQ(got.failure, free.failure);
    EXPECT_EQ(got.unix_path, free.unix_path);
    EXPECT_FALSE(got.kept_inside);
    if (!got.hops.empty()) ++sent_;
  }

  void ExpectInside(const NextHops& got, const NextHops& free,
                    const std::vector<IpNetwork>& networks) {
    std::vector<NextHop> want;
    for (const NextHop& hop : free.hops) {
      if (IsInside(networks, hop.address)) want.push_back(hop);
    }
    for (const NextHop& hop : got.hops) {
      EXPECT_TRUE(IsInside(networks, hop.address)) << hop.address.ToString();
    }
    EXPECT_EQ(got.hops, want) << "no more and no less than what is inside";
    EXPECT_EQ(got.unix_path, free.unix_path);
    EXPECT_EQ(got.kept_inside, want.empty() && !free.hops.empty());
    if (!got.hops.empty()) ++sent_inside_;
    if (got.kept_inside) ++kept_inside_;
  }

  int sent_ = 0;
  int sent_inside_ = 0;
  int kept_inside_ = 0;
};

TEST_F(LocalOnlyPropertyTest, LocalOnlyMailNeverGetsAnAddressOutside) {
  constexpr uint64_t kWorlds = 40000;
  for (uint64_t seed = 0; seed < kWorlds && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    Check(seed);
  }
  // It has been put to the test: each way happened often.
  EXPECT_GT(sent_, 1000);
  EXPECT_GT(sent_inside_, 1000);
  EXPECT_GT(kept_inside_, 1000);
}

}  // namespace
}  // namespace mailsec::route
