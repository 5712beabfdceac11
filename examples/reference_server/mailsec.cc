// mailsec: looks into a running mailsecd, and changes its queue; reads delivery
// reports.
//
//   mailsec (--config FILE | --demo DIR) COMMAND …
//   mailsec ndn (lint | show) FILE

#include <cstdint>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/flags/usage_config.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "examples/reference_server/absence_command.h"
#include "examples/reference_server/ndn_command.h"
#include "google/protobuf/util/json_util.h"
#include "mailcore/base/log_safe.h"
#include "mailcore/io/read_file.h"
#include "mailcore/server/config/demo_config.h"
#include "mailcore/server/control/control_protocol.h"
#include "mailcore/server/snapshot/load_settings.h"

ABSL_FLAG(std::string, config, "", "The configuration of the server to ask.");
ABSL_FLAG(std::string, demo, "", "The folder of the --demo server to ask.");
ABSL_FLAG(bool, json, false, "Print JSON, one object a line.");
ABSL_FLAG(bool, rules, false, "ndn lint: list the rules.");
ABSL_FLAG(std::string, from, "<>", "explain: the sender.");
ABSL_FLAG(std::string, to, "", "explain: the recipient.");
ABSL_FLAG(std::string, client, "", "explain: the client's IP address.");
ABSL_FLAG(std::string, user, "", "explain: authenticated as. Default: not.");
ABSL_FLAG(uint64_t, size, 0, "explain: octets announced. Default: none.");
ABSL_FLAG(std::string, automatic, "", "explain: what would be sent.");
ABSL_FLAG(std::string, verdict, "clean", "explain --automatic: what came is.");
ABSL_FLAG(std::string, author, "", "explain --automatic: who would send it.");
ABSL_FLAG(bool, ours, false, "explain --automatic: its sender is ours.");
ABSL_FLAG(bool, machine, false, "explain --automatic: he is a machine.");
ABSL_FLAG(std::vector<std::string>, text, {}, "absence set: for everybody.");
ABSL_FLAG(std::vector<std::string>, inside_text, {},
          "absence set: instead, for senders of our own.");
ABSL_FLAG(std::vector<std::string>, outside_text, {},
          "absence set: instead, for senders from outside.");
ABSL_FLAG(std::string, subject, "",
          "absence set: instead of Auto: and what came.");
ABSL_FLAG(std::string, name, "", "absence set: shown in From. Default: none.");
ABSL_FLAG(std::string, start, "", "absence set: first day, or time.");
ABSL_FLAG(std::string, end, "", "absence set: last day, or time.");
ABSL_FLAG(uint32_t, days, 0,
          "absence set: answer again after so many; 0: never.");

namespace {

using mailsec::base::LogSafe;
using mailsec::server::ControlClient;
namespace control = mailsec::control;

constexpr int kFailed = 1;
constexpr int kBadUse = 2;

constexpr char kUsage[] =
    R"(looks into a running mailsecd, and changes its queue.

  mailsec (--config FILE | --demo DIR) COMMAND

  queue list               what waits, one line a message
  queue show ID            one message: sender, recipients, last answers, causes
  queue hold ID...         do not try it until it is released
  queue release ID...      try it again, now
  queue remove ID...       forget it: it will not be delivered
  queue flush              try everything that waits, now
  explain --client IP --to ADDRESS [--from ADDRESS] [--user NAME] [--size N]
                           would the server take this mail, and why?
  explain --automatic KIND --author ADDRESS --from ADDRESS ...
                           would the server send this by itself, and why?
                           "absence-notice", "receipt", "forward", ...
  absence set ADDRESS --text LANGUAGE:FILE,... [--start DAY] [--end DAY] ...
                           answer who writes there, once each; FILE may be "-"
  absence show [ADDRESS]   what is set
  absence clear ADDRESS    answer nobody any more
  scan FILE                what do the scanners say, and what would become of
                           it? "-" is standard input. Nothing is stored.
  check                    are the configuration and the server well?

Without a server:

  ndn lint FILE...         what is wrong with these delivery reports, by RFC?
  ndn lint --rules         what does it look at?
  ndn show FILE            what does this report say? "-" is standard input

--json prints JSON, one object a line. Ends with 0 if all went well, 1 if
not, 2 if it was called wrongly.)";

int BadUse(const std::string& what) {
  std::cerr << what << "\nmailsec --help explains.\n";
  return kBadUse;
}

void PrintJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string json;
  (void)google::protobuf::util::MessageToJsonString(message, &json, options);
  std::cout << json << "\n";
}

void PrintEntry(const control::QueueEntry& entry) {
  std::cout << absl::StreamFormat(
      "%-14s %-8s %-24s %10u octets  %3u attempts  next %s\n", entry.id(),
      entry.state(), entry.received(), entry.octets(), entry.attempts(),
      entry.next_attempt().empty() ? "-" : entry.next_attempt());
}

void PrintDetail(const control::QueueDetail& detail) {
  PrintEntry(detail.entry());
  std::cout << "  from " << LogSafe(detail.sender()) << "\n  by "
            << detail.client() << " (" << LogSafe(detail.client_name())
            << ") with " << detail.protocol()
            << "\n  content: " << detail.verdict();
  if (!detail.scan_report().empty()) {
    std::cout << " (" << LogSafe(detail.scan_report()) << ")";
  }
  std::cout << "\n";
  for (const control::RecipientDetail& recipient : detail.recipient()) {
    std::cout << "  to " << LogSafe(recipient.path()) << ": "
              << recipient.state();
    if (!recipient.last_reply().empty()) {
      std::cout << " (" << LogSafe(recipient.last_reply()) << ")";
    }
    if (!recipient.hop().empty()) {
      std::cout << " at " << LogSafe(recipient.hop());
    }
    if (!recipient.cause().empty()) {
      std::cout << ", cause: " << LogSafe(recipient.cause());
    }
    if (recipient.local_only()) std::cout << ", stays inside";
    std::cout << "\n";
  }
}

void PrintCheck(const control::CheckResult& check) {
  std::cout << check.hostname() << ": " << check.connections()
            << " connections; queue: " << check.waiting() << " waiting, "
            << check.active() << " active, " << check.held()
            << " held; since the start: " << check.accepted()
            << " messages accepted, " << check.delivered()
            << " recipients delivered, " << check.refused()
            << " commands refused, " << check.notified()
            << " failures or delays notified, " << check.contradictions()
            << " contradictions held, " << check.content_refused()
            << " messages refused for their content, " << check.automatic()
            << " sent automatically\n";
  if (!check.space().empty()) std::cout << "SPACE: " << check.space() << "\n";
}

// Prints what one response holds.
void Print(const control::Request& request, const control::Response& response) {
  const bool json = absl::GetFlag(FLAGS_json);
  for (const control::QueueEntry& entry : response.entry()) {
    json ? PrintJson(entry) : PrintEntry(entry);
  }
  if (response.has_detail()) {
    json ? PrintJson(response.detail()) : PrintDetail(response.detail());
  }
  if (response.has_explanation()) {
    std::cout << (json ? response.explanation().json() + "\n"
                       : response.explanation().text());
  }
  for (const control::Absence& absence : response.absence()) {
    json ? PrintJson(absence) : PrintAbsence(absence, std::cout);
  }
  if (request.has_absence_clear() && response.error().empty() && !json) {
    std::cout << (response.changed() > 0 ? "cleared\n"
                                         : "there was nothing to clear\n");
  }
  if (response.has_check()) {
    json ? PrintJson(response.check()) : PrintCheck(response.check());
  }
  if (request.has_queue_change() && response.error().empty()) {
    if (json) {
      std::cout << "{\"changed\":" << response.changed() << "}\n";
    } else {
      std::cout << response.changed() << " messages changed\n";
    }
  }
}

int Ask(const std::string& socket, const control::Request& request) {
  absl::StatusOr<ControlClient> server = ControlClient::Connect(socket);
  if (!server.ok()) {
    std::cerr << server.status().message() << "\n";
    return kFailed;
  }
  absl::Status status = server->Send(request);
  while (status.ok()) {
    const absl::StatusOr<control::Response> response = server->Receive();
    status = response.status();
    if (!status.ok()) break;
    Print(request, *response);
    if (!response->error().empty()) {
      status = absl::UnknownError(response->error());
    } else if (!response->more()) {
      const bool short_of_space =
          response->has_check() && !response->check().space().empty();
      return short_of_space ? kFailed : 0;
    }
  }
  std::cerr << LogSafe(status.message()) << "\n";
  return kFailed;
}

// The request that the words of the command line ask for; false: they are
// wrong, and `error` says how.
bool BuildQueueRequest(const std::vector<std::string>& words,
                       control::Request* request, std::string* error) {
  const std::string action = words.size() > 1 ? words[1] : "";
  const std::vector<std::string> ids(
      words.begin() + std::min<ptrdiff_t>(2, words.end() - words.begin()),
      words.end());
  if (action == "list" && ids.empty()) {
    request->mutable_queue_list();
    return true;
  }
  if (action == "show" && ids.size() == 1) {
    request->mutable_queue_show()->set_id(ids[0]);
    return true;
  }
  control::QueueChange* change = request->mutable_queue_change();
  const std::vector<std::pair<std::string, control::QueueChange::Action>>
      actions = {{"hold", control::QueueChange::HOLD},
                 {"release", control::QueueChange::RELEASE},
                 {"remove", control::QueueChange::REMOVE},
                 {"flush", control::QueueChange::FLUSH}};
  for (const auto& [name, value] : actions) {
    if (name != action) continue;
    if (ids.empty() != (action == "flush")) {
      *error =
          absl::StrCat("queue ", action,
                       action == "flush" ? " takes no ID" : " needs an ID");
      return false;
    }
    change->set_action(value);
    for (const std::string& id : ids) change->add_id(id);
    return true;
  }
  *error = "queue: say list, show ID, hold, release, remove or flush";
  return false;
}

bool BuildScanRequest(const std::string& file, control::Request* request,
                      std::string* error) {
  constexpr size_t kMaxOctets = mailsec::server::kMaxControlOctets - 10000;
  absl::StatusOr<std::string> content =
      file == "-" ? std::string(std::istreambuf_iterator<char>(std::cin), {})
                  : mailsec::io::ReadFile(file, kMaxOctets);
  if (content.ok() && content->size() > kMaxOctets) {
    content =
        absl::OutOfRangeError("the message is too long to be handed over");
  }
  if (!content.ok()) {
    *error = std::string(content.status().message());
    return false;
  }
  control::Scan* scan = request->mutable_scan();
  scan->set_content(*std::move(content));
  scan->set_client(absl::GetFlag(FLAGS_client));
  scan->set_sender(absl::GetFlag(FLAGS_from));
  scan->set_recipient(absl::GetFlag(FLAGS_to));
  return true;
}

bool BuildAutomaticRequest(control::Request* request, std::string* error) {
  control::ExplainAutomatic* explain = request->mutable_explain_automatic();
  explain->set_kind(absl::GetFlag(FLAGS_automatic));
  explain->set_sender(absl::GetFlag(FLAGS_from));
  explain->set_author(absl::GetFlag(FLAGS_author));
  explain->set_target(absl::GetFlag(FLAGS_to));
  explain->set_verdict(absl::GetFlag(FLAGS_verdict));
  explain->set_sender_is_ours(absl::GetFlag(FLAGS_ours));
  explain->set_answers_automatic(absl::GetFlag(FLAGS_machine));
  if (!explain->author().empty()) return true;
  *error = "explain --automatic needs --author ADDRESS";
  return false;
}

bool BuildAbsence(const std::vector<std::string>& words,
                  control::Request* request, std::string* error) {
  const absl::Status status =
      BuildAbsenceRequest({.words = {words.begin() + 1, words.end()},
                           .texts = absl::GetFlag(FLAGS_text),
                           .inside_texts = absl::GetFlag(FLAGS_inside_text),
                           .outside_texts = absl::GetFlag(FLAGS_outside_text),
                           .subject = absl::GetFlag(FLAGS_subject),
                           .name = absl::GetFlag(FLAGS_name),
                           .start = absl::GetFlag(FLAGS_start),
                           .end = absl::GetFlag(FLAGS_end),
                           .days = absl::GetFlag(FLAGS_days)},
                          request);
  *error = std::string(status.message());
  return status.ok();
}

bool BuildRequest(const std::vector<std::string>& words,
                  control::Request* request, std::string* error) {
  const std::string command = words.empty() ? "" : words[0];
  if (command == "absence") return BuildAbsence(words, request, error);
  if (command == "scan" && words.size() == 2) {
    return BuildScanRequest(words[1], request, error);
  }
  if (command == "explain" && words.size() == 1 &&
      !absl::GetFlag(FLAGS_automatic).empty()) {
    return BuildAutomaticRequest(request, error);
  }
  if (command == "queue") return BuildQueueRequest(words, request, error);
  if (command == "explain" && words.size() == 1) {
    control::Explain* explain = request->mutable_explain();
    explain->set_client(absl::GetFlag(FLAGS_client));
    explain->set_user(absl::GetFlag(FLAGS_user));
    explain->set_sender(absl::GetFlag(FLAGS_from));
    explain->set_recipient(absl::GetFlag(FLAGS_to));
    explain->set_size(absl::GetFlag(FLAGS_size));
    if (explain->client().empty() || explain->recipient().empty()) {
      *error = "explain needs --client IP and --to ADDRESS";
      return false;
    }
    return true;
  }
  if (command == "check" && words.size() == 1) {
    request->mutable_check();
    return true;
  }
  *error = command.empty() ? "no command"
                           : absl::StrCat("unknown command: ", command);
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(kUsage);
  absl::FlagsUsageConfig usage;
  usage.contains_help_flags = [](absl::string_view file) {
    return absl::StrContains(file, "mailsec.cc");
  };
  absl::SetFlagsUsageConfig(usage);
  const std::vector<char*> rest = absl::ParseCommandLine(argc, argv);
  const std::vector<std::string> words(rest.begin() + 1, rest.end());
  if (!words.empty() && words[0] == "ndn") {
    return RunNdnCommand({.words = {words.begin() + 1, words.end()},
                          .rules = absl::GetFlag(FLAGS_rules),
                          .json = absl::GetFlag(FLAGS_json)},
                         std::cin, std::cout, std::cerr);
  }
  control::Request request;
  std::string error;
  if (!BuildRequest(words, &request, &error)) return BadUse(error);
  const std::string demo = absl::GetFlag(FLAGS_demo);
  const std::string file = demo.empty() ? absl::GetFlag(FLAGS_config)
                                        : mailsec::server::DemoConfigPath(demo);
  if (file.empty()) return BadUse("say --config FILE or --demo DIR");
  mailsec::server::Settings settings;
  const std::vector<mailsec::server::ConfigError> errors =
      mailsec::server::LoadSettings(file, &settings);
  for (const mailsec::server::ConfigError& e : errors) {
    std::cerr << e.ToString() << "\n";
  }
  if (!errors.empty()) return kFailed;
  return Ask(settings.control_socket, request);
}
