// No value breaks out of the line that it is written into: whatever a caller
// puts into a public value, what goes onto the wire has the same lines, and
// what goes into a header has the same fields, as with a harmless value.

#include <algorithm>
#include <functional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "mailcore/autoreply/absence_notice.h"
#include "mailcore/autoreply/receipt.h"
#include "mailcore/autoreply/reply_fields.h"
#include "mailcore/message/header_scanner.h"
#include "mailcore/message/message_id.h"
#include "mailcore/message/mime_encode.h"
#include "mailcore/message/trace_field.h"
#include "mailcore/message/verdict_field.h"
#include "mailcore/notify/alarm_mail.h"
#include "mailcore/notify/ndn_builder.h"
#include "mailcore/notify/status_part.h"
#include "mailcore/smtp/client_session.h"
#include "mailcore/smtp/reply.h"
#include "mailcore/smtp/server_session.h"

namespace mailsec {
namespace {

using address::Address;
using address::ForwardPath;
using address::ReversePath;
using message::HeaderScanner;

const Address& Bob() {
  static const Address address = *Address::Parse("bob@example.org");
  return address;
}
const absl::Time kNow = absl::FromUnixSeconds(1764064800);

// What somebody might try, and what nobody has thought of.
std::vector<std::string> HostileValues() {
  std::vector<std::string> values = {
      "x\r\nEvil: 1",
      "x\nEvil: 1",
      "x\rEvil: 1",
      "\r\n",
      "\n",
      "\r",
      "x\r\n\r\nbody\r\n.\r\n",
      "x\r\nRCPT TO:<eve@example.net>",
      "PLAIN\n250 EVIL",
      "x\r\n 250-EVIL",
      std::string("x\0y", 3),
      "x\x0B\x0C\x1B[2Jy",
      "\xC2\x85"
      "Evil: 1",
      "\xE2\x80\xA8"
      "Evil: 1",
      "\xFF\xFE",
      "\xC3\xBC",
      "=?utf-8?Q?=0D=0AEvil:_1?=",
      " x",
      "x ",
      "x y",
      "",
      "\"",
      "\\",
      "(",
      ")",
      "<x>",
      ">",
      ";",
      ":",
      "x+0D+0AEvil",
      "x\\x{0A}Evil",
      "=_ndn-1",
      "--=_ndn-1--",
      std::string(5000, 'x'),
      std::string(3000, '\n'),
  };
  std::mt19937 random(1);
  const std::string alphabet("\r\n\0\t .:;<>()\"\\=?+-a\x85\xC2\xE2\x80\xA8",
                             25);
  for (int i = 0; i < 500; ++i) {
    std::string value;
    for (size_t n = random() % 8; n > 0; --n) {
      value += alphabet[random() % alphabet.size()];
    }
    values.push_back(std::move(value));
  }
  return values;
}

// ---------------------------------------------------------------------------
// What went out, in a form that can be compared

// The octets without line ends may be anything but a bare one, or a NUL; each
// line ends.
bool HasWholeLines(const std::string& octets) {
  for (size_t i = 0; i < octets.size(); ++i) {
    if (octets[i] == '\0') return false;
    if (octets[i] == '\r' && octets.substr(i, 2) != "\r\n") return false;
    if (octets[i] == '\n' && (i == 0 || octets[i - 1] != '\r')) return false;
  }
  return octets.empty() || absl::EndsWith(octets, "\r\n");
}

// The first words of the lines: "250-PIPELINING" gives "250-PIPELINING".
std::string FirstWords(const std::string& octets) {
  std::string words;
  for (absl::string_view line : absl::StrSplit(octets, "\r\n")) {
    absl::StrAppend(&words, line.substr(0, line.find(' ')), "\n");
  }
  return words;
}

// The names of the fields; the body, if there is one, is not looked at.
std::string FieldNames(const std::string& octets) {
  std::string names;
  const HeaderScanner header(
      octets, {.other_lines = HeaderScanner::OtherLines::kEndsSection});
  for (const message::HeaderField& field : header.fields()) {
    absl::StrAppend(&names, absl::AsciiStrToLower(field.name), "\n");
  }
  return absl::StrCat(names, header.has_other_lines() ? "and no field" : "");
}

// A place for a value: what goes out with it; "" if it is refused.
struct Sink {
  const char* name;
  std::function<std::string(const std::string&)> write;
  // What of it is the same for all values; some fields come only with a value
  // that can stand in them.
  std::string (*form)(const std::string&) = FieldNames;
  const char* may_miss = "";  // Such a line of the form.
  const char* harmless = "harmless";
};

// ---------------------------------------------------------------------------
// Onto the wire

std::string Greeted(const std::function<void(smtp::ServerOptions&)>& set) {
  smtp::ServerOptions options;
  options.hostname = "mx.example.org";
  set(options);
  if (!smtp::CheckOptions(options).ok()) {
    smtp::ServerSession closed(options);
    EXPECT_EQ(closed.TakeOutput().substr(0, 10), "421 4.3.5 ");
    EXPECT_TRUE(std::holds_alternative<smtp::Closed>(closed.NextEvent()));
    return "";
  }
  smtp::ServerSession session(options);
  std::string out = session.TakeOutput();
  session.Receive("EHLO c.example.com\r\n");
  EXPECT_TRUE(std::holds_alternative<smtp::Hello>(session.NextEvent()));
  EXPECT_TRUE(session.Respond(smtp::Reply(250, "OK")).ok());
  return out + session.TakeOutput();
}

// All that a client says to a server that takes everything.
std::string Said(const smtp::ClientOptions& options,
                 smtp::Transaction transaction) {
  smtp::ClientSession session(options);
  session.Receive("220 mx\r\n");
  (void)session.NextEvent();
  std::string out = session.TakeOutput();
  session.Receive("250-mx\r\n250-PIPELINING\r\n250-SMTPUTF8\r\n250 DSN\r\n");
  (void)session.NextEvent();
  EXPECT_TRUE(session.Begin(std::move(transaction)).ok());
  (void)session.NextEvent();
  return out + session.TakeOutput();
}

smtp::Transaction ToBob(smtp::MailParameters mail, smtp::RcptParameters rcpt) {
  return {.sender = ReversePath(),
          .parameters = std::move(mail),
          .recipients = {{ForwardPath(Bob()), std::move(rcpt)}}};
}

// Verbs and parameters, without their values.
std::string Commands(const std::string& octets) {
  std::string out;
  for (absl::string_view line : absl::StrSplit(octets, "\r\n")) {
    for (absl::string_view word : absl::StrSplit(line, ' ')) {
      absl::StrAppend(&out, word.substr(0, word.find_first_of(":=;")), " ");
      if (absl::StartsWith(line, "EHLO")) break;  // A name of one word or more.
    }
    out += "\n";
  }
  return out;
}

const Sink kWireSinks[] = {
    {"ReplyOneLine",
     [](const std::string& v) {
       std::string text = v;
       std::replace(text.begin(), text.end(), '\n', 'n');  // Its own sign.
       return smtp::Reply(550, {5, 7, 1}, text.substr(0, 100)).ToWire();
     },
     [](const std::string& octets) {
       EXPECT_EQ(octets.substr(0, 9), "550 5.7.1");
       return absl::StrCat(std::count(octets.begin(), octets.end(), '\n'));
     }},
    {"ReplyOfManyLines",
     [](const std::string& v) {
       return smtp::Reply(550, {5, 7, 1}, v).ToWire();
     },
     [](const std::string& octets) {
       for (absl::string_view line : absl::StrSplit(octets, "\r\n")) {
         EXPECT_TRUE(line.empty() || absl::StartsWith(line, "550 5.7.1") ||
                     absl::StartsWith(line, "550-5.7.1"));
         EXPECT_LE(line.size(), 510u);
       }
       return std::string();
     }},
    {"ServerHostname",
     [](const std::string& v) {
       return Greeted([&](auto& options) { options.hostname = v; });
     },
     [](const std::string& octets) {
       return absl::StrCat(std::count(octets.begin(), octets.end(), '\n'));
     }},
    {"ServerMechanism",
     [](const std::string& v) {
       return Greeted([&](auto& options) { options.auth_mechanisms = {v}; });
     },
     [](const std::string& octets) {
       return absl::StrCat(std::count(octets.begin(), octets.end(), '\n'));
     },
     "", "HARMLESS"},
    {"ClientHostname",
     [](const std::string& v) { return Said({.hostname = v}, ToBob({}, {})); },
     Commands},
    {"EnvelopeId",
     [](const std::string& v) {
       smtp::MailParameters mail;
       mail.envelope_id = v;
       return Said({.hostname = "c"}, ToBob(mail, {}));
     },
     Commands, "ENVID"},
    {"OriginalType",
     [](const std::string& v) {
       smtp::RcptParameters rcpt;
       rcpt.original_type = v;
       rcpt.original_recipient = "a@example.org";
       return Said({.hostname = "c"}, ToBob({}, rcpt));
     },
     Commands, "ORCPT"},
    {"OriginalRecipient",
     [](const std::string& v) {
       smtp::RcptParameters rcpt;
       rcpt.original_type = "rfc822";
       rcpt.original_recipient = v;
       return Said({.hostname = "c"}, ToBob({}, rcpt));
     },
     Commands, "ORCPT"},
    {"OriginalRecipientInUtf8",
     [](const std::string& v) {
       smtp::RcptParameters rcpt;
       rcpt.original_type = "utf-8";
       rcpt.original_recipient = v;
       return Said({.hostname = "c"}, ToBob({}, rcpt));
     },
     Commands, "ORCPT"},
    {"AnAddress",
     [](const std::string& v) {
       const auto address = Address::Parse(v + "@example.org");
       if (!address.ok()) return std::string();
       return Said({.hostname = "c"},
                   {.sender = ReversePath(*address),
                    .parameters = {},
                    .recipients = {{ForwardPath(*address), {}}}});
     },
     FirstWords},
};

// ---------------------------------------------------------------------------
// Into a header

message::TraceField Trace() {
  return {.helo = "c.example.com",
          .own_name = "mx.example.org",
          .queue_id = "1A",
          .recipient = Bob(),
          .time = kNow};
}

notify::NdnRequest Request() {
  notify::RecipientStatus status;
  status.final_recipient = {"rfc822", "bob@example.org"};
  status.original_recipient = {"rfc822", "b@example.org"};
  status.status = {5, 1, 1};
  status.remote_mta = {"dns", "mx.example.net"};
  status.diagnostic_code = {"smtp", "550 no"};
  status.final_log_id = "1A";
  notify::NdnRequest request = {.target = Bob()};
  request.report.original_envelope_id = "id";
  request.report.reporting_mta = {"dns", "mx.example.org"};
  request.report.received_from_mta = {"dns", "c.example.com"};
  request.report.recipients = {status};
  request.causes = {notify::Cause::kNoSuchRecipient};
  request.original = "Message-ID: <1@example.org>\r\nSubject: x\r\n\r\n";
  request.unique = "1A";
  return request;
}

std::string Notified(const std::function<void(notify::NdnRequest&)>& set) {
  static const notify::NdnBuilder builder = *notify::NdnBuilder::Create(
      {.hostname = "mx.example.org",
       .from = *Address::Parse("postmaster@example.org")});
  notify::NdnRequest request = Request();
  set(request);
  const auto built = builder.Build(request, kNow);
  return built.ok() ? built->content : "";
}

// The fields about one recipient.
std::string Status(const std::function<void(notify::DeliveryReport&)>& set) {
  notify::DeliveryReport report = Request().report;
  set(report);
  std::string body =
      notify::StatusPart(report, notify::StatusForm::kAscii).body;
  // Two groups, as one section.
  body.erase(body.find("\r\n\r\n"), 2);
  return body;
}

template <typename Set>
Sink StatusSink(const char* name, Set set, const char* may_miss = "") {
  return {name,
          [set](const std::string& v) {
            return Status([&](notify::DeliveryReport& report) {
              set(report, report.recipients[0], v);
            });
          },
          FieldNames, may_miss};
}

std::string Notice(const std::function<void(autoreply::AbsenceSettings&)>& set,
                   const std::string& original = "Subject: x\r\n\r\n",
                   const std::string& unique = "1A") {
  autoreply::AbsenceSettings settings = {
      .owner = Bob(),
      .display_name = "Bob",
      .inside_texts = {{.language = "en", .subject = "Away", .text = "Away."}}};
  set(settings);
  const HeaderScanner header(original);
  const auto built = autoreply::BuildAbsenceNotice({.settings = &settings,
                                                    .original = &header,
                                                    .target = Bob(),
                                                    .sender_is_inside = true,
                                                    .unique = unique},
                                                   kNow);
  return built.ok() ? built->content : "";
}

std::string Receipt(const std::string& original, const std::string& unique,
                    const std::string& recipient) {
  const HeaderScanner header(original);
  const auto built = autoreply::BuildReceipt({.original = &header,
                                              .mailbox = Bob(),
                                              .target = Bob(),
                                              .unique = unique,
                                              .original_recipient = recipient},
                                             kNow);
  return built.ok() ? built->content : "";
}

using notify::DeliveryReport;
using notify::RecipientStatus;
using std::string;

const Sink kHeaderSinks[] = {
    {"TraceHelo",
     [](const string& v) {
       message::TraceField trace = Trace();
       trace.helo = v;
       return trace.ToReceived();
     }},
    {"TraceClientName",
     [](const string& v) {
       message::TraceField trace = Trace();
       trace.client_name = v;
       return trace.ToReceived();
     }},
    {"TraceOwnName",
     [](const string& v) {
       message::TraceField trace = Trace();
       trace.own_name = v;
       return trace.ToReceived();
     }},
    {"TraceQueueId",
     [](const string& v) {
       message::TraceField trace = Trace();
       trace.queue_id = v;
       return trace.ToReceived();
     }},
    {"VerdictScanner",
     [](const string& v) {
       return message::VerdictField{.scanners = {v, v}}.ToFields();
     }},
    {"VerdictSignature",
     [](const string& v) {
       return message::VerdictField{.signature = v}.ToFields();
     }},
    {"VerdictSymbol",
     [](const string& v) {
       return message::VerdictField{.symbols = {v, v}}.ToFields();
     }},
    {"EncodedField",
     [](const string& v) { return message::EncodedField("Subject", v); }},
    {"EncodedWords",
     [](const string& v) {
       return absl::StrCat("Subject: ", message::EncodeWords(v), "\r\n");
     }},
    {"FoldedField",
     [](const string& v) { return message::FoldedField("X-Value", v); }},
    {"MessageIdUnique",
     [](const string& v) {
       return absl::StrCat(
           "Message-ID: ", message::NewMessageId("ndn", v, "mx.example.org"),
           "\r\n");
     }},
    {"MessageIdHost",
     [](const string& v) {
       return absl::StrCat(
           "Message-ID: ", message::NewMessageId("ndn", "1A", v), "\r\n");
     }},
    {"MessageIdKind",
     [](const string& v) {
       return absl::StrCat(
           "Message-ID: ", message::NewMessageId(v, "1A", "mx.example.org"),
           "\r\n");
     }},
    {"PartContentType",
     [](const string& v) {
       return message::EncodeText(v, "text\r\n").ToString();
     }},
    {"FromDisplayName",
     [](const string& v) { return autoreply::FromField(Bob(), v); }},

    StatusSink(
        "EnvelopeIdOfReport",
        [](DeliveryReport& r, RecipientStatus&, const string& v) {
          r.original_envelope_id = v;
        },
        "original-envelope-id"),
    StatusSink("ReportingMta",
               [](DeliveryReport& r, RecipientStatus&, const string& v) {
                 r.reporting_mta = {v, v};
               }),
    StatusSink(
        "ReceivedFromMta",
        [](DeliveryReport& r, RecipientStatus&, const string& v) {
          r.received_from_mta = {v, v};
        },
        "received-from-mta"),
    StatusSink("FinalRecipient",
               [](DeliveryReport&, RecipientStatus& s, const string& v) {
                 s.final_recipient = {v, v};
               }),
    StatusSink(
        "OriginalRecipientOfReport",
        [](DeliveryReport&, RecipientStatus& s, const string& v) {
          s.original_recipient = {v, v};
        },
        "original-recipient"),
    StatusSink("Utf8Recipient",
               [](DeliveryReport&, RecipientStatus& s, const string& v) {
                 s.final_recipient = {"utf-8", v};
               }),
    StatusSink(
        "RemoteMta",
        [](DeliveryReport&, RecipientStatus& s, const string& v) {
          s.remote_mta = {v, v};
        },
        "remote-mta"),
    StatusSink(
        "DiagnosticCode",
        [](DeliveryReport&, RecipientStatus& s, const string& v) {
          s.diagnostic_code = {v, v};
        },
        "diagnostic-code"),
    StatusSink(
        "FinalLogId",
        [](DeliveryReport&, RecipientStatus& s, const string& v) {
          s.final_log_id = v;
        },
        "final-log-id"),

    {"NotificationUnique",
     [](const string& v) {
       return Notified([&](auto& request) { request.unique = v; });
     }},
    {"NotificationMessageId",
     [](const string& v) {
       return Notified([&](auto& request) {
         request.original = absl::StrCat("Message-ID: ", v, "\r\n\r\n");
       });
     },
     FieldNames, "in-reply-to\nreferences", "<1@example.org>"},
    {"NotificationHostname",
     [](const string& v) {
       const auto builder =
           notify::NdnBuilder::Create({.hostname = v, .from = Bob()});
       if (!builder.ok()) return string();
       return builder->Build(Request(), kNow)->content;
     }},
    {"AlarmHostname",
     [](const string& v) {
       return notify::WriteAlarmMail(
                  {}, {.hostname = v, .from = Bob(), .to = {Bob()}}, kNow, "1A")
           .content;
     }},
    {"AlarmUnique",
     [](const string& v) {
       return notify::WriteAlarmMail(
                  {},
                  {.hostname = "mx.example.org", .from = Bob(), .to = {Bob()}},
                  kNow, v)
           .content;
     }},

    {"AbsenceName",
     [](const string& v) {
       return Notice([&](auto& settings) { settings.display_name = v; });
     }},
    {"AbsenceSubject",
     [](const string& v) {
       return Notice(
           [&](auto& settings) { settings.inside_texts[0].subject = v; });
     }},
    {"AbsenceLanguage",
     [](const string& v) {
       return Notice(
           [&](auto& settings) { settings.inside_texts[0].language = v; });
     },
     FieldNames, "", "de"},
    {"AbsenceUnique",
     [](const string& v) { return Notice([](auto&) {}, "\r\n", v); }},
    {"SubjectThatIsAnswered",
     [](const string& v) {
       return Notice([](auto& s) { s.inside_texts[0].subject = ""; },
                     absl::StrCat("Subject: ", v, "\r\n\r\n"));
     }},
    {"MessageIdThatIsAnswered",
     [](const string& v) {
       return Notice(
           [](auto&) {},
           absl::StrCat("Message-ID: ", v, "\r\nReferences: ", v, "\r\n\r\n"));
     },
     FieldNames, "in-reply-to\nreferences", "<1@example.org>"},
    {"ReceiptOriginal",
     [](const string& v) {
       return Receipt(
           absl::StrCat("Subject: ", v, "\r\nMessage-ID: ", v, "\r\n\r\n"),
           "1A", "");
     },
     FieldNames, "in-reply-to\nreferences", "<1@example.org>"},
    {"ReceiptUnique",
     [](const string& v) { return Receipt("Subject: x\r\n\r\n", v, ""); }},
    {"ReceiptRecipient",
     [](const string& v) { return Receipt("Subject: x\r\n\r\n", "1A", v); }},
    {"Addresses",
     [](const string& v) {
       const auto address = Address::Parse(v + "@example.org");
       if (!address.ok()) return string();
       message::TraceField trace = Trace();
       trace.recipient = *address;
       trace.smtputf8 = true;
       return absl::StrCat(trace.ToReceived(),
                           message::DeliveredToField(*address),
                           message::ReturnPathField(ReversePath(*address)));
     }},
};

// ---------------------------------------------------------------------------

class InjectionTest : public testing::TestWithParam<const Sink*> {};

// `form` without the lines that may be missing in it.
std::string Without(std::string form, const std::string& may_miss) {
  for (absl::string_view line :
       absl::StrSplit(may_miss, '\n', absl::SkipEmpty())) {
    for (const std::string& found :
         {absl::StrCat(line, "\n"), absl::StrCat(line, " ")}) {
      const size_t at = form.find(found);
      if (at != std::string::npos) form.erase(at, found.size());
    }
  }
  return form;
}

TEST_P(InjectionTest, NoValueBreaksOut) {
  const Sink& sink = *GetParam();
  const std::string harmless = sink.write(sink.harmless);
  ASSERT_FALSE(harmless.empty());
  const std::string want = Without(sink.form(harmless), sink.may_miss);
  for (const std::string& value : HostileValues()) {
    SCOPED_TRACE(testing::PrintToString(value.substr(0, 100)));
    const std::string written = sink.write(value);
    if (written.empty()) continue;  // Refused.
    ASSERT_TRUE(HasWholeLines(written)) << testing::PrintToString(written);
    ASSERT_EQ(Without(sink.form(written), sink.may_miss), want)
        << testing::PrintToString(written);
  }
}

std::vector<const Sink*> Pointers() {
  std::vector<const Sink*> all;
  for (const Sink& sink : kWireSinks) all.push_back(&sink);
  for (const Sink& sink : kHeaderSinks) all.push_back(&sink);
  return all;
}

INSTANTIATE_TEST_SUITE_P(Table, InjectionTest, testing::ValuesIn(Pointers()),
                         [](const auto& info) {
                           return std::string(info.param->name);
                         });

// The test itself must notice what is wrong.
TEST(InjectionTestTest, NoticesAnotherLineOrField) {
  EXPECT_FALSE(HasWholeLines("a\nb\r\n"));
  EXPECT_FALSE(HasWholeLines("a\r\nb"));
  EXPECT_NE(FieldNames("A: x\r\n"), FieldNames("A: x\r\nEvil: 1\r\n"));
  EXPECT_NE(FieldNames("A: x\r\n"), FieldNames("A: x\r\nevil\r\n"));
  EXPECT_NE(FieldNames("A: x\r\nB: y\r\n"), FieldNames("A: x\r\n\r\nB: y\r\n"));
}

}  // namespace
}  // namespace mailsec
