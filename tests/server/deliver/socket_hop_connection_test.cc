// How long a next hop may take: octets that trickle in do not prolong it.

#include "mailcore/server/deliver/socket_hop_connection.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "boost/asio/co_spawn.hpp"
#include "boost/asio/detached.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "boost/asio/write.hpp"
#include "gtest/gtest.h"
#include "mailcore/io/worker_pool.h"
#include "mailcore/server/runtime/no_throw.h"
#include "mailcore/spool/memory_store.h"
#include "mailcore/testing/manual_clock.h"
#include "mailcore/testing/recording_event_sink.h"

namespace mailsec::server {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ip::IpAddress;

constexpr absl::Duration kTooLong = absl::Hours(1);

// What the server says, in this order; the first without being asked.
const std::vector<std::string> kReplies = {
    "220 hop.example\r\n", "250 hop.example\r\n",  "250 2.1.0 fine\r\n",
    "250 2.1.5 fine\r\n",  "250 2.1.5 fine\r\n",   "354 go on\r\n",
    "250 2.0.0 taken\r\n", "221 2.0.0 goodbye\r\n"};
enum Step { kGreeting, kHello, kMail, kRcpt, kSecondRcpt, kData, kEnd };

// What a server with PIPELINING says before it is asked anything but EHLO, and
// then to MAIL, two RCPT and DATA.
const std::vector<std::string> kBeforeAnything = {
    "220 hop.example\r\n", "250-hop.example\r\n250 PIPELINING\r\n"};
const std::vector<std::string> kTogether = {"250 fine\r\n", "250 fine\r\n",
                                            "250 fine\r\n", "354 go on\r\n"};

class SocketHopConnectionTest : public testing::Test {
 protected:
  SocketHopConnectionTest()
      : spool_(*spool::Spool::OpenStore(spool::SpoolOptions(),
                                        std::make_unique<spool::MemoryStore>(),
                                        nullptr, &clock_)),
        pool_(1, 10),
        acceptor_(loop_, {asio::ip::make_address("127.0.0.1"), 0}),
        context_({.pool = &pool_,
                  .spool = spool_.get(),
                  .clock = &clock_,
                  .events = &events_,
                  .hostname = "mx.example.org",
                  .open = &open_}) {}

  // One second passes, and whoever waits for something is asked.
  asio::awaitable<void> Tick() {
    clock_.Advance(absl::Seconds(1));
    for (HopConnection* hop : open_) hop->CheckTime(clock_.Uptime());
    for (int i = 0; i < 5; ++i) {
      co_await asio::post(loop_, asio::use_awaitable);
    }
  }

  // Says kReplies, but at `slow` this one again and again, an octet a second.
  asio::awaitable<void> Serve(Step slow, std::string dripping) {
    auto [error, socket] = co_await acceptor_.async_accept(kNoThrow);
    socket.set_option(tcp::no_delay(true));
    std::string input;
    for (size_t step = 0; step < kReplies.size(); ++step) {
      const std::string wanted = step == kEnd ? "\r\n.\r\n" : "\r\n";
      while (step > 0 && !input.ends_with(wanted)) {
        char octets[1000];
        const auto [failed, n] =
            co_await socket.async_read_some(asio::buffer(octets), kNoThrow);
        if (failed) co_return;
        input.append(octets, n);
      }
      input.clear();
      if (step != slow) {
        (void)co_await asio::async_write(socket, asio::buffer(kReplies[step]),
                                         kNoThrow);
        continue;
      }
      begun_ = clock_.Uptime();
      for (size_t i = 0; !done_ && clock_.Uptime() - *begun_ < kTooLong; ++i) {
        (void)co_await asio::async_write(
            socket, asio::buffer(&dripping[i % dripping.size()], 1), kNoThrow);
        co_await Tick();
      }
      co_return;
    }
  }

  // Takes four minutes for each reply to what was said at once, and two for the
  // last.
  asio::awaitable<void> ServePipelined() {
    auto [error, socket] = co_await acceptor_.async_accept(kNoThrow);
    socket.set_option(tcp::no_delay(true));
    for (const std::string& said : kBeforeAnything) {
      (void)co_await asio::async_write(socket, asio::buffer(said), kNoThrow);
      char octets[1000];
      (void)co_await socket.async_read_some(asio::buffer(octets), kNoThrow);
    }
    for (const std::string& said : kTogether) {
      const int seconds = said.starts_with("354") ? 120 : 240;
      for (int i = 0; i < seconds; ++i) co_await Tick();
      (void)co_await asio::async_write(socket, asio::buffer(said), kNoThrow);
    }
    char octets[1000];
    const auto [failed, n] =
        co_await socket.async_read_some(asio::buffer(octets), kNoThrow);
    if (failed) co_return;  // It has given up.
    const std::string taken = "250 2.0.0 taken\r\n";
    (void)co_await asio::async_write(socket, asio::buffer(taken), kNoThrow);
  }

  asio::awaitable<void> SendOne(absl::Duration patience) {
    SocketHopConnection hop(&context_, smtp::Protocol::kSmtp,
                            loop_.get_executor());
    hop.SetPatience(patience);
    const Host host = {.name = "hop.example",
                       .unix_path = "",
                       .address = *IpAddress::Parse("127.0.0.1"),
                       .port = acceptor_.local_endpoint().port()};
    const std::optional<HostFault> fault =
        co_await hop.ConnectTo(host, others_left_);
    if (fault) said_ = fault->why;
    if (!fault) {
      smtp::Transaction transaction;
      for (const char* to : {"<bob@example.com>", "<carol@example.com>"}) {
        transaction.recipients.push_back(
            {*address::ForwardPath::Parse(to), {}});
      }
      const HopContent content = {
          std::make_shared<const std::string>("Subject: x\r\n\r\nx\r\n"), {}};
      const auto outcomes = co_await hop.Send(std::move(transaction), content);
      said_ = outcomes.at(0).reply.ToString();
      ready_ = hop.ready();
    }
    done_ = true;
    if (begun_) took_ = clock_.Uptime() - *begun_;
  }

  void Run(Step slow, const std::string& dripping,
           absl::Duration patience = absl::InfiniteDuration()) {
    asio::co_spawn(loop_, Serve(slow, dripping), asio::detached);
    asio::co_spawn(loop_, SendOne(patience), asio::detached);
    loop_.run();
  }

  ManualClock clock_;
  RecordingEventSink events_;
  std::unique_ptr<spool::Spool> spool_;
  io::WorkerPool pool_;
  asio::io_context loop_;
  tcp::acceptor acceptor_;
  absl::flat_hash_set<HopConnection*> open_;
  HopContext context_;
  std::optional<absl::Duration> begun_;  // When the octets began to trickle.
  absl::Duration took_;                  // From then to the end.
  std::string said_;
  bool others_left_ = false;
  bool done_ = false;
  bool ready_ = false;
};

// RFC 5321, 4.5.3.2; what departs from it stands in hop_limits.h.
struct LimitCase {
  const char* name;
  Step step;
  absl::Duration limit;
  absl::Duration limit_if_others_left;
} const kLimitCases[] = {
    {"Greeting", kGreeting, absl::Minutes(5), absl::Seconds(30)},
    {"Hello", kHello, absl::Minutes(5), absl::Seconds(30)},
    {"Mail", kMail, absl::Minutes(5), absl::Minutes(5)},
    {"Rcpt", kRcpt, absl::Minutes(5), absl::Minutes(5)},
    {"Data", kData, absl::Minutes(3), absl::Minutes(3)},
    {"End", kEnd, absl::Minutes(10), absl::Minutes(10)},
};

class LimitTest : public SocketHopConnectionTest,
                  public testing::WithParamInterface<LimitCase> {};

TEST_P(LimitTest, OneReplyMayTakeThisLongHoweverItTrickles) {
  Run(GetParam().step, "250-and more and more\r\n");
  EXPECT_EQ(took_, GetParam().limit);
  EXPECT_TRUE(said_.find("did not answer in time") != std::string::npos)
      << said_;
}

TEST_P(LimitTest, WhoWaitsForUsIsNotKeptLonger) {
  Run(GetParam().step, "2", absl::Seconds(20));
  EXPECT_EQ(took_, absl::Seconds(20));
}

TEST_P(LimitTest, AHostIsLeftSoonerIfThereIsAnother) {
  others_left_ = true;
  Run(GetParam().step, "250-and more and more\r\n");
  EXPECT_EQ(took_, GetParam().limit_if_others_left);
}

INSTANTIATE_TEST_SUITE_P(Table, LimitTest, testing::ValuesIn(kLimitCases),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

TEST_F(SocketHopConnectionTest, ASlowReplyThatIsWholeInTimeIsTaken) {
  const std::string reply =
      "250-" + std::string(250, 'x') + "\r\n" + "250 2.0.0 taken at last\r\n";
  Run(kEnd, reply);
  EXPECT_TRUE(said_.starts_with("250 2.0.0 xxx")) << said_;
  EXPECT_TRUE(said_.ends_with("taken at last")) << said_;
  EXPECT_EQ(took_, absl::Seconds(reply.size()));
}

TEST_F(SocketHopConnectionTest, EachReplyHasItsOwnTimeWhateverWasSaidAtOnce) {
  asio::co_spawn(loop_, ServePipelined(), asio::detached);
  asio::co_spawn(loop_, SendOne(absl::InfiniteDuration()), asio::detached);
  loop_.run();
  EXPECT_EQ(said_, "250 2.0.0 taken");
  EXPECT_EQ(clock_.Uptime(), absl::Minutes(14));
}

}  // namespace
}  // namespace mailsec::server
