#include "mailcore/notify/cause.h"

#include <set>
#include <string>

#include "gtest/gtest.h"

namespace mailsec::notify {
namespace {

// What servers say, as far as it can be seen in public: Postfix, Exim,
// Exchange, Gmail, Dovecot, sendmail, qmail, OpenSMTPD, Yahoo.
struct ReplyCase {
  const char* name;
  int code;
  smtp::EnhancedStatus status;
  const char* text;
  Cause want;
};

constexpr ReplyCase kReplies[] = {
    // No such recipient.
    {"PostfixLocal",
     550,
     {5, 1, 1},
     "<x@example.net>: Recipient address rejected: User unknown in local "
     "recipient table",
     Cause::kNoSuchRecipient},
    {"PostfixVirtual",
     550,
     {5, 1, 1},
     "<x@example.net>: Recipient address rejected: User unknown in virtual "
     "mailbox table",
     Cause::kNoSuchRecipient},
    {"PostfixUnverified",
     450,
     {4, 1, 1},
     "<x@example.net>: Recipient address rejected: undeliverable address: "
     "host gone",
     Cause::kNoSuchRecipient},
    {"PostfixSoftBounce",
     450,
     {4, 1, 1},
     "<x@example.net>: Recipient address rejected: User unknown",
     Cause::kNoSuchRecipient},
    {"EximUnrouteable",
     550,
     {},
     "Unrouteable address",
     Cause::kNoSuchRecipient},
    {"EximNoSuchUser", 550, {}, "No Such User Here", Cause::kNoSuchRecipient},
    {"Exchange",
     550,
     {5, 1, 10},
     "RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address "
     "lookup",
     Cause::kNoSuchRecipient},
    {"ExchangeOnlineEdge",
     550,
     {5, 4, 1},
     "Recipient address rejected: Access denied. AS(201806281)",
     Cause::kNoSuchRecipient},
    {"Gmail",
     550,
     {5, 1, 1},
     "The email account that you tried to reach does not exist. Please try\n"
     "double-checking the recipient's email address for typos",
     Cause::kNoSuchRecipient},
    {"DovecotLmtp",
     550,
     {5, 1, 1},
     "<x@example.net> User doesn't exist: x",
     Cause::kNoSuchRecipient},
    {"Sendmail",
     550,
     {5, 1, 1},
     "<x@example.net>... User unknown",
     Cause::kNoSuchRecipient},
    {"Qmail",
     550,
     {},
     "sorry, no mailbox here by that name (#5.1.1)",
     Cause::kNoSuchRecipient},
    {"QmailStatusOnly", 553, {}, "sorry (#5.7.1)", Cause::kRefusedByPolicy},
    {"OpenSmtpd",
     550,
     {},
     "Invalid recipient: <x@example.net>",
     Cause::kNoSuchRecipient},
    {"Yahoo",
     554,
     {},
     "delivery error: dd This user doesn't have a yahoo.example account (x)",
     Cause::kNoSuchRecipient},
    {"StatusOnly", 550, {5, 1, 1}, "", Cause::kNoSuchRecipient},
    {"TransientStatusOnly", 450, {4, 1, 1}, "", Cause::kNoSuchRecipient},
    {"CodeOnly551", 551, {}, "", Cause::kNoSuchRecipient},
    // Full.
    {"DovecotQuota",
     552,
     {5, 2, 2},
     "<x@example.net> Quota exceeded (mailbox for user is full)",
     Cause::kMailboxFull},
    {"DovecotQuotaForNow",
     452,
     {4, 2, 2},
     "<x@example.net> Quota exceeded (mailbox for user is full)",
     Cause::kMailboxFull},
    {"GmailQuota",
     552,
     {5, 2, 2},
     "The recipient's inbox is out of storage space and inactive.",
     Cause::kMailboxFull},
    {"GmailQuotaForNow",
     452,
     {4, 2, 2},
     "The email account that you tried to reach is over quota.",
     Cause::kMailboxFull},
    {"ExchangeQuota",
     554,
     {5, 2, 2},
     "mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException",
     Cause::kMailboxFull},
    {"RecallOfRfc5321",
     552,
     {},
     "Requested mail action aborted: exceeded storage allocation",
     Cause::kMailboxFull},
    {"OverQuotaByHyphen",
     550,
     {},
     "mailbox is over-quota",
     Cause::kMailboxFull},
    {"FullWithGeneralStatus",
     550,
     {5, 7, 1},
     "The mailbox is full",
     Cause::kMailboxFull},
    {"CodeOnly552", 552, {}, "", Cause::kMailboxFull},
    {"CodeOnly552WithGeneralStatus", 552, {5, 0, 0}, "", Cause::kMailboxFull},
    {"TooManyRecipientsIsNoFullMailbox",
     552,
     {5, 5, 3},
     "Too many recipients",
     Cause::kOther},
    {"TooManyRecipientsWithoutAStatus",
     552,
     {},
     "Too many recipients",
     Cause::kOther},
    {"TooManyRecipientsByStatusOnly", 552, {5, 5, 3}, "", Cause::kOther},
    {"SystemFullIsNoMailboxEither", 552, {5, 3, 1}, "", Cause::kOther},
    {"ProtocolErrorIsNoFullMailbox", 552, {5, 5, 2}, "", Cause::kOther},
    {"ContentIsNoFullMailbox", 552, {5, 7, 0}, "", Cause::kRefusedByPolicy},
    {"ProtocolErrorIsNoMissingRecipient", 553, {5, 5, 4}, "", Cause::kOther},
    {"ProtocolErrorIsNoHostWithoutMail", 521, {5, 5, 1}, "", Cause::kOther},
    {"SystemStorageIsNoMailbox",
     452,
     {4, 3, 1},
     "Insufficient system storage",
     Cause::kOther},
    // Too large.
    {"PostfixSize",
     552,
     {5, 3, 4},
     "Message size exceeds fixed limit",
     Cause::kTooLarge},
    {"EximSize",
     552,
     {},
     "Message size exceeds maximum permitted",
     Cause::kTooLarge},
    {"SendmailSize",
     552,
     {5, 2, 3},
     "Message exceeds maximum fixed size",
     Cause::kTooLarge},
    {"QmailSize",
     552,
     {},
     "sorry, that message size exceeds my databytes limit (#5.3.4)",
     Cause::kTooLarge},
    {"ExchangeSize",
     550,
     {5, 2, 3},
     "RESOLVER.RST.RecipSizeLimit; message too large for this recipient",
     Cause::kTooLarge},
    {"GmailSize",
     552,
     {5, 3, 4},
     "Your message exceeded Google's message size limits.",
     Cause::kTooLarge},
    {"OpenSmtpdSize", 554, {}, "Message too big", Cause::kTooLarge},
    {"TransientSize", 452, {4, 3, 4}, "", Cause::kTooLarge},
    // Others.
    {"NullMx",
     556,
     {5, 1, 10},
     "example.net takes no mail (null MX)",
     Cause::kTakesNoMail},
    {"NullMxStatusOnly", 556, {5, 1, 10}, "", Cause::kTakesNoMail},
    {"Disabled",
     550,
     {5, 2, 1},
     "The email account is disabled.",
     Cause::kTakesNoMail},
    {"NoDomain", 550, {5, 1, 2}, "No such domain", Cause::kNoSuchDomain},
    {"PostfixNoDomain",
     550,
     {5, 4, 4},
     "Host or domain name not found. Name service error",
     Cause::kNoSuchDomain},
    {"PostfixLoop", 554, {5, 4, 6}, "Too many hops", Cause::kLoop},
    {"EximLoop",
     550,
     {},
     "Too many \"Received\" headers - suspected mail loop",
     Cause::kLoop},
    {"ExchangeLoop", 554, {5, 4, 14}, "Hop count exceeded", Cause::kLoop},
    {"LoopAtUs", 554, {5, 4, 6}, "", Cause::kLoop},
    {"PostfixRelay",
     554,
     {5, 7, 1},
     "<x@example.net>: Relay access denied",
     Cause::kRefusedByPolicy},
    {"SendersDomain",
     550,
     {5, 1, 8},
     "<a@example.com>: Sender address rejected: Domain not found",
     Cause::kRefusedByPolicy},
    {"SenderUnknownIsNotRecipientUnknown",
     550,
     {5, 1, 0},
     "<a@example.com>: Sender address rejected: User unknown in virtual "
     "mailbox table",
     Cause::kRefusedByPolicy},
    {"EximSenderVerify",
     550,
     {},
     "Sender verify failed: no such user",
     Cause::kRefusedByPolicy},
    {"BlockListIsNoSpam",
     554,
     {5, 7, 1},
     "Service unavailable; Client host [192.0.2.25] blocked using "
     "zen.spamhaus.example",
     Cause::kRefusedByPolicy},
    {"OurNameIsNotFound",
     450,
     {4, 7, 1},
     "<mx.example.org>: Helo command rejected: Host not found",
     Cause::kRefusedByPolicy},
    {"OurQuotaIsNotTheRecipients",
     550,
     {5, 4, 5},
     "Daily user sending quota exceeded.",
     Cause::kRefusedByPolicy},
    {"TooManyForThisUser",
     450,
     {4, 2, 1},
     "The user you are trying to contact is receiving mail too quickly.",
     Cause::kRefusedByPolicy},
    {"PostfixAccessTable",
     554,
     {5, 7, 1},
     "<x@example.net>: Recipient address rejected: Access denied",
     Cause::kRefusedByPolicy},
    {"QuotationIsNoQuota",
     550,
     {5, 7, 1},
     "Quotation marks are not allowed",
     Cause::kRefusedByPolicy},
    {"Greylisted",
     450,
     {4, 2, 0},
     "Recipient address rejected: Greylisted",
     Cause::kRefusedByPolicy},
    {"Dmarc",
     550,
     {5, 7, 26},
     "Unauthenticated mail is not accepted",
     Cause::kRefusedByPolicy},
    {"GmailSpam",
     550,
     {5, 7, 1},
     "Our system has detected that this message is likely unsolicited mail.",
     Cause::kRefusedAsSpam},
    {"Spam", 554, {5, 7, 1}, "This looks like SPAM.", Cause::kRefusedAsSpam},
    {"Virus",
     554,
     {5, 7, 1},
     "Virus found (Eicar-Test)",
     Cause::kRefusedAsSpam},
    {"NoSmtputf8", 553, {5, 6, 7}, "", Cause::kCannotConvert},
    {"No8BitMime", 554, {5, 6, 3}, "", Cause::kCannotConvert},
    {"BareRefusal", 550, {}, "Requested action not taken", Cause::kOther},
    {"Nothing", 554, {}, "", Cause::kOther},
};

class ReplyTest : public testing::TestWithParam<ReplyCase> {};

TEST_P(ReplyTest, IsClassified) {
  const ReplyCase& c = GetParam();
  const smtp::Reply reply(c.code, c.status, c.text);
  EXPECT_EQ(CauseName(ClassifyFailure(reply, false)), CauseName(c.want));
  // R19 speaks of the reason: it stays one when the lifetime is over.
  EXPECT_EQ(CauseName(ClassifyFailure(reply, true)),
            CauseName(IsContradiction(c.want) ? c.want : Cause::kExpired));
}

INSTANTIATE_TEST_SUITE_P(Table, ReplyTest, testing::ValuesIn(kReplies),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

TEST(CauseTest, NamesAreDistinctAndComeBack) {
  std::set<std::string> names;
  std::set<std::string> summaries;
  for (int i = 0; i <= static_cast<int>(Cause::kOther); ++i) {
    const auto cause = static_cast<Cause>(i);
    const absl::string_view name = CauseName(cause);
    EXPECT_TRUE(names.insert(std::string(name)).second);
    EXPECT_TRUE(summaries.insert(std::string(CauseSummary(cause))).second);
    EXPECT_EQ(ParseCause(name), cause);
  }
  EXPECT_EQ(ParseCause("No-Such-Recipient"), std::nullopt);
  EXPECT_EQ(ParseCause(""), std::nullopt);
}

TEST(CauseTest, ThreeAreContradictions) {
  std::set<Cause> contradictions;
  for (int i = 0; i <= static_cast<int>(Cause::kOther); ++i) {
    const auto cause = static_cast<Cause>(i);
    if (IsContradiction(cause)) contradictions.insert(cause);
  }
  EXPECT_EQ(contradictions,
            (std::set<Cause>{Cause::kNoSuchRecipient, Cause::kTooLarge,
                             Cause::kMailboxFull}));
}

}  // namespace
}  // namespace mailsec::notify
