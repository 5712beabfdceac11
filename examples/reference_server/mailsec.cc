// mailsec: looks into a running mailsecd, and changes its queue; reads delivery
// reports.
//
//   mailsec (--config FILE | --demo DIR) COMMAND …
//   mailsec ndn (lint | show) FILE

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "examples/reference_server/absence_command.h"
#include "examples/reference_server/json_printer.h"
#include "examples/reference_server/ndn_command.h"
#include "examples/reference_server/program.h"
#include "examples/reference_server/queue_command.h"
#include "examples/reference_server/spool_command.h"
#include "mailcore/base/log_safe.h"
#include "mailcore/io/read_file.h"
#include "mailcore/server/config/demo_config.h"
#include "mailcore/server/control/control_protocol.h"
#include "mailcore/server/snapshot/load_settings.h"

ABSL_FLAG(std::string, config, mailsec::server::kDefaultConfigPath,
          "The configuration of the server to ask.");
ABSL_FLAG(std::string, socket, "",
          "The control socket of the server to ask. Default: as the "
          "configuration says.");
ABSL_FLAG(std::string, demo, "", "The folder of the --demo server to ask.");
ABSL_FLAG(bool, json, false, "Print JSON, one object a line.");
ABSL_FLAG(std::string, sender, "", "queue: from this address, or @DOMAIN.");
ABSL_FLAG(std::string, recipient, "",
          "queue: not yet delivered to this address, or @DOMAIN.");
ABSL_FLAG(std::string, domain, "",
          "queue: not yet delivered to somebody in this domain.");
ABSL_FLAG(std::string, reason, "",
          "queue: the last reply or the cause contains this.");
ABSL_FLAG(std::string, older_than, "",
          "queue: received before so long: 90s, 30m, 2h, 1d.");
ABSL_FLAG(std::string, newer_than, "", "queue: received since so long.");
ABSL_FLAG(std::string, state, "", "queue: \"waiting\", \"active\", \"held\".");
ABSL_FLAG(bool, held, false, "queue: as --state held.");
ABSL_FLAG(bool, all, false, "queue: every message.");
ABSL_FLAG(bool, dry_run, false,
          "queue: only say which messages would be changed.");
ABSL_FLAG(bool, rules, false, "ndn lint: list the rules.");
ABSL_FLAG(std::string, from, "<>", "explain: the sender.");
ABSL_FLAG(std::string, to, "", "explain: the recipient.");
ABSL_FLAG(std::string, client, "", "explain: the client's IP address.");
ABSL_FLAG(std::string, user, "", "explain: authenticated as. Default: not.");
ABSL_FLAG(uint64_t, size, 0, "explain: octets announced. Default: none.");
ABSL_FLAG(std::string, automatic, "", "explain: what would be sent.");
ABSL_FLAG(std::string, verdict, "",
          "explain --automatic: what came is. Default: clean; unknown if the "
          "server has no scanner.");
ABSL_FLAG(std::string, author, "", "explain --automatic: who would send it.");
ABSL_FLAG(bool, ours, false, "explain --automatic: its sender is ours.");
ABSL_FLAG(bool, machine, false,
          "explain --automatic: its sender is a machine.");
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

  mailsec [--config FILE | --demo DIR | --socket PATH] COMMAND

  queue list [FILTER]      what waits: sender, recipients, last reply
  queue show ID            one message: sender, recipients, last answers, causes
  queue cat ID             the content of a held message
  queue hold WHICH         do not try it until it is released
  queue release WHICH      try it again, now
  queue remove WHICH       forget it: it will not be delivered
  queue bounce WHICH       give it up now, and tell its sender if that is allowed
  queue requeue WHICH      as if it had just come: aliases and routes are new
  queue flush [WHICH]      try what waits, now
      WHICH: ID..., or a FILTER with or without --dry_run
      FILTER: --sender, --recipient, --domain, --reason, --older_than,
              --newer_than, --state, --held, --all
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

  spool check              is the mail in the spool whole? Changes nothing.
  spool export DIR         the same, and writes each whole message into DIR
  ndn lint FILE...         what is wrong with these delivery reports, by RFC?
  ndn lint --rules         what does it look at?
  ndn show FILE            what does this report say? "-" is standard input

--json prints JSON, one object a line. Ends with 0 if all went well, 1 if
not, 2 if it was called wrongly.)";

constexpr size_t kMaxLineShown = 10000;

void PrintJson(const google::protobuf::Message& message) {
  std::cout << ToJson(message) << "\n";
}

int BadUse(const std::string& what) {
  std::cerr << what << "\nmailsec --help explains.\n";
  return kBadUse;
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

// Raw octets could take over a terminal.
void PrintContent(const std::string& content) {
  if (!isatty(STDOUT_FILENO)) {
    std::cout << content;
    return;
  }
  for (const absl::string_view line : absl::StrSplit(content, '\n')) {
    std::cout << LogSafe(absl::StripSuffix(line, "\r"), kMaxLineShown) << "\n";
  }
}

void PrintChange(const control::Request& request,
                 const control::Response& response, uint64_t failed) {
  const bool dry_run = request.queue_change().dry_run();
  if (absl::GetFlag(FLAGS_json)) {
    std::cout << "{\"changed\":" << response.changed()
              << ",\"failed\":" << failed
              << ",\"dry_run\":" << (dry_run ? "true" : "false") << "}\n";
    return;
  }
  std::cout << response.changed()
            << (response.changed() == 1 ? " message " : " messages ")
            << (dry_run ? "would be changed\n" : "changed\n");
}

// Prints what one response holds.
void Print(const control::Request& request, const control::Response& response) {
  const bool json = absl::GetFlag(FLAGS_json);
  for (const control::QueueEntry& entry : response.entry()) {
    if (request.has_queue_change()) {
      std::cout << (json ? absl::StrCat("{\"id\":\"", entry.id(), "\"}")
                         : entry.id())
                << "\n";
    } else {
      json ? PrintJson(entry) : PrintEntry(entry, std::cout);
    }
  }
  for (const control::ChangeFailure& failure : response.failure()) {
    if (json) PrintJson(failure);
    std::cerr << LogSafe(failure.id()) << ": " << LogSafe(failure.error())
              << "\n";
  }
  if (!response.content().empty()) PrintContent(response.content());
  if (!response.warning().empty()) {
    std::cerr << "warning: " << LogSafe(response.warning()) << "\n";
  }
  if (response.has_detail()) {
    json ? PrintJson(response.detail())
         : PrintDetail(response.detail(), std::cout);
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
}

// One request and its responses. `next`: where a listing goes on.
int AskOnce(const std::string& socket, const control::Request& request,
            std::string* next) {
  absl::StatusOr<ControlClient> server = ControlClient::Connect(socket);
  if (!server.ok()) {
    std::cerr << server.status().message() << "\n";
    return kFailed;
  }
  uint64_t failed = 0;
  absl::Status status = server->Send(request);
  while (status.ok()) {
    const absl::StatusOr<control::Response> response = server->Receive();
    status = response.status();
    if (!status.ok()) break;
    Print(request, *response);
    failed += static_cast<uint64_t>(response->failure_size());
    if (!response->error().empty()) {
      status = absl::UnknownError(response->error());
    } else if (!response->more()) {
      if (request.has_queue_change()) PrintChange(request, *response, failed);
      *next = response->next();
      const bool short_of_space =
          response->has_check() && !response->check().space().empty();
      return failed > 0 || short_of_space ? kFailed : 0;
    }
  }
  std::cerr << LogSafe(status.message()) << "\n";
  return kFailed;
}

int Ask(const std::string& socket, control::Request request) {
  for (;;) {
    std::string next;
    const int code = AskOnce(socket, request, &next);
    if (code != 0 || next.empty()) return code;
    request.mutable_queue_list()->set_after(next);
  }
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
  // The first line of a message out of an mbox file is none of its own.
  if (absl::StartsWith(*content, "From ")) {
    content->erase(0, std::min(content->find('\n'), content->size() - 1) + 1);
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

bool BuildQueue(const std::vector<std::string>& words,
                control::Request* request, std::string* error) {
  const absl::Status status = BuildQueueRequest(
      {.words = {words.begin() + 1, words.end()},
       .sender = absl::GetFlag(FLAGS_sender),
       .recipient = absl::GetFlag(FLAGS_recipient),
       .domain = absl::GetFlag(FLAGS_domain),
       .reason = absl::GetFlag(FLAGS_reason),
       .older_than = absl::GetFlag(FLAGS_older_than),
       .newer_than = absl::GetFlag(FLAGS_newer_than),
       .state = absl::GetFlag(FLAGS_held) ? "held" : absl::GetFlag(FLAGS_state),
       .all = absl::GetFlag(FLAGS_all),
       .dry_run = absl::GetFlag(FLAGS_dry_run)},
      request);
  *error = std::string(status.message());
  return status.ok();
}

// The control socket of the server to ask. A configuration with errors, or one
// whose other files only the server may read, is no reason not to find it.
// `check` is about all of it: then `*well` is whether there is no error.
std::string FindSocket(const std::string& file, bool check, bool* well) {
  mailsec::server::Settings settings;
  const std::vector<mailsec::server::ConfigError> errors =
      mailsec::server::LoadSettings(file, &settings);
  for (const mailsec::server::ConfigError& error : errors) {
    if (check) std::cerr << error.ToString() << "\n";
  }
  *well = errors.empty();
  if (errors.empty()) return settings.control_socket;
  constexpr size_t kMaxOctets = 64 << 20;
  const absl::StatusOr<std::string> text =
      mailsec::io::ReadFile(file, kMaxOctets);
  if (text.ok()) return mailsec::server::ControlSocketOf(*text, file);
  std::cerr << text.status().message() << "\n";
  return "";
}

int RunSpool(const std::vector<std::string>& words, const std::string& file) {
  mailsec::server::Settings settings;
  const std::vector<mailsec::server::ConfigError> errors =
      mailsec::server::LoadSettings(file, &settings);
  for (const mailsec::server::ConfigError& error : errors) {
    std::cerr << error.ToString() << "\n";
  }
  if (!errors.empty()) return kFailed;
  return RunSpoolCommand({.words = {words.begin() + 1, words.end()},
                          .settings = settings.spool,
                          .json = absl::GetFlag(FLAGS_json)},
                         std::cout, std::cerr);
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
  if (command == "queue") return BuildQueue(words, request, error);
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
  const std::vector<char*> rest =
      ParseProgramLine("mailsec", kUsage, "mailsec.cc", argc, argv);
  const std::vector<std::string> words(rest.begin() + 1, rest.end());
  if (!words.empty() && words[0] == "ndn") {
    return RunNdnCommand({.words = {words.begin() + 1, words.end()},
                          .rules = absl::GetFlag(FLAGS_rules),
                          .json = absl::GetFlag(FLAGS_json)},
                         std::cin, std::cout, std::cerr);
  }
  const std::string demo = absl::GetFlag(FLAGS_demo);
  const std::string file = demo.empty() ? absl::GetFlag(FLAGS_config)
                                        : mailsec::server::DemoConfigPath(demo);
  if (!words.empty() && words[0] == "spool") return RunSpool(words, file);
  control::Request request;
  std::string error;
  if (!BuildRequest(words, &request, &error)) return BadUse(error);
  std::string socket = absl::GetFlag(FLAGS_socket);
  bool well = true;
  if (socket.empty()) {
    socket = FindSocket(file, request.has_check(), &well);
    if (socket.empty()) return kFailed;
  }
  const bool check = request.has_check();
  const int code = Ask(socket, std::move(request));
  return check && !well ? kFailed : code;
}
