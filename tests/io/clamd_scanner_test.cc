#include "mailcore/io/clamd_scanner.h"

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "mailcore/policy/string_content.h"
#include "tests/io/fake_server.h"

namespace mailsec::io {
namespace {

using policy::ScanResult;
using policy::StringContent;
using Outcome = ScanResult::Outcome;
using namespace std::string_literals;

constexpr char kContent[] = "Subject: x\r\n\r\nhello\r\n";
constexpr size_t kChunk = 8;

ScanResult ScanWith(ClamdScanner& scanner, absl::string_view text = kContent) {
  StringContent content(text, 5);
  return scanner.Scan({}, content);
}

// What a server does with each connection, and what is made of it. Without
// kept connections.
struct FaultCase {
  const char* name;  // The requirement in words; it names the test.
  std::function<void(FakePeer)> serve;
  Outcome want;
  const char* want_why;  // A part of it.
};

// Takes the whole question.
void Take(FakePeer& peer) {
  peer.ReadUntil("\0"s);
  peer.ReadChunks();
}

const FaultCase kFaults[] = {
    {"WholeAnswerCounts",
     [](FakePeer peer) {
       Take(peer);
       peer.Write("stream: OK\0"s);
     },
     Outcome::kClean, ""},
    {"AnswerInOctetsCounts",
     [](FakePeer peer) {
       Take(peer);
       peer.WriteInOctets("stream: Virus.A FOUND\0"s);
     },
     Outcome::kMalware, ""},
    {"SilenceAfterAcceptEndsInTime", [](FakePeer peer) { peer.ReadAll(); },
     Outcome::kCannotTell, "timed out"},
    {"DrippingEndsInTime",
     [](FakePeer peer) {
       Take(peer);
       peer.Write("stream: ");
       peer.ReadAll();
     },
     Outcome::kCannotTell, "timed out"},
    {"ResetAfterHalfOfTheStream",
     [](FakePeer peer) {
       peer.Read(20);
       peer.Reset();
     },
     Outcome::kCannotTell, ""},
    {"ClosedAfterHalfOfTheStream", [](FakePeer peer) { peer.Read(20); },
     Outcome::kCannotTell, ""},
    {"ClosedAtOnce", [](FakePeer) {}, Outcome::kCannotTell, ""},
    {"EmptyAnswerIsNotClean", [](FakePeer peer) { Take(peer); },
     Outcome::kCannotTell, "no answer"},
    {"NulAloneIsNotClean",
     [](FakePeer peer) {
       Take(peer);
       peer.Write("\0"s);
     },
     Outcome::kCannotTell, "answered \"\""},
    {"HalfAnswerIsNotClean",
     [](FakePeer peer) {
       Take(peer);
       peer.Write("stream: OK");
     },
     Outcome::kCannotTell, "half an answer"},
    {"GarbageIsNotClean",
     [](FakePeer peer) {
       Take(peer);
       peer.Write("\xFF\x1b[2Jstream: OK\0"s);
     },
     Outcome::kCannotTell, "\\xff\\x1b[2J"},
    {"TwoAnswersAreNone",
     [](FakePeer peer) {
       Take(peer);
       peer.Write("stream: OK\0stream: OK\0"s);
     },
     Outcome::kCannotTell, "more than its answer"},
    {"EndlessAnswerIsNone",
     [](FakePeer peer) {
       Take(peer);
       peer.Write(std::string(1 << 20, 'x'));
     },
     Outcome::kCannotTell, "does not end"},
    {"SizeLimitIsTooLarge",
     [](FakePeer peer) {
       Take(peer);
       peer.Write("INSTREAM size limit exceeded. ERROR\0"s);
     },
     Outcome::kTooLarge, "StreamMaxLength"},
    {"SessionNumberWithoutASessionIsNotClean",
     [](FakePeer peer) {
       Take(peer);
       peer.Write("1: stream: OK\0"s);
     },
     Outcome::kCannotTell, "1: stream: OK"},
};

class ClamdFaults : public testing::TestWithParam<FaultCase> {};

TEST_P(ClamdFaults, AreNeverClean) {
  const FaultCase& c = GetParam();
  const bool waits = absl::EndsWith(c.name, "InTime");
  FakeServer server(c.serve);
  ClamdScanner scanner(
      {.server = server.address(),
       .time_limit = waits ? absl::Milliseconds(200) : absl::Seconds(30),
       .chunk_octets = kChunk,
       .max_kept_connections = 0});
  const auto begin = std::chrono::steady_clock::now();
  const ScanResult said = ScanWith(scanner);
  EXPECT_EQ(said.outcome, c.want) << said.why;
  EXPECT_PRED2(
      [](const std::string& why, const char* part) {
        return absl::StrContains(absl::AsciiStrToLower(why),
                                 absl::AsciiStrToLower(part));
      },
      said.why, c.want_why);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(25));
  EXPECT_EQ(server.connections(), 1);
}

INSTANTIATE_TEST_SUITE_P(Table, ClamdFaults, testing::ValuesIn(kFaults),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

TEST(ClamdScannerTest, NobodyListens) {
  ServerAddress nobody;
  {
    FakeServer server([](FakePeer) {});
    nobody = server.address();
  }
  ClamdScanner tcp({.server = nobody});
  EXPECT_TRUE(absl::StrContains(ScanWith(tcp).why, "refused"));
  EXPECT_TRUE(absl::IsUnavailable(tcp.SignatureTime().status()));
  ClamdScanner unix_socket(
      {.server = *ServerAddress::Parse("unix:/nowhere/clamd.ctl")});
  EXPECT_EQ(ScanWith(unix_socket).outcome, Outcome::kCannotTell);
}

// What the server gets for content of `octets`: all chunks in brackets.
std::string ChunksOf(size_t octets) {
  std::string chunks;
  {
    FakeServer server([&](FakePeer peer) {
      EXPECT_EQ(peer.ReadUntil("\0"s), "zINSTREAM\0"s);
      chunks = peer.ReadChunks();
      peer.Write("stream: OK\0"s);
    });
    ClamdScanner scanner({.server = server.address(),
                          .chunk_octets = kChunk,
                          .max_kept_connections = 0});
    const std::string text(octets, 'x');
    EXPECT_EQ(ScanWith(scanner, text).outcome, Outcome::kClean);
  }
  return chunks;
}

// SCAN-03
TEST(ClamdScannerTest, Scan03FramesEverySize) {
  EXPECT_EQ(ChunksOf(0), "");
  EXPECT_EQ(ChunksOf(1), "[x]");
  EXPECT_EQ(ChunksOf(kChunk - 1), "[xxxxxxx]");
  EXPECT_EQ(ChunksOf(kChunk), "[xxxxxxxx]");
  EXPECT_EQ(ChunksOf(kChunk + 1), "[xxxxxxxx][x]");
  EXPECT_EQ(ChunksOf(2 * kChunk), "[xxxxxxxx][xxxxxxxx]");
}

TEST(ClamdScannerTest, ContentAboveItsOwnLimitIsNotSent) {
  FakeServer server([](FakePeer) {});
  ClamdScanner scanner({.server = server.address(), .max_octets = 20});
  EXPECT_EQ(ScanWith(scanner, std::string(21, 'x')).outcome,
            Outcome::kTooLarge);
  EXPECT_EQ(server.connections(), 0);
}

// clamd answers and closes once the stream is above its limit, long before it
// was sent.
TEST(ClamdScannerTest, SizeLimitInTheMiddleOfTheStreamIsSeen) {
  FakeServer server([](FakePeer peer) {
    peer.Read(1000);
    peer.Write("1: INSTREAM size limit exceeded. ERROR\0"s);
  });
  ClamdScanner scanner({.server = server.address()});
  EXPECT_EQ(ScanWith(scanner, std::string(8 << 20, 'x')).outcome,
            Outcome::kTooLarge);
}

TEST(ClamdScannerTest, CleanBeforeAllWasSentIsNotClean) {
  FakeServer server([](FakePeer peer) {
    peer.Read(1000);
    peer.Write("1: stream: OK\0"s);
    peer.ReadAll();
  });
  ClamdScanner scanner({.server = server.address()});
  const ScanResult said = ScanWith(scanner, std::string(20 << 20, 'x'));
  EXPECT_EQ(said.outcome, Outcome::kCannotTell);
  EXPECT_EQ(said.why, "clamd answered before it had everything");
}

// A server that takes `per_connection` questions on each connection.
class ClamdSessionTest : public testing::Test {
 protected:
  void Start(int per_connection) {
    server_.emplace([this, per_connection](FakePeer peer) {
      EXPECT_EQ(peer.ReadUntil("\0"s), "zIDSESSION\0"s);
      for (int n = 1; n <= per_connection; ++n) {
        if (peer.ReadUntil("\0"s).empty()) return;
        const std::string chunks = peer.ReadChunks();
        const std::lock_guard<std::mutex> lock(mutex_);
        asked_.push_back(chunks);
        peer.Write(std::to_string(n + number_is_off_) + ": stream: OK\0"s);
      }
    });
  }

  std::mutex mutex_;
  std::vector<std::string> asked_;  // Guarded by mutex_.
  int number_is_off_ = 0;
  std::optional<FakeServer> server_;
};

TEST_F(ClamdSessionTest, IsUsedAgain) {
  Start(1000);
  {
    ClamdScanner scanner({.server = server_->address()});
    for (int i = 0; i < 20; ++i) {
      ASSERT_EQ(ScanWith(scanner).outcome, Outcome::kClean);
    }
  }
  EXPECT_EQ(server_->connections(), 1);
  server_.reset();
  EXPECT_EQ(asked_, std::vector<std::string>(20, "["s + kContent + "]"));
}

TEST_F(ClamdSessionTest, StaleOneIsReplacedOnce) {
  Start(1);  // Closes after each answer.
  ClamdScanner scanner({.server = server_->address()});
  for (int i = 0; i < 20; ++i) {
    const ScanResult said = ScanWith(scanner);
    ASSERT_EQ(said.outcome, Outcome::kClean) << said.why;
  }
  EXPECT_EQ(server_->connections(), 20);
}

TEST_F(ClamdSessionTest, OldOneIsNotUsed) {
  Start(1000);
  ClamdScanner scanner(
      {.server = server_->address(), .keep = -absl::Seconds(1)});
  ScanWith(scanner);
  ScanWith(scanner);
  EXPECT_EQ(server_->connections(), 2);
}

TEST_F(ClamdSessionTest, AnswerToAnotherQuestionIsNotClean) {
  number_is_off_ = 1;
  Start(1);
  ClamdScanner scanner({.server = server_->address()});
  EXPECT_EQ(ScanWith(scanner).why, "clamd answered another question");
}

// The second question is met with silence: the time is over, and no other
// connection gets a second one.
TEST(ClamdScannerTest, SilentSessionIsNotAskedTwice) {
  FakeServer server([](FakePeer peer) {
    peer.ReadUntil("\0"s);
    Take(peer);
    peer.Write("1: stream: OK\0"s);
    peer.ReadAll();
  });
  ClamdScanner scanner(
      {.server = server.address(), .time_limit = absl::Seconds(1)});
  EXPECT_EQ(ScanWith(scanner).outcome, Outcome::kClean);
  EXPECT_EQ(ScanWith(scanner).outcome, Outcome::kCannotTell);
  EXPECT_EQ(server.connections(), 1);
}

// Says that it is larger than it is.
class ShortContent : public StringContent {
 public:
  using StringContent::StringContent;
  uint64_t octets() const override { return StringContent::octets() + 1; }
};

TEST(ClamdScannerTest, ContentThatIsCutShortIsNotClean) {
  FakeServer server([](FakePeer peer) {
    Take(peer);
    peer.Write("stream: OK\0"s);
  });
  ClamdScanner scanner({.server = server.address(), .max_kept_connections = 0});
  ShortContent content(kContent);
  EXPECT_EQ(scanner.Scan({}, content).outcome, Outcome::kCannotTell);
}

TEST(ClamdScannerTest, SaysWhenItsSignaturesWereMade) {
  FakeServer server([](FakePeer peer) {
    EXPECT_EQ(peer.ReadUntil("\0"s), "zVERSION\0"s);
    peer.Write("ClamAV 1.4.6/27800/Wed Nov 25 09:12:01 2026\0"s);
  });
  ClamdScanner scanner({.server = server.address()});
  const auto made = scanner.SignatureTime();
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(absl::FormatTime("%F %T", *made, absl::LocalTimeZone()),
            "2026-11-25 09:12:01");
}

}  // namespace
}  // namespace mailsec::io
