#include "mailcore/spool/envelope.h"

#include "gtest/gtest.h"

namespace mailsec::spool {
namespace {

using address::ForwardPath;

Envelope Full() {
  Envelope envelope;
  envelope.sender = *address::ReversePath::Parse("<\"a b\"@example.com>");
  envelope.parameters = {.declared_size = UINT64_MAX,
                         .body = smtp::BodyType::kBinaryMime,
                         .smtputf8 = true,
                         .dsn_return = smtp::DsnReturn::kHeaders,
                         .envelope_id = "QQ314159",
                         .auth = "x\nreceived_for\nevil"};
  Recipient recipient = {.path = *ForwardPath::Parse("<bob@example.org>"),
                         .parameters = {},
                         .state = RecipientState::kFailed,
                         .last_reply = "550 5.1.1 no",
                         .hop = "mx.example.com [192.0.2.1]",
                         .cause = "no-such-recipient",
                         .local_only = true,
                         .belief = "recipient.exists"};
  recipient.parameters.notify = {
      .never = false, .success = true, .failure = true, .delay = true};
  recipient.parameters.original_type = "rfc822";
  recipient.parameters.original_recipient = std::string("a\0b\r\n", 5);
  recipient.named = ForwardPath::Parse("<robert@example.org>").value();
  envelope.recipients = {recipient,
                         {.path = ForwardPath::Postmaster(),
                          .parameters = {},
                          .state = RecipientState::kReported,
                          .last_reply = ""}};
  envelope.received = absl::FromUnixMicros(1764064800123456);
  envelope.client = *ip::IpAddress::Parse("2001:db8::25");
  envelope.client_name = "client.example.com";
  envelope.authenticated_user = "alice";
  envelope.protocol = "UTF8SMTPSA";
  envelope.has_8bit = envelope.headers_utf8 = true;
  envelope.sender_is_ours = envelope.automatic = envelope.delay_told = true;
  envelope.attempts = 7;
  envelope.age = absl::Microseconds(432000000001);
  envelope.verdict = message::ContentVerdict::kMalware;
  envelope.scan_report = "clamd: Eicar";
  envelope.added_fields = "X-Mailsec-Verdict: malware\r\n";
  envelope.message_id = "<1@example.com> \xff";
  envelope.given_up = true;
  return envelope;
}

// SPOOL-09; ADDR-17: line breaks in a value are octets like others.
TEST(EnvelopeTest, EveryAttributeComesBack) {
  EXPECT_EQ(*ParseEnvelope(SerializeEnvelope(Full())), Full());
}

TEST(EnvelopeTest, NothingSetComesBackToo) {
  EXPECT_EQ(*ParseEnvelope(SerializeEnvelope(Envelope())), Envelope());
}

TEST(EnvelopeTest, TheNullAuthIsNotTheAbsentOne) {
  Envelope envelope;
  envelope.parameters.auth = "";
  EXPECT_TRUE(
      ParseEnvelope(SerializeEnvelope(envelope))->parameters.auth.has_value());
}

TEST(EnvelopeTest, CutOctetsAreDataLossOrAnEnvelope) {
  const std::string whole = SerializeEnvelope(Full());
  for (size_t i = 0; i < whole.size(); ++i) {
    const auto parsed = ParseEnvelope(whole.substr(0, i));
    EXPECT_TRUE(parsed.ok() || absl::IsDataLoss(parsed.status()));
  }
  EXPECT_TRUE(absl::IsDataLoss(ParseEnvelope("\xff").status()));
}

}  // namespace
}  // namespace mailsec::spool
