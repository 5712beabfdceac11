#include "mailcore/io/rspamd_scanner.h"

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mailcore/policy/string_content.h"
#include "tests/io/fake_server.h"

namespace mailsec::io {
namespace {

using address::ForwardPath;
using policy::ScanRequest;
using policy::ScanResult;
using policy::StringContent;
using Outcome = ScanResult::Outcome;

constexpr char kContent[] = "Subject: x\r\n\r\nhello\r\n";
constexpr char kClean[] = R"({"score":1,"action":"no action","symbols":{}})";

std::string Http(absl::string_view status, absl::string_view body,
                 absl::string_view more = "") {
  return absl::StrCat("HTTP/1.1 ", status, "\r\nContent-Length: ", body.size(),
                      "\r\n", more, "\r\n", body);
}

ScanResult ScanWith(RspamdScanner& scanner, const ScanRequest& request = {},
                    absl::string_view text = kContent) {
  StringContent content(text, 1000);
  return scanner.Scan(request, content);
}

struct FaultCase {
  const char* name;  // The requirement in words; it names the test.
  std::function<void(FakePeer)> serve;
  Outcome want;
};

const FaultCase kFaults[] = {
    {"WholeAnswerCounts",
     [](FakePeer peer) {
       peer.ReadRequest();
       peer.Write(Http("200 OK", kClean));
     },
     Outcome::kClean},
    {"AnswerInOctetsCounts",
     [](FakePeer peer) {
       peer.ReadRequest();
       peer.WriteInOctets(Http("200 OK", kClean));
     },
     Outcome::kClean},
    {"SilenceEndsInTime", [](FakePeer peer) { peer.ReadAll(); },
     Outcome::kCannotTell},
    {"HalfHeadEndsInTime",
     [](FakePeer peer) {
       peer.ReadRequest();
       peer.Write("HTTP/1.1 200");
       peer.ReadAll();
     },
     Outcome::kCannotTell},
    {"ResetIsNotClean",
     [](FakePeer peer) {
       peer.Read(20);
       peer.Reset();
     },
     Outcome::kCannotTell},
    {"EmptyAnswerIsNotClean", [](FakePeer peer) { peer.ReadRequest(); },
     Outcome::kCannotTell},
    {"EmptyBodyIsNotClean",
     [](FakePeer peer) {
       peer.ReadRequest();
       peer.Write(Http("200 OK", ""));
     },
     Outcome::kCannotTell},
    {"HalfBodyIsNotClean",
     [](FakePeer peer) {
       peer.ReadRequest();
       const std::string whole = Http("200 OK", kClean);
       peer.Write(whole.substr(0, whole.size() - 5));
     },
     Outcome::kCannotTell},
    {"BodyCutByTheEndIsNotClean",
     [](FakePeer peer) {
       peer.ReadRequest();
       peer.Write("HTTP/1.0 200 OK\r\n\r\n{\"score\":1,\"action\":");
     },
     Outcome::kCannotTell},
    {"ServerErrorIsNotClean",
     [](FakePeer peer) {
       peer.ReadRequest();
       peer.Write(Http("500 Fault", kClean));
     },
     Outcome::kCannotTell},
    {"GarbageIsNotClean",
     [](FakePeer peer) {
       peer.ReadRequest();
       peer.Write("\xFF\xFEstream: OK\r\n\r\n");
     },
     Outcome::kCannotTell},
    {"HugeBodyIsNotClean",
     [](FakePeer peer) {
       peer.ReadRequest();
       peer.Write(Http("200 OK", std::string(2 << 20, ' ')));
     },
     Outcome::kCannotTell},
    {"HugeHeadIsNotClean",
     [](FakePeer peer) {
       peer.ReadRequest();
       peer.Write("HTTP/1.1 200 OK\r\nX: " + std::string(1 << 20, 'x'));
     },
     Outcome::kCannotTell},
};

class RspamdFaults : public testing::TestWithParam<FaultCase> {};

TEST_P(RspamdFaults, AreNeverClean) {
  const FaultCase& c = GetParam();
  FakeServer server(c.serve);
  RspamdScanner scanner({.server = server.address(),
                         .time_limit = absl::EndsWith(c.name, "InTime")
                                           ? absl::Milliseconds(200)
                                           : absl::Seconds(30),
                         .max_kept_connections = 0});
  const ScanResult said = ScanWith(scanner);
  EXPECT_EQ(said.outcome, c.want) << said.why;
  EXPECT_EQ(said.why.empty(), c.want == Outcome::kClean);
  EXPECT_EQ(server.connections(), 1);
}

INSTANTIATE_TEST_SUITE_P(Table, RspamdFaults, testing::ValuesIn(kFaults),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

TEST(RspamdScannerTest, CleanBeforeAllWasSentIsNotClean) {
  FakeServer server([](FakePeer peer) {
    peer.Read(1000);
    peer.Write(Http("200 OK", kClean));
    peer.ReadAll();
  });
  RspamdScanner scanner({.server = server.address()});
  EXPECT_EQ(ScanWith(scanner, {}, std::string(20 << 20, 'x')).outcome,
            Outcome::kCannotTell);
}

TEST(RspamdScannerTest, HandsOverTheEnvelopeAndNothingBreaksOut) {
  std::string got;
  {
    FakeServer server([&](FakePeer peer) {
      got = peer.ReadRequest();
      peer.Write(Http("200 OK", kClean));
    });
    RspamdScanner scanner({.server = server.address(), .password = "secret"});
    ScanWith(scanner,
             {.queue_id = "Q1",
              .client = *ip::IpAddress::Parse("192.0.2.7"),
              .helo = "mx.example.com\r\nUser: evil",
              .user = "J\xC3\xBCrgen\xFF",
              .sender = *address::ReversePath::Parse("<a@example.com>"),
              .recipients = {*ForwardPath::Parse("<b@example.org>"),
                             *ForwardPath::Parse("<c@example.org>")}});
  }
  for (const char* line :
       {"POST /checkv2 HTTP/1.1\r\n", "\r\nPassword: secret\r\n",
        "\r\nIP: 192.0.2.7\r\n", "\r\nHelo: mx.example.com??User: evil\r\n",
        "\r\nUser: J\xC3\xBCrgen?\r\n", "\r\nQueue-Id: Q1\r\n",
        "\r\nFrom: <a@example.com>\r\n", "\r\nRcpt: <b@example.org>\r\n",
        "\r\nRcpt: <c@example.org>\r\n", "\r\nContent-Length: 21\r\n"}) {
    EXPECT_TRUE(absl::StrContains(got, line)) << line << got;
  }
  EXPECT_TRUE(absl::EndsWith(got, absl::StrCat("\r\n\r\n", kContent)));
}

TEST(RspamdScannerTest, ConnectionIsUsedAgainIfRspamdKeepsIt) {
  FakeServer server([](FakePeer peer) {
    while (!peer.ReadRequest().empty()) peer.Write(Http("200 OK", kClean));
  });
  RspamdScanner scanner({.server = server.address()});
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(ScanWith(scanner).outcome, Outcome::kClean);
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST(RspamdScannerTest, StaleConnectionIsReplacedOnce) {
  FakeServer server([](FakePeer peer) {  // Keeps it, it says, and closes.
    peer.ReadRequest();
    peer.Write(Http("200 OK", kClean));
  });
  RspamdScanner scanner({.server = server.address()});
  for (int i = 0; i < 10; ++i) {
    const ScanResult said = ScanWith(scanner);
    ASSERT_EQ(said.outcome, Outcome::kClean) << said.why;
  }
}

TEST(RspamdScannerTest, ContentAboveItsLimitIsNotSent) {
  FakeServer server([](FakePeer) {});
  RspamdScanner scanner({.server = server.address(), .max_octets = 3});
  EXPECT_EQ(ScanWith(scanner).outcome, Outcome::kTooLarge);
  EXPECT_EQ(server.connections(), 0);
}

TEST(RspamdScannerTest, SaysHowOldItsFilesAre) {
  EXPECT_TRUE(absl::IsNotFound(RspamdScanner({}).SignatureTime().status()));
  EXPECT_TRUE(
      absl::IsUnavailable(RspamdScanner({.signature_files = {"/nowhere/*.map"}})
                              .SignatureTime()
                              .status()));
  EXPECT_TRUE(RspamdScanner({.signature_files = {"/nowhere/*", "/etc/pass*d"}})
                  .SignatureTime()
                  .ok());
}

}  // namespace
}  // namespace mailsec::io
