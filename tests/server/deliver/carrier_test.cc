#include "mailcore/server/deliver/carrier.h"

#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/io_context.hpp"
#include "gtest/gtest.h"
#include "mailcore/testing/manual_clock.h"
#include "mailcore/testing/recording_event_sink.h"
#include "tests/server/deliver/simulated_hosts.h"

namespace mailsec::server {
namespace {

namespace asio = boost::asio;
using Reach = Carried::Reach;

// A carrier, its hosts and their time.
class World {
 public:
  World() { hosts_.BeSteady(); }

  // Hosts 192.0.2.1 and so on, in these moods.
  void SetHosts(const std::vector<Mood>& moods) {
    way_.hops = {};
    for (size_t i = 0; i < moods.size(); ++i) {
      const std::string address = absl::StrCat("192.0.2.", i + 1);
      hosts_.mood(address) = moods[i];
      way_.hops.hops.push_back({.host = absl::StrCat("h", i + 1, ".example"),
                                .address = *ip::IpAddress::Parse(address),
                                .port = 25});
    }
  }

  Outgoing Message(int recipients) {
    Outgoing message;
    message.content.octets = std::make_shared<const std::string>("x\r\n");
    message.transaction.sender =
        *address::ReversePath::Parse("<s@example.org>");
    for (int i = 0; i < recipients; ++i) {
      message.transaction.recipients.push_back(
          {*address::ForwardPath::Parse(absl::StrCat("<r", i, "@example.com>")),
           {}});
    }
    return message;
  }

  Carried Carry(Outgoing message) {
    Carried carried;
    asio::co_spawn(loop_, carrier_.Carry(way_, std::move(message)),
                   [&](const std::exception_ptr&, Carried result) {
                     carried = std::move(result);
                   });
    // Who is waited for is given up by the clock.
    for (int i = 0; i < 100; ++i) {
      loop_.restart();
      loop_.poll();
      clock_.Advance(absl::Seconds(10));
      for (HopConnection* hop : open_) hop->CheckTime(clock_.Uptime());
    }
    return carried;
  }

  // "250 h2.example, 451 h1.example": each recipient's answer, and whose it is.
  static std::string Show(const Carried& carried) {
    std::vector<std::string> out;
    for (const HopOutcome& outcome : carried.outcomes) {
      out.push_back(absl::StrCat(outcome.said.reply.code(), " ",
                                 outcome.hop.substr(0, outcome.hop.find(' '))));
    }
    return absl::StrJoin(out, ", ");
  }

  ManualClock clock_;
  RecordingEventSink events_;
  std::mt19937_64 random_{1};
  SimulatedHosts hosts_{&random_,
                        [this](absl::Duration by) { clock_.Advance(by); },
                        [](spool::QueueId) { return std::string(); },
                        [](spool::QueueId) { return 0u; }};
  absl::flat_hash_set<HopConnection*> open_;
  HopContext context_ = {.pool = nullptr,
                         .spool = nullptr,
                         .clock = &clock_,
                         .events = &events_,
                         .hostname = "mx.example.org",
                         .open = &open_,
                         .connect = hosts_.Connector()};
  asio::io_context loop_;
  route::HostHealth health_{{}};
  std::shared_ptr<HopConnection> hop_ =
      context_.connect(&context_, smtp::Protocol::kSmtp, loop_.get_executor());
  Carrier carrier_{&context_, &health_, hop_.get(), [] {}};
  Way way_ = {
      .key = "mx:h1.example;h2.example",
      .hops = {},
      .inside = std::make_shared<route::Inside>(route::Inside::Options()),
      .max_messages = 100,
      .max_age = absl::Hours(1)};
};

class CarrierTest : public testing::Test, public World {};

// RFC 5321, 5.1: a fault of a host leads to the next one, and what is said
// about the mail does not.
TEST_F(CarrierTest, AFaultOfAHostLeadsToTheNextOne) {
  const struct {
    std::vector<Mood> moods;
    const char* want;
    Reach reach;
  } kCases[] = {
      {{Mood::kGood, Mood::kGood}, "250 h1.example", Reach::kAnswered},
      {{Mood::kNotThere, Mood::kGood}, "250 h2.example", Reach::kAnswered},
      {{Mood::kSilent, Mood::kGood}, "250 h2.example", Reach::kAnswered},
      {{Mood::kBusy, Mood::kGood}, "250 h2.example", Reach::kAnswered},
      {{Mood::kUnwilling, Mood::kGood}, "250 h2.example", Reach::kAnswered},
      {{Mood::kNoMail, Mood::kGood}, "250 h2.example", Reach::kAnswered},
      {{Mood::kBreaksOff, Mood::kGood}, "250 h2.example", Reach::kAnswered},
      {{Mood::kBreaksOff, Mood::kNotThere, Mood::kBusy, Mood::kSilent,
        Mood::kGood},
       "250 h5.example",
       Reach::kAnswered},
      // The mail's own answers end the search.
      {{Mood::kDefersContent, Mood::kGood}, "451 h1.example", Reach::kAnswered},
      {{Mood::kRefusesContent, Mood::kGood},
       "554 h1.example",
       Reach::kAnswered},
      // Who may have it is not passed by.
      {{Mood::kLosesAnswers, Mood::kGood}, "451 h1.example", Reach::kBrokeOff},
      // Nobody is left. The last word of one that broke off counts.
      {{Mood::kNotThere, Mood::kBusy}, "451 h2.example", Reach::kNotReached},
      {{Mood::kBreaksOff, Mood::kNotThere}, "451 h1.example", Reach::kBrokeOff},
      // RFC 7504, 3: for good only if every host says so.
      {{Mood::kNoMail, Mood::kNoMail}, "521 h2.example", Reach::kNotReached},
      {{Mood::kNoMail, Mood::kNotThere}, "451 h2.example", Reach::kNotReached},
      {{}, "451 ", Reach::kNotReached},
  };
  for (const auto& c : kCases) {
    World fresh;
    fresh.SetHosts(c.moods);
    const Carried carried = fresh.Carry(fresh.Message(1));
    EXPECT_EQ(World::Show(carried), c.want) << c.moods.size();
    EXPECT_EQ(carried.reach, c.reach) << c.want;
    EXPECT_EQ(carried.why.empty(), carried.reach == Reach::kAnswered);
  }
}

// RFC 5321, 4.5.3.1.10: those whom a host takes no more follow at once.
TEST_F(CarrierTest, ManyRecipientsGoInSeveralTransactions) {
  SetHosts({Mood::kTakesFew});
  Outgoing message = Message(5);
  std::vector<size_t> taken_early;
  message.on_taken = [&](const auto& outcomes) -> asio::awaitable<void> {
    size_t taken = 0;
    for (const auto& outcome : outcomes) {
      taken += outcome && outcome->said.reply.IsPositive();
    }
    taken_early.push_back(taken);
    co_return;
  };
  const Carried carried = Carry(std::move(message));
  EXPECT_EQ(Show(carried),
            "250 h1.example, 250 h1.example, 250 h1.example, 250 h1.example, "
            "250 h1.example");
  EXPECT_EQ(carried.max_recipients, 2u);
  EXPECT_EQ(taken_early, (std::vector<size_t>{2, 4}));
  EXPECT_EQ(hosts_.greeted(), 1);
}

TEST_F(CarrierTest, OneConnectionCarriesManyMessages) {
  SetHosts({Mood::kGood});
  way_.max_messages = 2;
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(Show(Carry(Message(1))), "250 h1.example");
  EXPECT_EQ(hosts_.greeted(), 2);
  way_.max_messages = 100;
  way_.max_age = absl::Seconds(1);
  (void)Carry(Message(1));
  EXPECT_EQ(hosts_.greeted(), 3) << "an old connection was used";
}

// RFC 5321, 3.8: what was closed while it lay idle says nothing about the host.
TEST_F(CarrierTest, AnOldConnectionThatWasClosedIsMadeAnew) {
  SetHosts({Mood::kGood, Mood::kGood});
  EXPECT_EQ(Show(Carry(Message(1))), "250 h1.example");
  hosts_.mood("192.0.2.1") = Mood::kBreaksOff;
  // It breaks off on the new connection too, which is then its fault.
  EXPECT_EQ(Show(Carry(Message(1))), "250 h2.example");
  EXPECT_EQ(hosts_.greeted(), 3);
}

// R3: local mail is not even shown to a host outside.
TEST_F(CarrierTest, LocalMailStaysInside) {
  SetHosts({Mood::kGood, Mood::kGood});
  way_.mail_class = route::MailClass::kLocalOnly;
  const Carried carried = Carry(Message(1));
  EXPECT_TRUE(carried.kept_inside);
  ASSERT_EQ(carried.outcomes.size(), 1u);
  EXPECT_EQ(carried.outcomes[0].said.reply.status().ToString(), "5.7.1");
  EXPECT_EQ(hosts_.greeted(), 0);
}

// Who waits for us has less patience than a queue.
TEST_F(CarrierTest, PatienceBoundsEveryWait) {
  SetHosts({Mood::kSilent, Mood::kGood});
  Outgoing message = Message(1);
  message.patience = absl::Seconds(5);
  const absl::Duration before = clock_.Uptime();
  EXPECT_EQ(Show(Carry(std::move(message))), "451 h1.example");
  EXPECT_EQ(hosts_.greeted(), 0);
  EXPECT_GT(clock_.Uptime(), before);
}

}  // namespace
}  // namespace mailsec::server
