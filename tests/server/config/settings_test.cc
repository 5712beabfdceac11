#include "mailcore/server/config/settings.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mailsec::server {
namespace {

// Without an error; tests add to it.
constexpr char kGood[] = R"(hostname: "mx.example.org"
administrator: "admin@example.org"
deputy: "deputy@example.org"
listen { address: "127.0.0.1" port: 2525 }
local_domain { name: "example.org" recipients_file: "r" maildir_root: "mail" }
)";

std::string Errors(const std::string& text) {
  Settings settings;
  std::vector<std::string> lines;
  for (const ConfigError& e : ParseSettings(text, "dir/F", &settings)) {
    lines.push_back(e.ToString());
  }
  return absl::StrJoin(lines, "\n");
}

TEST(ParseSettingsTest, FillsInTheDefaults) {
  Settings settings;
  ASSERT_TRUE(ParseSettings(kGood, "dir/F", &settings).empty());
  EXPECT_EQ(settings.limits.message_octets, 50u << 20);
  EXPECT_EQ(settings.limits.command_time, absl::Minutes(5));
  EXPECT_EQ(settings.spool.directory, "dir/spool");
  EXPECT_EQ(settings.control_socket, "dir/control");
  EXPECT_EQ(settings.notifications.from->ToString(), "postmaster@example.org");
  EXPECT_EQ(settings.retry.schedule.lifetime, absl::Hours(120));
  EXPECT_EQ(settings.routes.fallback.ToString(), "mx:");
}

TEST(ParseSettingsTest, PathsStartAtTheFolderOfTheFile) {
  Settings settings;
  ASSERT_TRUE(ParseSettings(absl::StrCat(kGood,
                                         "spool { directory: \"/var/spool\" } "
                                         "automatic { database: \"a.db\" } "
                                         "aliases_file: \"aliases\""),
                            "dir/F", &settings)
                  .empty());
  EXPECT_EQ(settings.spool.directory, "/var/spool");
  EXPECT_EQ(settings.spool.Beside(".bounds"), "/var/spool.bounds");
  EXPECT_EQ(settings.automatic.database, "dir/a.db");
  EXPECT_EQ(settings.domains.aliases_file.path, "dir/aliases");
  EXPECT_EQ(settings.domains.aliases_file.place.line, 6);
  EXPECT_EQ(settings.domains.local.front().mailboxes.maildir_root, "dir/mail");
}

TEST(ParseSettingsTest, SmarthostsKeepTheirOrder) {
  Settings settings;
  ASSERT_TRUE(ParseSettings(
                  absl::StrCat(kGood,
                               "smarthost { host: \"b.example\" port: 587 "
                               "            verify_recipients: true }"
                               "smarthost { host: \"a.example\" }"
                               "smarthost { host: \"b.example\" }"
                               "relay_domain { name: \"r.example\" "
                               "  next_hop { host: \"192.0.2.1\" } "
                               "  next_hop { host: \"192.0.2.2\" port: 26 } }"),
                  "dir/F", &settings)
                  .empty());
  EXPECT_EQ(settings.routes.fallback.ToString(),
            "smtp:[b.example]:587,[a.example]:25,[b.example]:25");
  EXPECT_TRUE(settings.routes.fallback.verify);
  EXPECT_EQ(settings.domains.relay[0].next_hop.ToString(),
            "smtp:[192.0.2.1]:25,[192.0.2.2]:26");
}

TEST(ParseSettingsTest, WhatIsAddedAndMarkedHasItsDefault) {
  Settings settings;
  ASSERT_TRUE(ParseSettings(kGood, "dir/F", &settings).empty());
  EXPECT_TRUE(settings.content.adds_missing_fields);
  EXPECT_EQ(settings.networks.strangers_with_own_sender,
            policy::OwnSender::kMark);
  EXPECT_EQ(settings.domains.local[0].subaddress_separators, "+");
  ASSERT_TRUE(ParseSettings(absl::StrCat(kGood,
                                         "content { add_missing_fields: false }"
                                         "strangers_with_own_sender: REFUSE"),
                            "dir/F", &settings)
                  .empty());
  EXPECT_FALSE(settings.content.adds_missing_fields);
  EXPECT_EQ(settings.networks.strangers_with_own_sender,
            policy::OwnSender::kRefuse);
}

TEST(NeedsRestartTest, NamesWhatAReloadCannotChange) {
  const auto read = [](const std::string& added) {
    Settings settings;
    EXPECT_TRUE(
        ParseSettings(absl::StrCat(kGood, added), "dir/F", &settings).empty());
    return settings;
  };
  const Settings before = read("");
  EXPECT_THAT(NeedsRestart(before, before), testing::IsEmpty());
  EXPECT_THAT(NeedsRestart(before, read("limits { recipients: 500 } "
                                        "retry { first_seconds: 10 }")),
              testing::IsEmpty());
  EXPECT_THAT(
      NeedsRestart(before, read("listen { address: \"::1\" } "
                                "spool { reserve_megabytes: 1 } "
                                "resolver { forward: \"192.0.2.53\" } "
                                "log { severity: \"debug\" } "
                                "control_socket: \"c\" "
                                "automatic { off: true database: \"d\" } "
                                "content { concurrency: 2 } "
                                "limits { threads: 3 }")),
      testing::ElementsAre("listen", "spool", "resolver", "log",
                           "control_socket", "automatic.database",
                           "automatic.off", "content.concurrency",
                           "limits.threads"));
}

struct ErrorCase {
  const char* name;
  const char* added;  // To kGood, which has five lines.
  const char* want;
} constexpr kErrorCases[] = {
    {"UnknownFieldIsLocated", "hostnaem: \"x\"", "dir/F:6:9: "},
    {"WrongTypeIsLocated", "limits { recipients: \"many\" }", "dir/F:6:22: "},
    {"BadNetworkIsLocated", "authorised_network: \"10.0.0.5/8\"",
     "dir/F:6:1: authorised_network: "},
    {"OpenRelayIsRefused", "authorised_network: \"0.0.0.0/0\"",
     "this would be an open relay"},
    {"SecondOfAListIsLocated",
     "authorised_network: \"192.0.2.0/24\"\n  authorised_network: \"x\"",
     "dir/F:7:3: authorised_network: "},
    {"MissingPartIsLocatedAtItsMessage",
     "local_domain { name: \"example.net\" maildir_root: \"m\" }",
     "dir/F:6:1: local_domain: recipients_file is required"},
    {"FieldInAMessageIsLocated", "listen {\n  address: \"nonsense\" }",
     "dir/F:7:3: address: "},
    {"LmtpNotOnPort25", "listen { address: \"::1\" port: 25 protocol: LMTP }",
     "RFC 2033"},
    {"DomainTwice", "relay_domain { name: \"EXAMPLE.org\" }",
     "is already a domain of ours"},
    {"RouteForALocalDomain",
     "route { domain: \"example.org\" next_hop { host: \"192.0.2.1\" } }",
     "its next hop stands there"},
    {"SmtpOverAUnixSocket", "smarthost { host: \"unix:/run/x\" }",
     "speaks LMTP only"},
    {"LiveMxForNothing", "live_mx { own_name: \"mx.example.org\" }",
     "domain is required"},
    {"KeyIdTwice",
     "spool { key { id: 1 file: \"a\" } key { id: 1 file: \"b\" } }",
     "is the id of another key already"},
    {"SeverityUnknown", "log { severity: \"loud\" }", "must be debug, info"},
    {"R14WhomAProxyDoesNotNameHasNoRights", "authorised_network: \"0.0.0.0/1\"",
     "dir/F:6:1: authorised_network: 0.0.0.0/1 holds 0.0.0.0"},
    {"R3NorIsInside", "inside_network: \"0.0.0.0/8\"", "holds 0.0.0.0"},
    {"NoBadCommandAtAll", "limits { bad_commands: 100001 }",
     "bad_commands: must be 1 to 100000"},
    {"TooFewRecipients", "limits { recipients: 99 }", "must be 100 to 100000"},
    {"RefusedNetworkIsNone", "mx {\n  refuse_network: \"x\" }",
     "dir/F:7:3: refuse_network: "},
    {"R27AScannerOfNoKind", "scanner { time_limit_seconds: 5 }",
     "exactly one of clamd and rspamd"},
    {"R27AScannerOfTwoKinds",
     "scanner { clamd: \"127.0.0.1:3310\" rspamd: \"127.0.0.1:11333\" }",
     "exactly one of clamd and rspamd"},
    {"R27AScannerByName", "scanner {\n  clamd: \"localhost:3310\" }",
     "dir/F:7:3: clamd: "},
    {"R27ForeverWaited",
     "scanner { clamd: \"127.0.0.1:3310\" time_limit_seconds: 601 }",
     "time_limit_seconds: must be 1 to 600"},
    {"R27ClamdSaysItsAgeItself",
     "scanner { clamd: \"unix:run/c\" signature_file: \"x\" }",
     "signature_file: is for rspamd"},
    {"R27MarkedAboveRefused", "content { mark_score: 9 refuse_score: 8 }",
     "refuse_score: must not be less than mark_score"},
    {"R27OwnMailRefusedBelowMarked", "content { own_refuse_score: 2 }",
     "own_refuse_score: must not be less than mark_score"},
    {"R27AScoreThatIsNone", "content { refuse_score: nan }", "finite number"},
    {"R23NotificationsUnderAForeignName",
     "notifications { from: \"postmaster@example.com\" }",
     "from: must be in a local_domain or at the hostname"},
    {"R23SrsDomainOfOthers", "automatic { srs_domain: \"example.com\" }",
     "srs_domain: must be a local_domain"},
    {"R23SrsDaysBeyondItsCycle", "automatic { srs_days: 512 }",
     "srs_days: must be 1 to 511"},
    {"R24NoBurst", "automatic { notice_burst: 2000000 }",
     "notice_burst: must be 1 to 1000000"},
    {"R24MachineThatIsEverybody", "automatic { machine: \"*\" }", "machine: "},
    {"UnknownEnumListsTheKnown", "listen { address: \"::1\" protocol: ESMTP }",
     "It is one of SMTP, LMTP."},
    {"NumberWithAUnit", "limits { message_octets: 20M }", "20971520, not 20M"},
    {"CommentOfAnotherLanguage", "// the smarthost", "Comments begin with #"},
    {"HostWithAPort", "smarthost {\n  host: \"relay.example.com:587\" }",
     "dir/F:7:3: host: \"relay.example.com:587\": say host: "
     "\"relay.example.com\" port: 587"},
    {"HostInBrackets", "smarthost { host: \"[relay.example.com]\" }",
     "without brackets"},
    {"BlockLeftOpen", "log {\n  severity: \"info\"\n",
     "dir/F:6:5: this block is never closed"},
    {"Latin1", "# caf\xe9\n", "dir/F:6:6: is no UTF-8"},
    {"NetworkWithoutALength", "authorised_network: \"10.0.0.0\"",
     "10.0.0.0 is one host"},
    {"OurselvesAsSecondSmarthost",
     "smarthost { host: \"192.0.2.1\" }\n"
     "smarthost { host: \"127.0.0.1\" port: 2525 }",
     "dir/F:7:1: smarthost: is a listener of this server"},
    {"OurselvesAsNextHop",
     "route { domain: \"example.com\" next_hop { host: \"192.0.2.1\" }\n"
     "next_hop { host: \"127.0.0.1\" port: 2525 } }",
     "dir/F:7:1: next_hop: is a listener of this server"},
    {"SmarthostTwice",
     "smarthost { host: \"192.0.2.1\" }\n"
     "smarthost { host: \"192.0.2.1\" port: 25 }",
     "dir/F:7:1: smarthost: is listed already"},
    {"LaterSmarthostWithAChoiceForAll",
     "smarthost { host: \"192.0.2.1\" }\n"
     "smarthost { host: \"192.0.2.2\" cut_through: true }",
     "dir/F:7:1: smarthost: verify_recipients and cut_through stand in the "
     "first"},
    {"LaterSmarthostThatIsNone",
     "smarthost { host: \"192.0.2.1\" }\n"
     "smarthost { host: \"relay.example.com:587\" }",
     "dir/F:7:13: "},
    {"SeparatorWithAMeaning",
     "local_domain { name: \"example.net\" recipients_file: \"r\" "
     "maildir_root: \"m\"\nsubaddress_separators: \".\" }",
     "dir/F:7:1: subaddress_separators: '.' cannot separate"},
    {"QuotaOfLmtp",
     "local_domain { name: \"example.net\" recipients_file: \"r\" "
     "lmtp { host: \"127.0.0.1\" }\nquota { octets: 1 } }",
     "dir/F:7:1: quota: is of Maildirs"},
    {"CatchAllThatIsNoAddress",
     "local_domain { name: \"example.net\" recipients_file: \"r\" "
     "maildir_root: \"m\"\ncatch_all: \"info\" }",
     "dir/F:7:1: "},
    {"OurselvesAsSmarthost", "smarthost { host: \"127.0.0.1\" port: 2525 }",
     "is a listener of this server"},
    {"TwoListenersOnAPort", "listen { address: \"0.0.0.0\" port: 2525 }",
     "port 2525 is that of the listener on line 4 already"},
    {"EverybodyMaySmuggle", "normalise_line_ends_network: \"0.0.0.0/0\"",
     "is everybody"},
    {"R27TheSameScannerTwice",
     "scanner { clamd: \"127.0.0.1:3310\" } scanner { clamd: "
     "\"127.0.0.1:3310\" }",
     "is listed already"},
    {"R24ProviderThatIsNone", "automatic { public_provider: \"a b\" }",
     "public_provider: "},
};

class ConfigErrorTest : public testing::TestWithParam<ErrorCase> {};

TEST_P(ConfigErrorTest, IsReportedWithItsPlace) {
  EXPECT_THAT(Errors(absl::StrCat(kGood, GetParam().added)),
              testing::HasSubstr(GetParam().want));
}

INSTANTIATE_TEST_SUITE_P(Table, ConfigErrorTest, testing::ValuesIn(kErrorCases),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

TEST(ParseSettingsTest, AutomaticMailHasDefaults) {
  Settings settings;
  ASSERT_TRUE(
      ParseSettings(absl::StrCat(kGood,
                                 "scanner { clamd: \"unix:run/clamd\" } "
                                 "scanner { rspamd: \"[::1]:11333\" }"),
                    "dir/F", &settings)
          .empty());
  const std::vector<ScannerSettings>& scanners = settings.content.scanners;
  EXPECT_EQ(scanners[0].server.ToString(), "unix:dir/run/clamd");
  EXPECT_EQ(scanners[1].server.ToString(), "[::1]:11333");
  EXPECT_EQ(scanners[0].max_octets, 25u << 20);
  EXPECT_EQ(scanners[1].max_octets, 50u << 20);
  EXPECT_EQ(scanners[1].signature_age, absl::Hours(48));
  EXPECT_EQ(settings.content.policy.mark_score, 6);
  EXPECT_EQ(settings.content.policy.refuse_score, 15);
  EXPECT_EQ(settings.automatic.srs_domain->ascii(), "example.org");
  EXPECT_EQ(settings.automatic.srs_days, 21);
  EXPECT_EQ(settings.automatic.database, "dir/spool.automatic");
  EXPECT_EQ(settings.automatic.own_srs_secret_file, "dir/spool.srs");
}

TEST(ParseSettingsTest, AByteOrderMarkIsPassedOver) {
  EXPECT_EQ(Errors(absl::StrCat("\xEF\xBB\xBF", kGood)), "");
}

TEST(ParseSettingsTest, AHostnameIsOneThatOthersCanLookUp) {
  for (const char* name : {"localhost", "mx", "192.0.2.1", "a.localdomain"}) {
    SCOPED_TRACE(name);
    EXPECT_THAT(Errors(absl::StrCat("hostname: \"", name, "\"")),
                testing::HasSubstr("F:1:1: hostname: "));
  }
}

TEST(ParseSettingsTest, SyntaxErrorsAreAllReportedInOneRun) {
  const std::string errors = Errors(absl::StrCat(
      kGood, "control_socket: 20\naliases_file: \"a\"\nadministrator: 3\n"));
  EXPECT_THAT(errors, testing::HasSubstr("dir/F:6:"));
  EXPECT_THAT(errors, testing::HasSubstr("dir/F:8:"));
}

TEST(ParseSettingsTest, MistakesInFormAndMeaningAreReportedInOneRun) {
  EXPECT_EQ(Errors("hostname: \"mx\"\n"
                   "administrator: \"admin@example.org\"\n"
                   "limits { recipients: 5x }\n"
                   "listen {\n  address: \"127.0.0.300\"\n  port: =\n}\n"
                   "local_domain { name: \"example.org\" }\n"),
            "dir/F:1:1: hostname: is no name that others could look up: say "
            "the name that the DNS has for this host, as mx.example.org\n"
            "dir/F:3:23: Need space between number and identifier. Numbers "
            "have no unit: 20971520, not 20M; the name of the field says which "
            "unit it has.\n"
            "dir/F:5:3: address: not an IP address: a part exceeds 255\n"
            "dir/F:6:9: Expected integer, got: =");
}

// What could not be read may be what something else needs.
TEST(ParseSettingsTest, ASyntaxErrorCausesNoOtherError) {
  for (const char* line :
       {"local_domain { name: example.org recipients_file: \"r\" }",
        "administrator: admin@example.org", "hostname: 5", "deputy: \"x",
        "listen { address: }"}) {
    SCOPED_TRACE(line);
    std::string text(kGood);
    const std::string field(line, strcspn(line, " :"));
    const size_t begin = text.find(field);
    text.replace(begin, text.find('\n', begin) - begin, line);
    text += "notifications { from: \"postmaster@example.org\" }\n";
    const std::string errors = Errors(text);
    EXPECT_EQ(std::count(errors.begin(), errors.end(), '\n'), 0) << errors;
    EXPECT_NE(errors, "");
  }
}

// A block that cannot be taken out is the end, but what comes before is read.
TEST(ParseSettingsTest, WhatStandsBeforeABrokenBlockIsReported) {
  const std::string errors =
      Errors("hostname: \"mx\"\nlisten { =\n address: \"x\" }\n");
  EXPECT_THAT(errors, testing::HasSubstr("dir/F:1:1: hostname"));
  EXPECT_THAT(errors, testing::HasSubstr("dir/F:2:10: "));
}

TEST(ParseSettingsTest, WarnsOfAutomaticMailWithoutAScanner) {
  Settings settings;
  ASSERT_TRUE(ParseSettings(absl::StrCat(kGood, "automatic { receipts: true }"),
                            "dir/F", &settings)
                  .empty());
  ASSERT_EQ(settings.warnings.size(), 1u);
  EXPECT_EQ(settings.warnings[0].line, 6);
  EXPECT_THAT(settings.warnings[0].message,
              testing::HasSubstr("without a scanner"));
}

TEST(ControlSocketOfTest, IsFoundWhateverElseIsWrong) {
  EXPECT_EQ(ControlSocketOf("{{{\n control_socket : \"c\"\n", "dir/F"),
            "dir/c");
  EXPECT_EQ(ControlSocketOf("control_socket: \"/run/c\"", "dir/F"), "/run/c");
  EXPECT_EQ(ControlSocketOf("", "F"), "control");
}

TEST(ParseSettingsTest, ReportsEveryErrorInOneRun) {
  const std::string errors = Errors(
      "hostname: \"a b\"\nadministrator: \"nobody\"\nunknown_field: 3\n"
      "listen { address: \"x\" port: 70000 }\n");
  for (const char* want :
       {"dir/F:1:1: hostname", "dir/F:2:1: administrator", "dir/F:1:1: deputy",
        "dir/F:3:14: ", "dir/F:4:10: address", "dir/F:4:23: port"}) {
    EXPECT_THAT(errors, testing::HasSubstr(want));
  }
}

// R6: no administrator, no deputy, or one person for both: no start.
TEST(ParseSettingsTest, AdministratorAndDeputyAreTwoPeople) {
  EXPECT_THAT(Errors(""), testing::AllOf(testing::HasSubstr("administrator"),
                                         testing::HasSubstr("deputy")));
  EXPECT_THAT(
      Errors("administrator: \"a@example.org\" deputy: \"A@example.org\""),
      testing::HasSubstr("somebody else"));
}

TEST(ParseSettingsTest, AMessageOfAPeerCannotForgeALine) {
  for (const char c : Errors("hostname: \"a\\nb\"\nx\x1b: 1")) {
    EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20);
  }
}

}  // namespace
}  // namespace mailsec::server
