// R24: a flood of a million mails with forged senders from 10,000 domains. What
// a server that answers all of them sends stays within bounds that are counted
// here anew, slowly and without a token bucket.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mailcore/policy/governor.h"

namespace mailsec::policy {
namespace {

using address::Address;
using address::Domain;
using message::ContentVerdict;

constexpr int kMails = 1000000;
constexpr int kDomains = 10000;
constexpr int kHostedDomains = 2000;  // At one public provider.
const absl::Time kStart = absl::FromUnixSeconds(1795600800);
// A mail each 20 ms: the flood takes five and a half hours.
constexpr absl::Duration kStep = absl::Milliseconds(20);

// Counts what was sent to each key, and says whether it was ever more than the
// bound allows: a level that rises by one with each mail, sinks by one in each
// interval, and may never be above the burst.
class Ledger {
 public:
  Ledger(uint32_t burst, absl::Duration interval)
      : burst_(burst), interval_(interval) {}

  // False if this was too much.
  bool Add(absl::string_view key, absl::Time now) {
    Account& account = accounts_[key];
    if (account.sent > 0) {
      account.level =
          std::max(0.0, account.level -
                            absl::FDivDuration(now - account.last, interval_));
    }
    account.last = now;
    ++account.sent;
    account.level += 1;
    return account.level <= burst_ + 1e-6;
  }
  int64_t sent(absl::string_view key) const {
    const auto found = accounts_.find(key);
    return found == accounts_.end() ? 0 : found->second.sent;
  }
  // Of one key over the whole flood, at most.
  int64_t Ceiling(absl::Duration flood) const {
    return burst_ + flood / interval_ + 1;
  }
  int64_t most() const {
    int64_t most = 0;
    for (const auto& account : accounts_) {
      most = std::max(most, account.second.sent);
    }
    return most;
  }

 private:
  struct Account {
    int64_t sent = 0;
    double level = 0;
    absl::Time last;
  };

  const uint32_t burst_;
  const absl::Duration interval_;
  absl::flat_hash_map<std::string, Account> accounts_;
};

// What one server answers each mail with.
AutomaticMail AnswerTo(const std::string& sender, int domain,
                       AutomaticKind kind, ContentVerdict verdict) {
  const Address address = *Address::Parse(sender);
  AutomaticMail mail = {.kind = kind,
                        .verdict = verdict,
                        .answered = address::ReversePath(address),
                        .author = *Address::Parse("bob@example.org"),
                        .target = address};
  if (domain < kHostedDomains) {
    mail.exchangers = {absl::StrCat("mx", domain % 7, ".mailhost.example")};
  }
  return mail;
}

Governor::Options Bounds() {
  Governor::Options options;
  options.own_domains = {*Domain::Parse("example.org")};
  options.public_providers = {*Domain::Parse("mailhost.example")};
  options.seed = {1, 2};
  return options;
}

constexpr AutomaticKind kAnswers[] = {AutomaticKind::kAbsenceNotice,
                                      AutomaticKind::kNotification,
                                      AutomaticKind::kReceipt};

TEST(FloodTest, AMillionForgedSendersFrom10000Domains) {
  const Governor::Options bounds = Bounds();
  Governor governor(bounds);
  Ledger addresses(bounds.per_address.burst, bounds.per_address.interval);
  Ledger domains(bounds.per_domain.burst, bounds.per_domain.interval);
  Ledger exchangers(bounds.per_exchanger.burst, bounds.per_exchanger.interval);
  Ledger total(bounds.notices.burst, bounds.notices.interval);
  std::mt19937 random(1);
  int64_t sent = 0;
  absl::Time now = kStart;
  for (int i = 0; i < kMails; ++i, now += kStep) {
    const int domain = static_cast<int>(random() % kDomains);
    const AutomaticKind kind = kAnswers[random() % 3];
    const std::string host =
        absl::StrCat("s", random() % 1000, ".d", domain, ".example");
    const std::string sender = absl::StrCat("u", i, "@", host);
    if (!governor
             .Decide(AnswerTo(sender, domain, kind, ContentVerdict::kClean),
                     now)
             .allowed()) {
      continue;
    }
    ++sent;
    ASSERT_TRUE(addresses.Add(sender, now));
    ASSERT_TRUE(domains.Add(absl::StrCat("d", domain, ".example"), now));
    if (domain < kHostedDomains) {
      ASSERT_TRUE(exchangers.Add("mailhost.example", now));
    }
    if (kind != AutomaticKind::kNotification) {
      ASSERT_TRUE(total.Add("", now));
    }
  }
  const absl::Duration flood = now - kStart;
  EXPECT_LE(domains.most(), domains.Ceiling(flood));
  EXPECT_LE(exchangers.most(), exchangers.Ceiling(flood));
  EXPECT_LE(total.sent(""), total.Ceiling(flood));
  EXPECT_LT(sent, kMails / 2);
  EXPECT_GT(sent, 0);
  RecordProperty("sent", static_cast<int>(sent));
  EXPECT_LE(governor.memory_octets(), size_t{100} << 20);
}

TEST(FloodTest, OneVictimAmongThemGetsNoMoreThanItsBound) {
  const Governor::Options bounds = Bounds();
  Governor governor(bounds);
  Ledger victim(bounds.per_address.burst, bounds.per_address.interval);
  int64_t sent = 0;
  absl::Time now = kStart;
  for (int i = 0; i < kMails; ++i, now += kStep) {
    // VERP, other hosts' spelling, other kinds: it is one mailbox.
    const std::string sender =
        absl::StrCat(i % 2 == 0 ? "Victim+" : "victim+", i, "@Example.com");
    sent += governor
                .Decide(AnswerTo(sender, kDomains, kAnswers[i % 3],
                                 ContentVerdict::kClean),
                        now)
                .allowed() &&
            victim.Add("victim", now);
  }
  EXPECT_EQ(sent, victim.sent("victim"));
  EXPECT_LE(sent, victim.Ceiling(now - kStart));
  // Five, and one each half hour.
  EXPECT_EQ(sent, 5 + (now - kStart) / absl::Minutes(30));
}

TEST(FloodTest, NothingIsSentAboutWhatIsNotClean) {
  Governor governor(Bounds());
  absl::Time now = kStart;
  for (int i = 0; i < kMails / 10; ++i, now += kStep) {
    const ContentVerdict verdict = i % 3 == 0   ? ContentVerdict::kUnknown
                                   : i % 3 == 1 ? ContentVerdict::kSpam
                                                : ContentVerdict::kMalware;
    const std::string sender =
        absl::StrCat("u", i, "@d", i % kDomains, ".example");
    ASSERT_FALSE(
        governor.Decide(AnswerTo(sender, 0, kAnswers[i % 3], verdict), now)
            .allowed());
  }
}

TEST(FloodTest, RestartsAmidTheFloodGiveNothing) {
  const Governor::Options bounds = Bounds();
  auto governor = std::make_unique<Governor>(bounds);
  int64_t sent = 0;
  absl::Time now = kStart;
  for (int i = 0; i < 100000; ++i, now += kStep) {
    if (i % 1000 == 999) {
      const std::string saved = governor->SaveBounds(now);
      governor = std::make_unique<Governor>(bounds);
      ASSERT_TRUE(governor->LoadBounds(saved).ok());
    }
    sent += governor
                ->Decide(AnswerTo("victim@example.com", kDomains,
                                  kAnswers[i % 3], ContentVerdict::kClean),
                         now)
                .allowed();
  }
  EXPECT_EQ(sent, 5 + (now - kStart) / absl::Minutes(30));
}

}  // namespace
}  // namespace mailsec::policy
