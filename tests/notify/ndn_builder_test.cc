#include "mailcore/notify/ndn_builder.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/notify/notification_faults.h"

namespace mailsec::notify {
namespace {

using address::Address;
using ::testing::HasSubstr;
using ::testing::Not;

const absl::Time kNow = absl::FromUnixSeconds(1795600800);

NdnBuilder Builder(uint64_t max_returned_octets = 64 * 1024) {
  return *NdnBuilder::Create({.hostname = "mx.example.org",
                              .from = *Address::Parse("postmaster@example.org"),
                              .max_returned_octets = max_returned_octets});
}

NdnRequest Request(const std::string& original = "Subject: x\r\n\r\n") {
  NdnRequest request = {.target = *Address::Parse("alice@example.com"),
                        .report = {},
                        .causes = {Cause::kOther},
                        .original = original,
                        .unique = "5KQ7"};
  request.report.recipients.resize(1);
  request.report.recipients[0].final_recipient = {"rfc822", "bob@example.net"};
  return request;
}

// Of the only notification that the request makes; never with a fault.
std::vector<std::string> Parts(const NdnRequest& request,
                               const NdnBuilder& builder = Builder()) {
  const Notification notification = *builder.Build(request, kNow);
  EXPECT_EQ(FaultOf(notification), "");
  return PartsOf(notification);
}

std::string StatusPartOf(const NdnRequest& request) {
  return Parts(request).at(2);
}

// Undoes quoted-printable, so that tests can say what came back.
std::string Decoded(const std::string& part) {
  std::string out;
  const std::string text = absl::StrReplaceAll(part, {{"=\r\n", ""}});
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '=' && i + 2 < text.size()) {
      out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

// DSN-10 and its kin: what strangers put into the original.
struct OriginalCase {
  const char* name;
  std::string original;
  std::string want_type;
  std::string want_encoding;
  std::string want_octets;  // Among them, once they are decoded.
};

const OriginalCase kOriginals[] = {
    {"Plain", "Subject: x\r\n\r\nbody\r\n", "text/rfc822-headers", "7bit",
     "\r\n\r\nSubject: x\r\n"},
    {"Dsn10LineOf20000Octets",
     absl::StrCat("X: ", std::string(20000, 'x'), "\r\n\r\n"),
     "text/rfc822-headers", "quoted-printable", std::string(20000, 'x')},
    {"Dsn10RawLatin1", "Subject: Gr\xFC\xDF\r\n\r\n", "text/rfc822-headers",
     "quoted-printable", "Subject: Gr\xFC\xDF\r\n"},
    {"Dsn10Utf8WithoutSmtputf8", "To: b\xC3\xBC@example.net\r\n\r\n",
     "text/rfc822-headers", "quoted-printable", "To: b\xC3\xBC@example.net"},
    {"Dsn10HeaderWithoutBody", "Subject: x", "text/rfc822-headers", "7bit",
     "\r\n\r\nSubject: x\r\n"},
    {"Dsn10OurBoundary", "Subject: x\r\nX: --=_ndn-5KQ7\r\n\r\n",
     "text/rfc822-headers", "7bit", "X: --=_ndn-5KQ7\r\n"},
    {"ItsSuccessorsToo",
     "X: =_ndn-5KQ7\r\n =_ndn-5KQ7-1\r\n =_ndn-5KQ7-2--\r\n\r\n",
     "text/rfc822-headers", "7bit", "=_ndn-5KQ7-2--"},
    {"OurBoundaryAsMessageId", "Message-ID: <=_ndn-5KQ7@x.example>\r\n\r\n",
     "text/rfc822-headers", "7bit", "=_ndn-5KQ7@x"},
    {"Nul", std::string("Subject: a\0b\r\n\r\n", 16), "text/rfc822-headers",
     "quoted-printable", std::string("a\0b", 3)},
    {"Controls", "Subject: a\x1b[2Jb\x7F\r\n\r\n", "text/rfc822-headers",
     "quoted-printable", "a\x1b[2Jb\x7F"},
    {"BareCr", "Subject: a\rb\r\n\r\n", "text/rfc822-headers",
     "quoted-printable", "a\rb"},
    {"BareLfEndsALine", "Subject: a\nTo: b@example.net\n\nbody\n",
     "text/rfc822-headers", "7bit", "Subject: a\r\nTo: b@example.net\r\n"},
    {"TrailingBlanks", "Subject: a \t\r\nX: \xFF \r\n\r\n",
     "text/rfc822-headers", "quoted-printable",
     "Subject: a \t\r\nX: \xFF \r\n"},
    {"LinesOf998", absl::StrCat("X: ", std::string(995, 'x'), "\r\n\r\n"),
     "text/rfc822-headers", "7bit", std::string(995, 'x')},
    {"LinesOf999", absl::StrCat("X: ", std::string(996, 'x'), "\r\n\r\n"),
     "text/rfc822-headers", "quoted-printable", std::string(996, 'x')},
};

class OriginalTest : public testing::TestWithParam<OriginalCase> {};

TEST_P(OriginalTest, ComesBackAndBreaksNothing) {
  const OriginalCase& c = GetParam();
  const std::vector<std::string> parts = Parts(Request(c.original));
  ASSERT_EQ(parts.size(), 4u);
  EXPECT_THAT(parts[3], HasSubstr("Content-Type: " + c.want_type + "\r\n"));
  EXPECT_THAT(
      parts[3],
      HasSubstr("Content-Transfer-Encoding: " + c.want_encoding + "\r\n"));
  EXPECT_THAT(c.want_encoding == "7bit" ? parts[3] : Decoded(parts[3]),
              HasSubstr(c.want_octets));
  EXPECT_THAT(parts[3], Not(HasSubstr("body")));
}

INSTANTIATE_TEST_SUITE_P(Table, OriginalTest, testing::ValuesIn(kOriginals),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

TEST(NdnBuilderTest, NothingToReturnLeavesThePartOut) {
  for (const char* original : {"", "\r\nbody\r\n", "no header\r\n"}) {
    const std::vector<std::string> parts = Parts(Request(original));
    EXPECT_EQ(parts.size(), 3u) << original;
    EXPECT_THAT(parts[1], Not(HasSubstr("attached")));
  }
}

TEST(NdnBuilderTest, Dsn10AMegabyteOfReceivedKeepsWhatTells) {
  std::string original;
  while (original.size() < 1024 * 1024) {
    original += "Received: from a.example by b.example; now\r\n";
  }
  original += "From: alice@example.com\r\nSubject: the end\r\n\r\nbody\r\n";
  const std::string part = Parts(Request(original)).at(3);
  EXPECT_THAT(part, HasSubstr("Subject: the end\r\n"));
  EXPECT_THAT(part, HasSubstr("From: alice@example.com\r\n"));
  EXPECT_THAT(part, HasSubstr("\r\n\r\nReceived: from"));
  EXPECT_GT(part.size(), 60u * 1024);
  EXPECT_LT(part.size(), 66u * 1024);
}

TEST(NdnBuilderTest, AFieldThatIsTooLargeAloneIsLeftOut) {
  const std::string original =
      absl::StrCat("Subject: ", std::string(2000, 'x'),
                   "\r\nFrom: alice@example.com\r\n\r\n");
  const std::string part = Parts(Request(original), Builder(1000)).at(3);
  EXPECT_THAT(part, Not(HasSubstr("Subject")));
  EXPECT_THAT(part, HasSubstr("From: alice@example.com\r\n"));
}

// RET, RFC 3461, 4.3.
struct ReturnCase {
  const char* name;
  bool return_full;
  bool smtputf8;
  Action action;
  std::string original;
  const char* want_type;
};

const ReturnCase kReturns[] = {
    {"HeadersByDefault", false, false, Action::kFailed, "A: b\r\n\r\nc\r\n",
     "text/rfc822-headers"},
    {"FullIfAsked", true, false, Action::kFailed, "A: b\r\n\r\nc\r\n",
     "message/rfc822"},
    {"OnlyOfFailures", true, false, Action::kDelivered, "A: b\r\n\r\nc\r\n",
     "text/rfc822-headers"},
    {"OnlyOfFailuresNotOfDelays", true, false, Action::kDelayed,
     "A: b\r\n\r\nc\r\n", "text/rfc822-headers"},
    {"NotIfTooLarge", true, false, Action::kFailed,
     absl::StrCat("A: b\r\n\r\n", std::string(70000, 'c'), "\r\n"),
     "text/rfc822-headers"},
    {"NotIf8BitAsMessageRfc822MayNotBeEncoded", true, false, Action::kFailed,
     "A: b\r\n\r\n\xC3\xBC\r\n", "text/rfc822-headers"},
    {"NotIfALineIsTooLong", true, false, Action::kFailed,
     absl::StrCat("A: b\r\n\r\n", std::string(999, 'c'), "\r\n"),
     "text/rfc822-headers"},
    {"GlobalIfTheSenderKnowsIt", true, true, Action::kFailed,
     "A: b\r\n\r\n\xC3\xBC\r\n", "message/global"},
    {"GlobalHeaders", false, true, Action::kFailed, "A: \xC3\xBC\r\n\r\nc\r\n",
     "message/global-headers"},
    {"Latin1IsNotGlobal", false, true, Action::kFailed, "A: \xFC\r\n\r\nc\r\n",
     "text/rfc822-headers"},
};

class ReturnTest : public testing::TestWithParam<ReturnCase> {};

TEST_P(ReturnTest, ReturnsWhatWasAskedAndCanGo) {
  const ReturnCase& c = GetParam();
  NdnRequest request = Request(c.original);
  request.return_full = c.return_full;
  request.smtputf8 = c.smtputf8;
  request.report.recipients[0].action = c.action;
  const std::vector<std::string> parts = Parts(request);
  EXPECT_THAT(parts.at(3),
              HasSubstr(absl::StrCat("Content-Type: ", c.want_type, "\r\n")));
  const bool whole = !absl::StrContains(c.want_type, "headers");
  EXPECT_EQ(absl::StrContains(parts[1], "The header of your"), !whole);
}

INSTANTIATE_TEST_SUITE_P(Table, ReturnTest, testing::ValuesIn(kReturns),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

// What strangers can put into the fields of the report.
TEST(NdnBuilderTest, ValuesCannotEndAFieldOrBeginAnother) {
  NdnRequest request = Request();
  const std::string evil = "a\r\nStatus: 2.0.0\r\n\r\nX: \x1b\xFF";
  RecipientStatus& recipient = request.report.recipients[0];
  recipient.final_recipient = {evil, evil};
  recipient.original_recipient = {evil, evil};
  recipient.remote_mta = {evil, evil};
  recipient.diagnostic_code = {evil, evil};
  recipient.final_log_id = evil;
  request.report.original_envelope_id = evil;
  request.report.reporting_mta = {evil, evil};
  request.report.received_from_mta = {evil, evil};
  request.unique = evil;
  const std::vector<std::string> parts = Parts(request);
  ASSERT_EQ(parts.size(), 4u);
  EXPECT_THAT(parts[2], Not(HasSubstr("\r\nStatus: 2")));
  EXPECT_THAT(parts[2], HasSubstr("\r\nFinal-Recipient: rfc822; a?Status"));
  EXPECT_THAT(parts[2], HasSubstr("\r\nRemote-MTA: dns; a?Status"));
  EXPECT_THAT(parts[1], HasSubstr("\\x1b"));
}

// DSN-08
TEST(StatusTest, Dsn08AllLinesOfTheAnswerAreKeptAndFolded) {
  NdnRequest request = Request();
  request.report.recipients[0].diagnostic_code = {
      "smtp", absl::StrCat("550-5.7.1 one\n550-5.7.1\ttwo\n550-5.7.1\n",
                           "550 5.7.1 ", std::string(3000, 'x'))};
  const std::string part = StatusPartOf(request);
  EXPECT_THAT(part, HasSubstr("\r\nDiagnostic-Code: smtp; 550-5.7.1 one\r\n "
                              "550-5.7.1 two\r\n 550-5.7.1\r\n 550 5.7.1"));
  EXPECT_THAT(absl::StrReplaceAll(part, {{"\r\n ", ""}}),
              HasSubstr(std::string(3000, 'x')));
}

struct StatusCase {
  const char* name;
  Action action;
  Cause cause;
  smtp::EnhancedStatus status;
  const char* want;
};

constexpr StatusCase kStatuses[] = {
    {"Kept", Action::kFailed, Cause::kOther, {5, 1, 1}, "5.1.1"},
    {"Dsn08MissingOfAFailure", Action::kFailed, Cause::kOther, {}, "5.0.0"},
    {"MissingOfADelay", Action::kDelayed, Cause::kOther, {}, "4.0.0"},
    {"MissingOfASuccess", Action::kRelayed, Cause::kOther, {}, "2.0.0"},
    {"Dsn08ExpiredWithoutStatus",
     Action::kFailed,
     Cause::kExpired,
     {},
     "4.4.7"},
    {"Dsn08ExpiredWithStatus",
     Action::kFailed,
     Cause::kExpired,
     {4, 3, 2},
     "4.4.7"},
    {"FullUntilItExpired",
     Action::kFailed,
     Cause::kMailboxFull,
     {4, 2, 2},
     "4.2.2"},
    {"FailureIsNoSuccess", Action::kFailed, Cause::kOther, {2, 1, 5}, "5.0.0"},
    {"DelayIsNotPermanent",
     Action::kDelayed,
     Cause::kOther,
     {5, 1, 1},
     "4.0.0"},
    {"SuccessIsNoFailure",
     Action::kExpanded,
     Cause::kOther,
     {4, 1, 1},
     "2.0.0"},
};

class StatusFieldTest : public testing::TestWithParam<StatusCase> {};

TEST_P(StatusFieldTest, AgreesWithTheAction) {
  NdnRequest request = Request();
  RecipientStatus& recipient = request.report.recipients[0];
  recipient.action = GetParam().action;
  recipient.status = GetParam().status;
  recipient.will_retry_until = kNow;
  request.causes = {GetParam().cause};
  const std::string part = StatusPartOf(request);
  EXPECT_THAT(part,
              HasSubstr(absl::StrCat(
                  "\r\nAction: ", std::string(ActionName(GetParam().action)),
                  "\r\nStatus: ", GetParam().want, "\r\n")));
  EXPECT_EQ(absl::StrContains(part, "Will-Retry-Until"),
            GetParam().action == Action::kDelayed);
}

INSTANTIATE_TEST_SUITE_P(Table, StatusFieldTest, testing::ValuesIn(kStatuses),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

// RFC 6533, 3.
struct AddressCase {
  const char* name;
  TypedValue address;
  bool smtputf8;
  const char* target;
  const char* want_field;
  const char* want_type;
};

const AddressCase kAddresses[] = {
    {"Ascii",
     {"rfc822", "b@example.net"},
     true,
     "a@example.com",
     "rfc822; b@example.net",
     "message/delivery-status"},
    {"TypeIsAssumed",
     {"", "b@example.net"},
     false,
     "a@example.com",
     "rfc822; b@example.net",
     "message/delivery-status"},
    {"OtherType",
     {"x400", "/S=b/"},
     false,
     "a@example.com",
     "x400; /S=b/",
     "message/delivery-status"},
    {"Utf8ToOneWhoCannot",
     {"rfc822", "\xC3\xBC@example.net"},
     false,
     "a@example.com",
     "utf-8; \\x{FC}@example.net",
     "message/delivery-status"},
    {"Utf8ToOneWhoCan",
     {"rfc822", "\xC3\xBC@example.net"},
     true,
     "a@example.com",
     "utf-8; \\x{FC}@example.net",
     "message/global-delivery-status"},
    {"Utf8ToUtf8",
     {"utf-8", "\xC3\xBC@example.net"},
     true,
     "\xC3\xA4@example.com",
     "utf-8; \xC3\xBC@example.net",
     "message/global-delivery-status"},
    {"AsciiToUtf8",
     {"rfc822", "b@example.net"},
     true,
     "\xC3\xA4@example.com",
     "rfc822; b@example.net",
     "message/delivery-status"},
    {"NotUtf8",
     {"rfc822", "\xFC@example.net"},
     true,
     "a@example.com",
     "rfc822; ?@example.net",
     "message/global-delivery-status"},
    {"QuotedBlanksAreKept",
     {"rfc822", "\"j  doe\"@example.net"},
     false,
     "a@example.com",
     "rfc822; \"j  doe\"@example.net",
     "message/delivery-status"},
};

class AddressFieldTest : public testing::TestWithParam<AddressCase> {};

TEST_P(AddressFieldTest, IsWrittenForWhoReadsIt) {
  const AddressCase& c = GetParam();
  NdnRequest request = Request();
  request.target = *Address::Parse(c.target);
  request.smtputf8 = c.smtputf8;
  request.report.recipients[0].final_recipient = c.address;
  request.report.recipients[0].original_recipient = c.address;
  const Notification got = *Builder().Build(request, kNow);
  EXPECT_EQ(FaultOf(got), "");
  EXPECT_EQ(got.needs_smtputf8, request.target.needs_smtputf8());
  EXPECT_EQ(got.has_8bit, got.needs_smtputf8);
  const std::string part = PartsOf(got).at(2);
  for (const char* field : {"Final", "Original"}) {
    EXPECT_THAT(part, HasSubstr(absl::StrCat("\r\n", field, "-Recipient: ",
                                             c.want_field, "\r\n")));
  }
  EXPECT_THAT(part,
              HasSubstr(absl::StrCat("Content-Type: ", c.want_type, "\r\n")));
}

INSTANTIATE_TEST_SUITE_P(Table, AddressFieldTest, testing::ValuesIn(kAddresses),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

// DSN-14
TEST(NdnBuilderTest, Dsn14OneReportForAllRecipients) {
  NdnRequest request = Request();
  request.report.recipients.resize(3, request.report.recipients[0]);
  request.causes.resize(3, Cause::kOther);
  const std::string part = StatusPartOf(request);
  size_t groups = 0;
  for (size_t at = 0;
       (at = part.find("\r\n\r\nFinal-Recipient", at)) != std::string::npos;
       ++at) {
    ++groups;
  }
  EXPECT_EQ(groups, 3u);
}

TEST(NdnBuilderTest, ManyRecipientsAreCountedForPeopleAndListedForMachines) {
  NdnRequest request = Request();
  request.report.recipients.resize(1000, request.report.recipients[0]);
  request.causes.resize(1000, Cause::kOther);
  const std::vector<std::string> parts = Parts(request);
  EXPECT_THAT(parts[1], HasSubstr("\r\n  ... (900)\r\n"));
  EXPECT_GT(parts[2].size(), 1000u * 60);
}

TEST(NdnBuilderTest, RefersToTheOriginal) {
  EXPECT_THAT(Parts(Request("Message-ID: <a@example.com>\r\n\r\n"))[0],
              HasSubstr("\r\nIn-Reply-To: <a@example.com>\r\n"
                        "References: <a@example.com>\r\n"));
  for (const std::string& bad :
       {std::string("a@example.com"), std::string("<a b@example.com>"),
        std::string("<a\xFC@example.com>"), std::string("<>x"),
        absl::StrCat("<", std::string(300, 'a'), "@example.com>")}) {
    EXPECT_THAT(Parts(Request("Message-ID: " + bad + "\r\n\r\n"))[0],
                Not(HasSubstr("References")))
        << bad;
  }
}

TEST(NdnBuilderTest, RequestsThatCannotBeWritten) {
  const auto status = [](const NdnRequest& request) {
    return Builder().Build(request, kNow).status();
  };
  NdnRequest nobody = Request();
  nobody.report.recipients.clear();
  EXPECT_TRUE(absl::IsInvalidArgument(status(nobody)));
  NdnRequest mixed = Request();
  mixed.report.recipients.resize(2, mixed.report.recipients[0]);
  mixed.causes.resize(2);
  EXPECT_TRUE(status(mixed).ok());
  mixed.report.recipients[1].action = Action::kDelayed;
  EXPECT_TRUE(absl::IsInvalidArgument(status(mixed)));
  NdnRequest nameless = Request();
  nameless.report.recipients[0].final_recipient = {};
  EXPECT_TRUE(absl::IsInvalidArgument(status(nameless)));
  NdnRequest causeless = Request();
  causeless.causes.clear();
  EXPECT_TRUE(absl::IsInvalidArgument(status(causeless)));
}

TEST(NdnBuilderTest, OptionsThatMakeNoBuilder) {
  const auto status = [](const char* hostname, const char* from,
                         std::vector<Language> languages) {
    return NdnBuilder::Create({.hostname = hostname,
                               .from = *Address::Parse(from),
                               .languages = std::move(languages)})
        .status();
  };
  EXPECT_TRUE(
      status("mx.example.org", "a@b.example", {Language::kGerman}).ok());
  for (const absl::Status& refused :
       {status("", "a@b.example", {Language::kGerman}),
        status("mx example", "a@b.example", {Language::kGerman}),
        status("m\xC3\xBC.example", "a@b.example", {Language::kGerman}),
        status("mx.example.org", "\xC3\xBC@b.example", {Language::kGerman}),
        status("mx.example.org", "a@b.example", {}),
        status("mx.example.org", "a@b.example",
               {Language::kGerman, Language::kGerman})}) {
    EXPECT_TRUE(absl::IsInvalidArgument(refused)) << refused;
  }
}

}  // namespace
}  // namespace mailsec::notify
