#include "mailcore/message/trace_field.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "mailcore/message/header_scanner.h"

namespace mailsec::message {
namespace {

using address::Address;
using address::ReversePath;
using ip::IpAddress;

// 2025-11-25T10:00:00Z
constexpr absl::Time kTime = absl::FromUnixSeconds(1764064800);

TraceField Example() {
  return {.helo = "client.example.com",
          .client_ip = *IpAddress::Parse("198.51.100.7"),
          .own_name = "mx.example.org",
          .extended = true,
          .queue_id = "4f2a-1",
          .recipient = *Address::Parse("bob@example.org"),
          .time = kTime};
}

TEST(ReceivedFieldTest, SaysFromByWithIdForAndWhen) {
  EXPECT_EQ(Example().ToReceived(),
            "Received: from client.example.com ([198.51.100.7])\r\n"
            "\tby mx.example.org with ESMTP id 4f2a-1\r\n"
            "\tfor <bob@example.org>; Tue, 25 Nov 2025 10:00:00 +0000\r\n");
}

TEST(ReceivedFieldTest, NamesTheClientByTheDnsToo) {
  TraceField trace = Example();
  trace.helo = "[IPv6:2001:DB8:0::1]";
  trace.client_name = "host.example.com";
  trace.client_ip = *IpAddress::Parse("2001:db8::1");
  EXPECT_EQ(trace.ToReceived().substr(0, 69),
            "Received: from [IPv6:2001:db8::1] (host.example.com "
            "[IPv6:2001:db8::1")
      << trace.ToReceived();
}

// RFC 5321, 7.2: with several recipients, none is named.
TEST(ReceivedFieldTest, NoForClauseWithoutASingleRecipient) {
  TraceField trace = Example();
  trace.recipient.reset();
  EXPECT_EQ(trace.ToReceived(),
            "Received: from client.example.com ([198.51.100.7])\r\n"
            "\tby mx.example.org with ESMTP id 4f2a-1;\r\n"
            "\tTue, 25 Nov 2025 10:00:00 +0000\r\n");
}

TEST(ReceivedFieldTest, Addr01QuotesStayInTheForClause) {
  TraceField trace = Example();
  trace.recipient = *Address::Parse("\"victim@example.com x\"@example.org");
  EXPECT_NE(
      trace.ToReceived().find("for <\"victim@example.com x\"@example.org>;"),
      std::string::npos);
}

TEST(ReceivedFieldTest, Utf8OnlyWhereItWasNegotiated) {
  TraceField trace = Example();
  trace.recipient = *Address::Parse(
      "b\xC3\xB6"
      "b@example.org");
  EXPECT_EQ(trace.ToReceived().find(" for "), std::string::npos);
  EXPECT_EQ(trace.ToReceived().find('\xC3'), std::string::npos);
  trace.smtputf8 = true;
  EXPECT_NE(trace.ToReceived().find("for <b\xC3\xB6"
                                    "b@example.org>;"),
            std::string::npos);
}

// LOG-02: whatever the peer called itself, it is one field.
TEST(ReceivedFieldTest, Log02AHeloCannotEndTheField) {
  TraceField trace = Example();
  trace.helo = "x\nX-Injected: 1";
  EXPECT_EQ(
      trace.ToReceived(),
      "Received: from [198.51.100.7] ([198.51.100.7]) (HELO x?X-Injected: "
      "1)\r\n"
      "\tby mx.example.org with ESMTP id 4f2a-1\r\n"
      "\tfor <bob@example.org>; Tue, 25 Nov 2025 10:00:00 +0000\r\n");
}

TEST(ReceivedFieldTest, Log02ACommentCannotBeLeft) {
  TraceField trace = Example();
  trace.helo = "x) by evil (y\\";
  EXPECT_NE(trace.ToReceived().find("(HELO x? by evil ?y?)"),
            std::string::npos);
}

TEST(ReceivedFieldTest, NothingElseThatIsGivenCanEndIt) {
  TraceField trace = Example();
  trace.client_name = "x\r\n\r\nbody";
  trace.own_name = "y\r\nZ: 1";
  trace.queue_id = "1;\r\n2";
  EXPECT_EQ(trace.ToReceived(),
            "Received: from client.example.com ([198.51.100.7])\r\n"
            "\tby localhost with ESMTP id 12\r\n"
            "\tfor <bob@example.org>; Tue, 25 Nov 2025 10:00:00 +0000\r\n");
}

TEST(ReceivedFieldTest, LongLinesAreFolded) {
  const std::string label(63, 'a');
  TraceField trace = Example();
  trace.helo = label + "." + label + "." + label + ".example";
  trace.client_name = trace.helo;
  trace.own_name = trace.helo;
  trace.queue_id = std::string(200, '9');
  trace.recipient = *Address::Parse(std::string(200, 'b') + "@example.org");
  for (absl::string_view line : absl::StrSplit(trace.ToReceived(), "\r\n")) {
    EXPECT_LE(line.size(), 998u);
    // A longer one has a single word that cannot be folded.
    if (line.size() > 78) {
      EXPECT_EQ(std::count(line.begin() + 1, line.end(), ' '), 0) << line;
    }
  }
}

TEST(ReceivedFieldTest, IsOneHopToTheScanner) {
  const std::string content = Example().ToReceived() + "Subject: x\r\n\r\nbody";
  const HeaderScanner header(content);
  EXPECT_EQ(header.hops(), 1u);
  EXPECT_EQ(header.field_count(), 2u);
}

struct ProtocolCase {
  const char* want;
  bool lmtp, extended, secured, authenticated, smtputf8;
} constexpr kProtocolCases[] = {
    {"SMTP", false, false, false, false, false},
    {"ESMTP", false, true, false, false, false},
    {"ESMTPS", false, true, true, false, false},
    {"ESMTPA", false, true, false, true, false},
    {"ESMTPSA", false, true, true, true, false},
    {"LMTP", true, true, false, false, false},
    {"LMTPS", true, true, true, false, false},
    {"LMTPA", true, true, false, true, false},
    {"LMTPSA", true, true, true, true, false},
    {"UTF8SMTP", false, true, false, false, true},
    {"UTF8SMTPS", false, true, true, false, true},
    {"UTF8SMTPA", false, true, false, true, true},
    {"UTF8SMTPSA", false, true, true, true, true},
    {"UTF8LMTP", true, true, false, false, true},
    {"UTF8LMTPS", true, true, true, false, true},
    {"UTF8LMTPA", true, true, false, true, true},
    {"UTF8LMTPSA", true, true, true, true, true},
};

// RFC 3848; RFC 6531, 4.3.
class ProtocolTest : public testing::TestWithParam<ProtocolCase> {};

TEST_P(ProtocolTest, IsARegisteredKeyword) {
  const ProtocolCase& c = GetParam();
  TraceField trace = Example();
  trace.lmtp = c.lmtp;
  trace.extended = c.extended;
  trace.secured = c.secured;
  trace.authenticated = c.authenticated;
  trace.smtputf8 = c.smtputf8;
  EXPECT_EQ(trace.Protocol(), c.want);
}

INSTANTIATE_TEST_SUITE_P(Table, ProtocolTest, testing::ValuesIn(kProtocolCases),
                         [](const auto& info) {
                           return std::string(info.param.want);
                         });

TEST(DeliveryFieldsTest, SayWhoSentItAndWhoGotIt) {
  EXPECT_EQ(ReturnPathField(ReversePath()), "Return-Path: <>\r\n");
  EXPECT_EQ(ReturnPathField(*ReversePath::Parse("<a@example.com>")),
            "Return-Path: <a@example.com>\r\n");
  EXPECT_EQ(DeliveredToField(*Address::Parse("\"j doe\"@example.org")),
            "Delivered-To: \"j doe\"@example.org\r\n");
}

}  // namespace
}  // namespace mailsec::message
