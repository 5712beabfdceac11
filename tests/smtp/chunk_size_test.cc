// No octet of a chunk is ever run as a command, whatever its BDAT says.

#include <string>
#include <tuple>
#include <variant>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mailcore/smtp/server_session.h"

namespace mailsec::smtp {
namespace {

// Says `octets`, answers every event positively, and returns the replies. The
// session must be at its end then.
std::string SayLast(ServerSession& session, const std::string& octets) {
  std::string out;
  session.Receive(octets);
  for (;;) {
    const ServerEvent event = session.NextEvent();
    out += session.TakeOutput();
    if (std::holds_alternative<Closed>(event)) return out;
    if (std::holds_alternative<NeedInput>(event)) return out + "(not closed)";
    if (std::holds_alternative<DataChunk>(event) ||
        std::holds_alternative<TransactionAborted>(event)) {
      continue;
    }
    EXPECT_TRUE(session.Respond(Reply(250, {2, 0, 0}, "OK")).ok());
  }
}

const char* const kBefore[] = {
    "",
    "EHLO c.example.com\r\n",
    "EHLO c.example.com\r\nMAIL FROM:<a@example.com>\r\n",
    "EHLO c.example.com\r\nMAIL FROM:<a@example.com>\r\n"
    "RCPT TO:<b@example.org>\r\n",
    "EHLO c.example.com\r\nMAIL FROM:<a@example.com>\r\n"
    "RCPT TO:<b@example.org>\r\nBDAT 3\r\nabc",
};

struct BadBdat {
  const char* line;
  const char* want;
} const kBadBdats[] = {
    {"BDAT 22 LAST x", "501 5.5.4"},
    {"BDAT 22 x", "501 5.5.4"},
    {"BDAT 22 22", "501 5.5.4"},
    {"BDAT LAST", "501 5.5.4"},
    {"BDAT", "501 5.5.4"},
    {"bdat abc", "501 5.5.4"},
    {"BDAT -1", "501 5.5.4"},
    {"BDAT +5", "501 5.5.4"},
    {"BDAT 0x10", "501 5.5.4"},
    {"BDAT 1e1", "501 5.5.4"},
    {"BDAT 5.0", "501 5.5.4"},
    {"BDAT 5, LAST", "501 5.5.4"},
    {"BDAT 5\tLAST", "501 5.5.4"},
    {"BDAT 5\vLAST", "501 5.5.4"},
    {"BDAT \xD9\xA5", "501 5.5.4"},  // ARABIC-INDIC DIGIT FIVE.
    {"BDAT 5 LA\xC5\xBFT", "501 5.5.4"},
    {"BDAT 5\r", "501 5.5.4"},
    {"BDAT5", "501 5.5.4"},
    {"BDAT=5 LAST", "501 5.5.4"},
    {"\tBDATA 5", "501 5.5.4"},
    {"BDAT 123456789012345678901", "501 5.5.4"},
    {"BDAT 00000000000000000000005", "501 5.5.4"},
    {"BDAT 18446744073709551616", "552 5.3.4"},
    {"BDAT 18446744073709551615 LAST", "552 5.3.4"},
    {"BDAT 1000000000000", "552 5.3.4"},
};

class ChunkSizeTest
    : public testing::TestWithParam<std::tuple<const char*, BadBdat>> {};

TEST_P(ChunkSizeTest, WhatFollowsIsNoCommand) {
  const auto& [before, bdat] = GetParam();
  ServerOptions options;
  options.hostname = "mx.example.org";
  options.out_of_turn = OutOfTurnPolicy::kNote;  // All of it comes at once.
  ServerSession session(options);
  session.Receive(before);
  const std::string replies = SayLast(
      session, absl::StrCat(bdat.line, "\r\n", "HELO evil.example.com\r\n"));
  const size_t last = replies.rfind("\r\n", replies.size() - 3);
  EXPECT_TRUE(absl::StartsWith(replies.substr(last + 2), bdat.want)) << replies;
  EXPECT_NE(session.peer_name(), "evil.example.com");
  EXPECT_EQ(session.buffered_octets(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Table, ChunkSizeTest,
                         testing::Combine(testing::ValuesIn(kBefore),
                                          testing::ValuesIn(kBadBdats)));

// A chunk that is only too large is read, so that the client learns it and the
// session goes on; many of them together are not read for ever.
TEST(SkippedChunkTest, AllTogetherAreBounded) {
  ServerOptions options;
  options.hostname = "mx.example.org";
  options.limits.max_message_octets = 1000;
  ServerSession session(options);
  const std::string chunk(10 << 20, 'x');
  std::string out;
  int chunks = 0;
  for (; chunks < 20 && !absl::StrContains(out, "552 5.3.4"); ++chunks) {
    session.Receive(absl::StrCat("BDAT ", chunk.size(), "\r\n", chunk));
    (void)session.NextEvent();
    out = session.TakeOutput();
  }
  EXPECT_EQ(chunks, 7);
  EXPECT_TRUE(std::holds_alternative<Closed>(session.NextEvent()));
}

}  // namespace
}  // namespace mailsec::smtp
