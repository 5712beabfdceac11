// Rewritten senders: what they look like, and whose they were.

#include "mailcore/autoreply/srs.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mailcore/autoreply/memory_srs_table.h"
#include "mailcore/testing/failing_srs_table.h"

namespace mailsec::autoreply {
namespace {

using address::Address;
using address::Domain;
using address::ReversePath;
using policy::Verdict;

constexpr char kSecret[] = "a secret of thirty-two octets, or more";
constexpr char kOldSecret[] = "another secret of thirty-two octets....";

// Day 0 of the circle of 1024 days.
const absl::Time kDay0 =
    absl::FromUnixSeconds(int64_t{1024} * 20 * 24 * 60 * 60);
absl::Time Day(int day) { return kDay0 + absl::Hours(24) * day; }

Address At(absl::string_view text) { return *Address::Parse(text); }
ReversePath From(absl::string_view text) { return ReversePath(At(text)); }

class SrsTest : public testing::Test {
 protected:
  static Srs::Options Options(std::vector<std::string> secrets = {kSecret}) {
    return {.domain = *Domain::Parse("fwd.example.org"),
            .own_domains = {*Domain::Parse("example.org")},
            .secrets = std::move(secrets)};
  }
  Srs Make(Srs::Options options) { return *Srs::Create(options, &table_); }
  Srs Make() { return Make(Options()); }

  // The address that stands in MAIL of the forward.
  static Address Forwarded(const Srs& srs, absl::string_view sender,
                           absl::Time now = Day(100)) {
    const absl::StatusOr<ReversePath> path = srs.Forward(From(sender), now);
    EXPECT_TRUE(path.ok()) << path.status();
    return *path->address();
  }
  static std::string Reversed(const Srs& srs, const Address& recipient,
                              absl::Time now = Day(100)) {
    const SrsAnswer answer = srs.Reverse(recipient, now);
    return answer.original ? answer.original->ToString()
                           : std::string(answer.decision.rule->name);
  }

  FailingSrsTable table_;
};

// "SRS0=****************=TT=…": the hash depends on the secret.
std::string Structure(const Address& address) {
  std::string text = address.ToString();
  const size_t start = absl::StartsWith(text, "SRS1") ? 7 : 5;
  return text.replace(start, 16, "HASH");
}

// ---------------------------------------------------------------------------
// There and back

struct WayCase {
  const char* name;
  const char* sender;
  const char* want;      // Its structure; day 100 is DE.
  const char* original;  // What comes back; nullptr: the sender.
};

const WayCase kWays[] = {
    {"Simple", "alice@example.com",
     "SRS0=HASH=DE=example.com=alice@fwd.example.org", nullptr},
    {"CaseIsKept", "Alice.B@Example.COM",
     "SRS0=HASH=DE=example.com=Alice.B@fwd.example.org", "Alice.B@example.com"},
    {"Separators", "a=b+c-d=@x-y.example",
     "SRS0=HASH=DE=x-y.example=a=b+c-d=@fwd.example.org", nullptr},
    {"VerpOfAnother", "bounce+bob=example.org@list.example",
     "SRS0=HASH=DE=list.example=bounce+bob=example.org@fwd.example.org",
     nullptr},
    {"LooksLikeSrsAndIsNone", "srs0alice@example.com",
     "SRS0=HASH=DE=example.com=srs0alice@fwd.example.org", nullptr},
    {"InternationalDomainAsAlabels",
     "a@b\xC3\xBC"
     "cher.example",
     "SRS0=HASH=DE=xn--bcher-kva.example=a@fwd.example.org",
     "a@xn--bcher-kva.example"},
    {"SecondHop", "SRS0=ab12=XY=example.com=alice@hop.example",
     "SRS1=DEHASH=hop.example==ab12=XY=example.com=alice@fwd.example.org",
     nullptr},
    {"SecondHopWithAnotherSeparator", "SRS0+ab12=XY=a.example=al@hop.example",
     "SRS1=DEHASH=hop.example=+ab12=XY=a.example=al@fwd.example.org", nullptr},
    {"SecondHopInLowerCase", "srs0-ab12=xy=a.example=al@hop.example",
     "SRS1=DEHASH=hop.example=-ab12=xy=a.example=al@fwd.example.org",
     "SRS0-ab12=xy=a.example=al@hop.example"},
    {"ThirdHopLeavesTheSecondOut",
     "SRS1=cd34=hop.example==ab12=XY=a.example=al@next.example",
     "SRS1=DEHASH=hop.example==ab12=XY=a.example=al@fwd.example.org",
     "SRS0=ab12=XY=a.example=al@hop.example"},
    {"ThirdHopWithOtherSeparators",
     "srs1-cd34=hop.example=+ab12=XY=a.example=al@next.example",
     "SRS1=DEHASH=hop.example=+ab12=XY=a.example=al@fwd.example.org",
     "SRS0+ab12=XY=a.example=al@hop.example"},
    {"Empty", "\"\"@example.com", "SRS0=HASH=DE=example.com=@fwd.example.org",
     nullptr},
    {"NoFirstHopInIt", "SRS1=cd34=al@next.example",
     "SRS0=HASH=DE=next.example=SRS1=cd34=al@fwd.example.org", nullptr},
    {"NoDomainOfAFirstHop", "SRS1=cd34=-bad-==x=y@next.example",
     "SRS0=HASH=DE=next.example=SRS1=cd34=-bad-==x=y@fwd.example.org", nullptr},
    {"NoSrs0OfAFirstHop", "SRS1=cd34=hop.example=x=y@next.example",
     "SRS0=HASH=DE=next.example=SRS1=cd34=hop.example=x=y@fwd.example.org",
     nullptr},
};

class WayTest : public SrsTest, public testing::WithParamInterface<WayCase> {};

TEST_P(WayTest, ThereAndBack) {
  const WayCase& c = GetParam();
  const Srs srs = Make();
  const Address forwarded = Forwarded(srs, c.sender);
  EXPECT_EQ(Structure(forwarded), c.want);
  const std::string back = c.original != nullptr ? c.original : c.sender;
  EXPECT_EQ(Reversed(srs, forwarded), back);
  // Whatever the remote side does to the case of its letters (SRS-01).
  const std::string text = forwarded.ToString();
  for (const std::string& other :
       {absl::AsciiStrToLower(text), absl::AsciiStrToUpper(text)}) {
    EXPECT_TRUE(absl::EqualsIgnoreCase(Reversed(srs, At(other)), back))
        << other << " became " << Reversed(srs, At(other));
  }
}

INSTANTIATE_TEST_SUITE_P(Table, WayTest, testing::ValuesIn(kWays),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

TEST_F(SrsTest, WhatNeedsNoRewritingStays) {
  const Srs srs = Make();
  EXPECT_TRUE(srs.Forward(ReversePath(), Day(0))->IsNull());
  for (const char* own :
       {"bob@example.org", "BOB@Example.ORG", "x@fwd.example.org",
        "SRS0=ab12=XY=example.com=alice@fwd.example.org"}) {
    EXPECT_EQ(Forwarded(srs, own).ToString(), own);
  }
  // A subdomain is not ours unless it is named.
  EXPECT_TRUE(
      absl::StartsWith(Forwarded(srs, "a@x.example.org").ToString(), "SRS0="));
}

// SRS-06
TEST_F(SrsTest, WhatIsNotOursIsNotTouched) {
  const Srs srs = Make();
  for (const char* other :
       {"SRS0=ab12=XY=example.com=alice@other.example",
        "SRS1=ab12=hop.example==cd=XY=a.example=al@example.org",
        "alice@fwd.example.org", "srs0@fwd.example.org", "SRS0@fwd.example.org",
        "SRS2=a=b=c=d@fwd.example.org",
        "SRS0.ab12=XY=example.com=alice@fwd.example.org",
        "SRS0=ab12=XY=example.com=alice@[192.0.2.1]",
        "SRS0=ab12=XY=example.com=alice@x.fwd.example.org"}) {
    EXPECT_FALSE(srs.IsOurs(At(other))) << other;
    const SrsAnswer answer = srs.Reverse(At(other), Day(0));
    EXPECT_EQ(answer.outcome, SrsOutcome::kNotOurs) << other;
    EXPECT_FALSE(answer.original) << other;
    EXPECT_EQ(answer.decision.rule->name, "srs.not-ours");
  }
}

// Each hop has its own secret and domain; a table keeps what does not fit.
TEST_F(SrsTest, AChainOfHopsLeadsBack) {
  std::vector<Srs> hops;
  std::map<std::string, size_t> hop_of;
  for (size_t i = 0; i < 6; ++i) {
    Srs::Options options = Options({absl::StrCat(kSecret, i)});
    options.domain = *Domain::Parse(absl::StrCat("h", i, ".example"));
    options.own_domains = {};
    options.separator = "=+-"[i % 3];
    hops.push_back(Make(options));
    hop_of[options.domain.ascii()] = i;
  }
  std::string sender = "al@a.example";
  for (size_t i = 0; i < hops.size(); ++i) {
    sender = Forwarded(hops[i], sender).ToString();
    EXPECT_LE(At(sender).local_part().size(), 64) << sender;
    std::string bounce = sender;
    size_t steps = 0;
    while (bounce != "al@a.example") {
      ASSERT_LE(++steps, i + 1) << sender;
      const Address at = At(bounce);
      ASSERT_TRUE(hop_of.contains(at.domain()->ascii())) << bounce;
      bounce = Reversed(hops[hop_of[at.domain()->ascii()]], at);
    }
  }
}

TEST_F(SrsTest, AForwardLoopDoesNotGrow) {
  const Srs a = Make();
  Srs::Options options = Options({kOldSecret});
  options.domain = *Domain::Parse("b.example");
  options.own_domains = {};
  const Srs b = Make(options);
  std::string sender = "al@a.example";
  size_t longest = 0;
  for (int i = 0; i < 20; ++i) {
    sender = Forwarded(i % 2 == 0 ? a : b, sender).ToString();
    longest = std::max(longest, sender.size());
    if (i == 2) longest = sender.size();
    if (i > 2) {
      EXPECT_LE(sender.size(), longest + 20) << sender;
    }
  }
}

// ---------------------------------------------------------------------------
// What does not fit (SRS-02)

struct TokenCase {
  const char* name;
  std::string sender;
};

const TokenCase kTokens[] = {
    {"LongLocalPart", "bounce+" + std::string(57, 'x') + "@long.example.com"},
    {"VeryLongLocalPart", std::string(200, 'x') + "@a.example"},
    {"LongDomain", "a@" + std::string(60, 'd') + ".example"},
    {"Quoted", "\"j doe\"@example.com"},
    {"QuotedAt", "\"a@b\"@example.com"},
    {"International", "gr\xC3\xBC\xC3\x9F@example.com"},
    {"Literal", "alice@[192.0.2.1]"},
    {"Ipv6Literal", "alice@[IPv6:2001:db8::1]"},
    {"LongChain",
     "SRS0=ab12=XY=example.com=" + std::string(30, 'x') + "@hop.example"},
};

class TokenTest : public SrsTest,
                  public testing::WithParamInterface<TokenCase> {};

TEST_P(TokenTest, IsKeptInTheTable) {
  const Srs srs = Make();
  const std::string& sender = GetParam().sender;
  const Address forwarded = Forwarded(srs, sender);
  EXPECT_EQ(forwarded.local_part().size(), 42);
  EXPECT_FALSE(forwarded.needs_smtputf8());
  EXPECT_EQ(Structure(forwarded).substr(0, 14), "SRS0=HASH=DE==");
  EXPECT_EQ(Reversed(srs, forwarded), sender);
  const std::string text = forwarded.ToString();
  EXPECT_EQ(Reversed(srs, At(absl::AsciiStrToLower(text))), sender);
  EXPECT_EQ(Reversed(srs, forwarded, Day(121)), sender);
  EXPECT_EQ(Reversed(srs, forwarded, Day(122)), "srs.expired");
  // Another day, the same row.
  const Address tomorrow = Forwarded(srs, sender, Day(101));
  EXPECT_NE(tomorrow, forwarded);
  EXPECT_EQ(table_.size(), 1);
  EXPECT_EQ(Reversed(srs, tomorrow, Day(122)), sender);
}

TEST_P(TokenTest, WithoutATableItCannotBeForwarded) {
  const Srs srs = *Srs::Create(Options(), nullptr);
  EXPECT_TRUE(absl::IsFailedPrecondition(
      srs.Forward(From(GetParam().sender), Day(0)).status()));
  EXPECT_EQ(Reversed(srs, Forwarded(Make(), GetParam().sender)),
            "srs.unknown-token");
}

INSTANTIATE_TEST_SUITE_P(Table, TokenTest, testing::ValuesIn(kTokens),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

TEST_F(SrsTest, ThereIsNoGapBetweenWhatFitsAndTheTable) {
  const Srs srs = Make();
  for (size_t length = 1; length < 240; ++length) {
    const std::string sender = std::string(length, 'x') + "@a.example";
    const Address forwarded = Forwarded(srs, sender);
    EXPECT_LE(forwarded.local_part().size(), 64);
    EXPECT_LE(forwarded.ToString().size(), address::kMaxPathOctets - 2);
    EXPECT_EQ(Reversed(srs, forwarded), sender) << length;
  }
  EXPECT_EQ(table_.size(), 239 - (64 - 26 - 9));
}

TEST_F(SrsTest, ATableThatCannotTellPutsOff) {
  const Srs srs = Make();
  const Address forwarded = Forwarded(srs, "\"j doe\"@example.com");
  table_.FailWith(absl::UnavailableError("the disk is gone"));
  EXPECT_TRUE(absl::IsUnavailable(
      srs.Forward(From("\"x y\"@example.com"), Day(100)).status()));
  const SrsAnswer answer = srs.Reverse(forwarded, Day(100));
  EXPECT_EQ(answer.outcome, SrsOutcome::kCannotTell);
  EXPECT_EQ(answer.decision.verdict, Verdict::kCannotTell);
  EXPECT_EQ(answer.decision.reply.ToString().substr(0, 9), "451 4.3.0");
  EXPECT_TRUE(absl::StrContains(answer.decision.Explain(), "disk is gone"));
  // What fits does not need it.
  EXPECT_EQ(Reversed(srs, Forwarded(srs, "alice@example.com")),
            "alice@example.com");
  table_.FailWith(absl::OkStatus());
  EXPECT_EQ(Reversed(srs, forwarded), "\"j doe\"@example.com");
}

TEST_F(SrsTest, ATokenThatNobodyKnowsIsRefused) {
  const Srs srs = Make();
  MemorySrsTable other;
  const Srs elsewhere = *Srs::Create(Options(), &other);
  const SrsAnswer answer =
      srs.Reverse(Forwarded(elsewhere, "\"j doe\"@example.com"), Day(100));
  EXPECT_EQ(answer.outcome, SrsOutcome::kRefused);
  EXPECT_EQ(answer.decision.rule->name, "srs.unknown-token");
  EXPECT_EQ(answer.decision.reply.ToString().substr(0, 9), "550 5.1.1");
}

TEST_F(SrsTest, AFullTableForwardsNothing) {
  MemorySrsTable small(1);
  const Srs srs = *Srs::Create(Options(), &small);
  ASSERT_TRUE(srs.Forward(From("\"a b\"@example.com"), Day(0)).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(
      srs.Forward(From("\"c d\"@example.com"), Day(0)).status()));
  EXPECT_TRUE(srs.Forward(From("\"c d\"@example.com"), Day(30)).ok());
}

// ---------------------------------------------------------------------------
// Days (SRS-04)

TEST_F(SrsTest, ItsDaysAreCountedModulo1024) {
  const Srs srs = Make();
  for (const int made : {0, 1, 22, 511, 512, 1000, 1022, 1023, 1024, 1025}) {
    for (const char* sender :
         {"alice@example.com", "SRS0=a=XY=b.example=c@hop.example"}) {
      const Address forwarded = Forwarded(srs, sender, Day(made));
      for (int age = -3; age < 1024 - 3; ++age) {
        const SrsAnswer answer = srs.Reverse(forwarded, Day(made + age));
        const bool valid = age >= 0 && age <= 21;
        ASSERT_EQ(answer.outcome == SrsOutcome::kOriginal, valid)
            << made << " " << age;
        if (!valid) {
          ASSERT_EQ(answer.decision.rule->name, "srs.expired");
          ASSERT_EQ(answer.decision.reply.ToString().substr(0, 9), "550 5.1.1");
        }
      }
    }
  }
}

TEST_F(SrsTest, ADayEndsAtMidnight) {
  Srs::Options options = Options();
  options.valid_days = 1;
  const Srs srs = Make(options);
  const absl::Time last = Day(1) - absl::Seconds(1);
  const Address forwarded = Forwarded(srs, "alice@example.com", last);
  EXPECT_EQ(Reversed(srs, forwarded, last), "alice@example.com");
  EXPECT_EQ(Reversed(srs, forwarded, Day(2) - absl::Seconds(1)),
            "alice@example.com");
  EXPECT_EQ(Reversed(srs, forwarded, Day(2)), "srs.expired");
  EXPECT_EQ(Reversed(srs, forwarded, Day(0) - absl::Seconds(1)), "srs.expired");
}

TEST_F(SrsTest, WhatIsOfTomorrowSaysSo) {
  const Srs srs = Make();
  const Address forwarded = Forwarded(srs, "alice@example.com", Day(1));
  const std::string text = srs.Reverse(forwarded, Day(0)).decision.Explain();
  EXPECT_TRUE(absl::StrContains(text, "age-days: -1")) << text;
}

// ---------------------------------------------------------------------------
// Forged ones (SRS-06)

TEST_F(SrsTest, NoChangedCharacterVerifies) {
  const Srs srs = Make();
  for (const char* sender :
       {"alice@example.com", "SRS0=ab12=XY=a.example=al@hop.example",
        "\"j doe\"@example.com"}) {
    const Address forwarded = Forwarded(srs, sender);
    const std::string& local = forwarded.local_part();
    for (size_t i = 0; i < local.size(); ++i) {
      for (int c = 33; c < 127; ++c) {
        std::string changed = local;
        changed[i] = static_cast<char>(c);
        if (absl::EqualsIgnoreCase(changed, local)) continue;
        const absl::StatusOr<Address> recipient =
            Address::Create(changed, forwarded.host());
        ASSERT_TRUE(recipient.ok());
        ASSERT_NE(srs.Reverse(*recipient, Day(100)).outcome,
                  SrsOutcome::kOriginal)
            << changed;
      }
    }
  }
}

TEST_F(SrsTest, NoMissingOrAddedCharacterVerifies) {
  const Srs srs = Make();
  for (const char* sender :
       {"alice@example.com", "SRS0=ab12=XY=a.example=al@hop.example",
        "\"j doe\"@example.com"}) {
    const Address forwarded = Forwarded(srs, sender);
    const std::string& local = forwarded.local_part();
    for (size_t i = 0; i <= local.size(); ++i) {
      std::vector<std::string> others = {local.substr(0, i), local.substr(i)};
      if (i < local.size()) {
        others.push_back(local.substr(0, i) + local.substr(i + 1));
      }
      for (const char* more : {"=", "A", "a.", "x=", "-"}) {
        others.push_back(local.substr(0, i) + more + local.substr(i));
      }
      for (const std::string& other : others) {
        if (other == local) continue;
        const auto recipient = Address::Create(other, forwarded.host());
        ASSERT_TRUE(recipient.ok()) << other;
        ASSERT_NE(srs.Reverse(*recipient, Day(100)).outcome,
                  SrsOutcome::kOriginal)
            << other;
      }
    }
  }
}

struct ForgedCase {
  const char* name;
  const char* local;
  const char* want_rule;
  const char* want_reply;
} constexpr kForged[] = {
    {"ShortHash", "SRS0=xxxx=tt=victim.example=u", "srs.bad-hash", "550 5.7.1"},
    {"RightLength", "SRS0=AAAAAAAAAAAAAAAA=DE=victim.example=u", "srs.bad-hash",
     "550 5.7.1"},
    {"NoHash", "SRS0==DE=victim.example=u", "srs.bad-hash", "550 5.7.1"},
    {"NoStamp", "SRS0=AAAAAAAAAAAAAAAA==victim.example=u", "srs.bad-hash",
     "550 5.7.1"},
    {"NoUser", "SRS0=AAAAAAAAAAAAAAAA=DE=victim.example=", "srs.bad-hash",
     "550 5.7.1"},
    {"NeitherDomainNorToken", "SRS0=AAAAAAAAAAAAAAAA=DE==", "srs.malformed",
     "550 5.1.1"},
    {"NoDomain", "SRS0=AAAAAAAAAAAAAAAA=DE", "srs.malformed", "550 5.1.1"},
    {"Nothing", "SRS0=", "srs.malformed", "550 5.1.1"},
    {"Token", "SRS0=AAAAAAAAAAAAAAAA=DE==AAAAAAAAAAAAAAAA", "srs.bad-hash",
     "550 5.7.1"},
    {"SecondHop", "SRS1=DEAAAAAAAAAAAAAAAA=victim.example==a=b=c=d",
     "srs.bad-hash", "550 5.7.1"},
    {"SecondHopOfOthers", "SRS1=ab12=victim.example==a=b=c=d", "srs.bad-hash",
     "550 5.7.1"},
    {"SecondHopWithoutRest", "SRS1=DEAAAAAAAAAAAAAAAA=victim.example",
     "srs.malformed", "550 5.1.1"},
    {"SecondHopToNoSrs", "SRS1=DEAAAAAAAAAAAAAAAA=victim.example=u",
     "srs.malformed", "550 5.1.1"},
    {"SecondHopNothing", "SRS1=", "srs.malformed", "550 5.1.1"},
    {"OldFormWithoutHash", "SRS1=victim.example==a=b=c=d", "srs.malformed",
     "550 5.1.1"},
};

class ForgedTest : public SrsTest,
                   public testing::WithParamInterface<ForgedCase> {};

TEST_P(ForgedTest, IsRefused) {
  const Srs srs = Make();
  const Address recipient = *Address::Create(GetParam().local, srs.domain());
  EXPECT_TRUE(srs.IsOurs(recipient));
  const SrsAnswer answer = srs.Reverse(recipient, Day(100));
  EXPECT_EQ(answer.outcome, SrsOutcome::kRefused);
  EXPECT_FALSE(answer.original);
  EXPECT_EQ(answer.decision.verdict, Verdict::kRefuse);
  EXPECT_EQ(answer.decision.rule->name, GetParam().want_rule);
  EXPECT_EQ(answer.decision.reply.ToString().substr(0, 9),
            GetParam().want_reply);
  EXPECT_FALSE(answer.decision.rule->source.empty());
  EXPECT_FALSE(answer.decision.otherwise().empty());
}

INSTANTIATE_TEST_SUITE_P(Table, ForgedTest, testing::ValuesIn(kForged),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

// Where one part ends and the next begins is signed as well.
TEST_F(SrsTest, NoOtherReadingOfTheSameLettersVerifies) {
  const Srs srs = Make();
  const Address forwarded = Forwarded(srs, "alice@b.example");
  const std::string hash = forwarded.local_part().substr(5, 16);
  for (const char* other :
       {"=DE=b.examplealice=", "=DE=b.=examplealice", "=DE=b.exam=plealice",
        "=DEb=.example=alice", "=D=Eb.example=alice"}) {
    const Address recipient =
        *Address::Create(absl::StrCat("SRS0=", hash, other), srs.domain());
    EXPECT_EQ(srs.Reverse(recipient, Day(100)).outcome, SrsOutcome::kRefused)
        << other;
  }
}

// ---------------------------------------------------------------------------
// Secrets

TEST_F(SrsTest, SecretsAreRotated) {
  const Srs before = Make(Options({kOldSecret}));
  const Srs between = Make(Options({kSecret, kOldSecret}));
  const Srs after = Make(Options({kSecret}));
  for (const char* sender :
       {"alice@example.com", "SRS0=ab12=XY=a.example=al@hop.example",
        "\"j doe\"@example.com"}) {
    const Address old = Forwarded(before, sender);
    const Address now = Forwarded(between, sender);
    EXPECT_NE(old, now);
    EXPECT_EQ(now, Forwarded(after, sender));
    EXPECT_EQ(Reversed(between, old), sender);
    EXPECT_EQ(Reversed(between, now), sender);
    EXPECT_EQ(Reversed(after, now), sender);
    EXPECT_EQ(Reversed(after, old), "srs.bad-hash");
    EXPECT_EQ(Reversed(before, now), "srs.bad-hash");
  }
}

TEST_F(SrsTest, TheHashIsHmacSha256) {
  // printf 'srs0=\nde=example.com=alice' | openssl dgst -sha256 -hmac "$secret"
  const Srs srs = Make();
  EXPECT_EQ(Forwarded(srs, "alice@example.com").ToString(),
            "SRS0=CPPDUKFXQQYN4ZAD=DE=example.com=alice@fwd.example.org");
}

TEST_F(SrsTest, ASeparatorMayChangeWhileAddressesAreOut) {
  Srs::Options options = Options();
  options.separator = '+';
  const Srs plus = Make(options);
  const Srs equals = Make();
  const Address forwarded = Forwarded(plus, "alice@example.com");
  EXPECT_TRUE(absl::StartsWith(forwarded.local_part(), "SRS0+"));
  EXPECT_EQ(Reversed(equals, forwarded), "alice@example.com");
}

struct OptionsCase {
  const char* name;
  void (*change)(Srs::Options&);
  bool want_ok;
};

const OptionsCase kOptions[] = {
    {"NoSecret", [](Srs::Options& o) { o.secrets.clear(); }, false},
    {"ShortSecret", [](Srs::Options& o) { o.secrets[0].resize(31); }, false},
    {"AShortOldSecret", [](Srs::Options& o) { o.secrets.push_back("x"); },
     false},
    {"SecretOf32", [](Srs::Options& o) { o.secrets[0].resize(32); }, true},
    {"Dot", [](Srs::Options& o) { o.separator = '.'; }, false},
    {"Plus", [](Srs::Options& o) { o.separator = '+'; }, true},
    {"Minus", [](Srs::Options& o) { o.separator = '-'; }, true},
    {"NoDay", [](Srs::Options& o) { o.valid_days = 0; }, false},
    {"OneDay", [](Srs::Options& o) { o.valid_days = 1; }, true},
    {"HalfACircle", [](Srs::Options& o) { o.valid_days = 511; }, true},
    {"MoreThanThat", [](Srs::Options& o) { o.valid_days = 512; }, false},
    {"LongDomain",
     [](Srs::Options& o) {
       const std::string label(60, 'a');
       o.domain = *Domain::Parse(
           absl::StrCat(label, ".", label, ".", label, ".", label));
     },
     false},
};

class OptionsTest : public SrsTest,
                    public testing::WithParamInterface<OptionsCase> {};

TEST_P(OptionsTest, AreChecked) {
  Srs::Options options = Options();
  GetParam().change(options);
  const absl::StatusOr<Srs> srs = Srs::Create(options, &table_);
  EXPECT_EQ(srs.ok(), GetParam().want_ok) << srs.status();
  EXPECT_EQ(absl::IsInvalidArgument(srs.status()), !GetParam().want_ok);
}

INSTANTIATE_TEST_SUITE_P(Table, OptionsTest, testing::ValuesIn(kOptions),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

}  // namespace
}  // namespace mailsec::autoreply
