// A caller that has a std::string_view can hand it to every function that other
// projects call and that reads a text or octets.

#include <string_view>

#include "gtest/gtest.h"
#include "mailcore/address/address.h"
#include "mailcore/address/domain.h"
#include "mailcore/address/path.h"
#include "mailcore/autoreply/absence_settings.h"
#include "mailcore/base/event.h"
#include "mailcore/base/string_view.h"
#include "mailcore/dns/resolver.h"
#include "mailcore/io/server_address.h"
#include "mailcore/ip/ip_address.h"
#include "mailcore/ip/ip_network.h"
#include "mailcore/message/content_verdict.h"
#include "mailcore/message/field_remover.h"
#include "mailcore/message/header_scanner.h"
#include "mailcore/message/in_front.h"
#include "mailcore/notify/cause.h"
#include "mailcore/notify/report_linter.h"
#include "mailcore/notify/report_parser.h"
#include "mailcore/policy/content_policy.h"
#include "mailcore/policy/governor.h"
#include "mailcore/policy/string_content.h"
#include "mailcore/policy/text_recipient_directory.h"
#include "mailcore/rate/rate_limiter.h"
#include "mailcore/route/alias_table.h"
#include "mailcore/route/inside.h"
#include "mailcore/server/config/settings.h"
#include "mailcore/smtp/client_session.h"
#include "mailcore/smtp/reply.h"
#include "mailcore/smtp/server_session.h"
#include "mailcore/spool/envelope.h"
#include "mailcore/spool/queue_id.h"

namespace mailsec {
namespace {

constexpr std::string_view kContent = "Subject: x\r\n\r\nhello\r\n";

TEST(StdStringViewTest, IsReadAsItIs) {
  const std::string_view part = std::string_view("example.org!").substr(0, 11);
  EXPECT_EQ(address::Domain::Parse(part)->ascii(), "example.org");
  const base::StringView same = part;
  EXPECT_EQ(absl::string_view(same), "example.org");
  EXPECT_TRUE(base::StringView(std::string_view()).empty());
}

TEST(StdStringViewTest, IsAnAddressOrAHost) {
  EXPECT_TRUE(
      address::AddressLiteral::Parse(std::string_view("[192.0.2.1]")).ok());
  EXPECT_TRUE(address::Address::Parse(std::string_view("a@b.example")).ok());
  EXPECT_TRUE(address::Address::Create(std::string_view("a b"),
                                       *address::Domain::Parse("b.example"))
                  .ok());
  EXPECT_TRUE(address::Domain::ParseFqdn(std::string_view("b.example.")).ok());
  EXPECT_EQ(address::PathLength(std::string_view("<> SIZE=1")), 2u);
  EXPECT_TRUE(address::ReversePath::Parse(std::string_view("<>")).ok());
  EXPECT_TRUE(address::ForwardPath::Parse(std::string_view("<a@b.c>")).ok());
  EXPECT_TRUE(ip::IpAddress::Parse(std::string_view("192.0.2.1")).ok());
  EXPECT_TRUE(ip::IpNetwork::Parse(std::string_view("192.0.2.0/24")).ok());
  EXPECT_TRUE(
      io::ServerAddress::Parse(std::string_view("127.0.0.1:3310")).ok());
  EXPECT_FALSE(dns::NoSuchNameError(std::string_view("none")).ok());
}

TEST(StdStringViewTest, IsAMessage) {
  const message::HeaderScanner header(kContent);
  EXPECT_TRUE(header.Has(std::string_view("subject")));
  EXPECT_EQ(header.Count(std::string_view("subject")), 1u);
  EXPECT_NE(header.Find(std::string_view("subject")), nullptr);
  EXPECT_FALSE(message::NeedsEmptyLineBefore(kContent));
  EXPECT_EQ(message::InFront(std::string_view("A: b\r\n"), kContent).size(),
            kContent.size() + 6);
  message::FieldRemover remover({.names = {"Subject"}});
  std::string kept;
  const auto keep = [&](absl::string_view piece) {
    kept.append(piece.data(), piece.size());
  };
  remover.Feed(kContent, keep);
  remover.Finish(keep);
  EXPECT_EQ(kept, "\r\nhello\r\n");
  EXPECT_FALSE(notify::LintReport(kContent).empty());
  EXPECT_FALSE(notify::ParseReport(kContent).ok());
  policy::StringContent pieces(kContent);
  const auto policy = policy::ContentPolicy::Create({});
  EXPECT_EQ(
      (*policy)->Decide({}, std::string_view("Subject: x\r\n"), pieces).outcome,
      policy::ContentOutcome::kAccept);
}

TEST(StdStringViewTest, IsADialogue) {
  smtp::ServerSession server({.hostname = "mx.example.org"});
  server.Receive(std::string_view("NOOP\r\n"));
  smtp::ClientSession client({.hostname = "client.example"});
  client.Receive(std::string_view("220 mx.example.org\r\n"));
  EXPECT_FALSE(client.Content(kContent).ok());
  EXPECT_EQ(smtp::Reply(250, std::string_view("OK")).text(), "OK");
  EXPECT_EQ(smtp::Reply(250, {2, 0, 0}, std::string_view("OK")).text(), "OK");
  EXPECT_EQ(route::Inside::Refusal(std::string_view("a.example")).code(), 550);
}

TEST(StdStringViewTest, IsConfigurationOrState) {
  EXPECT_FALSE(autoreply::ParseAbsence(std::string_view("x")).ok());
  EXPECT_FALSE(spool::ParseEnvelope(std::string_view("x")).ok());
  EXPECT_FALSE(spool::QueueId::Parse(std::string_view("?")).ok());
  EXPECT_TRUE(notify::ParseCause(std::string_view("loop")).has_value());
  EXPECT_TRUE(message::ParseContentVerdict(std::string_view("clean")));
  EXPECT_TRUE(
      policy::TextRecipientDirectory::Parse(std::string_view("a@example.org\n"))
          .ok());
  EXPECT_TRUE(route::AliasTable::Parse(std::string_view(""), {}, nullptr).ok());
  server::Settings settings;
  EXPECT_FALSE(
      server::ParseSettings(std::string_view("?"), "F", &settings).empty());
  EXPECT_NE(server::ControlSocketOf(std::string_view(""), "F"), "?");
}

TEST(StdStringViewTest, IsAKey) {
  rate::RateLimiter limiter({});
  const absl::Time now = absl::UnixEpoch();
  EXPECT_TRUE(limiter.Take(std::string_view("a"), now).allowed);
  EXPECT_TRUE(limiter.Peek(std::string_view("a"), now).allowed);
  limiter.Return(std::string_view("a"), now);
  EXPECT_FALSE(limiter.Load(std::string_view("?")).ok());
  EXPECT_FALSE(rate::RateLimiter::Check(std::string_view("?")).ok());
  EXPECT_FALSE(policy::Governor({}).LoadBounds(std::string_view("?")).ok());
}

TEST(StdStringViewTest, IsAFieldOfAnEvent) {
  static constexpr base::EventType kType = {"test.event", base::Severity::kInfo,
                                            base::LogClass::kOperational, "R1",
                                            "Test."};
  const base::Event event = base::Event(kType, absl::UnixEpoch())
                                .With("key", std::string_view("value"));
  EXPECT_EQ(event.Get(std::string_view("key")), "value");
}

}  // namespace
}  // namespace mailsec
