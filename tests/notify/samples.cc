#include "tests/notify/samples.h"

#include <utility>

namespace mailsec::notify {
namespace {

using address::Address;

constexpr char kOriginal[] =
    "Received: from client.example.com (client.example.com [198.51.100.7])\r\n"
    "\tby mx.example.org with ESMTP id 5KQ7;\r\n"
    "\tWed, 25 Nov 2026 09:59:58 +0000\r\n"
    "From: Alice <alice@example.com>\r\n"
    "To: bob@example.net\r\n"
    "Subject: Minutes of the meeting\r\n"
    "Date: Wed, 25 Nov 2026 09:59:57 +0000\r\n"
    "Message-ID: <minutes-1@example.com>\r\n"
    "\r\n"
    "See you on Friday.\r\n";

RecipientStatus Recipient(const std::string& address, Action action,
                          smtp::EnhancedStatus status,
                          const std::string& answer) {
  RecipientStatus recipient;
  recipient.final_recipient = {"rfc822", address};
  recipient.action = action;
  recipient.status = status;
  if (!answer.empty()) {
    recipient.diagnostic_code = {"smtp", answer};
    recipient.remote_mta = {"dns", "mx.example.net"};
  }
  recipient.last_attempt = SampleTime() - absl::Seconds(1);
  return recipient;
}

Sample Failed(const std::string& name, const RecipientStatus& recipient,
              Cause cause) {
  Sample sample = {.name = name,
                   .languages = {Language::kEnglish},
                   .request = {.target = *Address::Parse("alice@example.com"),
                               .report = {},
                               .causes = {cause},
                               .original = kOriginal,
                               .unique = "5KQ7"}};
  sample.request.report.arrival_date = SampleTime() - absl::Seconds(2);
  sample.request.report.recipients = {recipient};
  return sample;
}

Sample Failed(const std::string& name) {
  return Failed(name,
                Recipient("bob@example.net", Action::kFailed, {5, 7, 1},
                          "550 5.7.1 Not permitted"),
                Cause::kRefusedByPolicy);
}

// One that no failure is reported by.
Sample Told(const std::string& name, Action action, smtp::EnhancedStatus status,
            const std::string& answer) {
  Sample sample = Failed(
      name, Recipient("bob@example.net", action, status, answer), Cause{});
  sample.request.causes.clear();
  return sample;
}

Sample SeveralRecipients() {
  Sample sample = Failed("failed_several");
  sample.request.report.recipients.push_back(
      Recipient("carol@example.net", Action::kFailed, {5, 6, 7},
                "553 5.6.7 Non-ASCII addresses not permitted"));
  sample.request.report.recipients.push_back(
      Recipient("dave@gone.example", Action::kFailed, {5, 1, 2}, ""));
  sample.request.causes.push_back(Cause::kCannotConvert);
  sample.request.causes.push_back(Cause::kNoSuchDomain);
  return sample;
}

// DSN-08: all lines of the answer, ENVID, ORCPT and all other fields.
Sample EveryField() {
  Sample sample = Failed(
      "failed_every_field",
      Recipient("bob@inner.example.org", Action::kFailed, {5, 7, 1},
                "550-5.7.1 The message was refused by a rule of this site "
                "that takes more than one line to describe, see:\n"
                "550-5.7.1 https://postmaster.example.net/why?rule=17\n"
                "550 5.7.1 End"),
      Cause::kRefusedByPolicy);
  sample.languages = {Language::kGerman, Language::kEnglish};
  DeliveryReport& report = sample.request.report;
  report.original_envelope_id = "QQ 314159";
  report.received_from_mta = {"dns", "client.example.com"};
  report.recipients[0].original_recipient = {"rfc822", "bob@example.org"};
  report.recipients[0].final_log_id = "5KQ7-1";
  return sample;
}

Sample Expired() {
  Sample sample = Failed(
      "failed_expired",
      Recipient("bob@example.net", Action::kFailed, {}, "451 Try again later"),
      Cause::kExpired);
  sample.request.report.arrival_date = SampleTime() - absl::Hours(5 * 24);
  return sample;
}

Sample FullReturn() {
  Sample sample = Failed("failed_return_full");
  sample.request.return_full = true;
  return sample;
}

// DSN-10: raw Latin-1, a long line, controls, and what looks like our boundary.
Sample StrangeOriginal() {
  Sample sample = Failed("failed_strange_original");
  sample.request.original =
      "Subject: Gr\xFC\xDF"
      "e\x01 --=_ndn-5KQ7\r\n"
      "X-Long: " +
      std::string(1200, 'x') +
      "\r\nX-Cr: a\rb\r\n"
      "Message-ID: <minutes-1@example.com>\r\n\r\nbody\r\n";
  return sample;
}

Sample NoHeader() {
  Sample sample = Failed("failed_no_header");
  sample.request.original = "\r\nA body without a header section.\r\n";
  return sample;
}

// RFC 6533: the recipient's address is international, the sender's is not.
Sample InternationalRecipient(const std::string& name, bool smtputf8) {
  Sample sample =
      Failed(name,
             Recipient("b\xC3\xBC"
                       "b@example.net",
                       Action::kFailed, {5, 1, 1}, "550 5.1.1 User unknown"),
             Cause::kNoSuchRecipient);
  sample.request.smtputf8 = smtputf8;
  if (smtputf8) {
    sample.request.original =
        "From: Alice <alice@example.com>\r\n"
        "To: b\xC3\xBC"
        "b@example.net\r\nSubject: Gr\xC3\xBC\xC3\x9F"
        "e\r\n\r\n";
  }
  return sample;
}

Sample InternationalSender() {
  Sample sample = InternationalRecipient("failed_utf8_sender", true);
  sample.request.target = *Address::Parse("\xC3\xA4lice@example.com");
  sample.languages = {Language::kGerman};
  return sample;
}

Sample Delayed() {
  Sample sample =
      Told("delayed", Action::kDelayed, {4, 4, 1}, "451 4.4.1 Busy");
  sample.languages = {Language::kGerman, Language::kEnglish};
  sample.request.report.recipients[0].will_retry_until =
      SampleTime() + absl::Hours(5 * 24);
  return sample;
}

}  // namespace

absl::Time SampleTime() {
  return absl::FromCivil(absl::CivilSecond(2026, 11, 25, 10, 0, 0),
                         absl::UTCTimeZone());
}

std::vector<Sample> Samples() {
  std::vector<Sample> samples = {
      Failed("failed"),
      SeveralRecipients(),
      EveryField(),
      Expired(),
      FullReturn(),
      StrangeOriginal(),
      NoHeader(),
      InternationalRecipient("failed_utf8_as_ascii", false),
      InternationalRecipient("failed_utf8_recipient", true),
      InternationalSender(),
      Failed("failed_no_status",
             Recipient("bob@example.net", Action::kFailed, {}, "550 No"),
             Cause::kOther),
      Delayed(),
      Told("delivered", Action::kDelivered, {2, 0, 0}, ""),
      Told("relayed", Action::kRelayed, {2, 0, 0}, "250 2.0.0 Taken"),
      Told("expanded", Action::kExpanded, {2, 0, 0}, "")};
  samples.back().languages = {Language::kEnglish, Language::kGerman};
  return samples;
}

Notification BuildSample(const Sample& sample) {
  const absl::StatusOr<NdnBuilder> builder =
      NdnBuilder::Create({.hostname = "mx.example.org",
                          .from = *Address::Parse("postmaster@example.org"),
                          .languages = sample.languages});
  return *builder->Build(sample.request, SampleTime());
}

}  // namespace mailsec::notify
