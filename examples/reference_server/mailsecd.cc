// mailsecd: a mail server on libmailsec.
//
//   mailsecd --config FILE [--check]
//   mailsecd --demo DIR [--port N] [--smarthost HOST:PORT]

#include <malloc.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/flags/usage_config.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "mailcore/io/default_gateways.h"
#include "mailcore/io/event_log.h"
#include "mailcore/server/config/demo_config.h"
#include "mailcore/server/config/mail_stores.h"
#include "mailcore/server/config/trusted_gateways.h"
#include "mailcore/server/server.h"
#include "mailcore/server/snapshot/load_settings.h"

ABSL_FLAG(std::string, config, "", "The configuration, protobuf text format.");
ABSL_FLAG(bool, check, false,
          "Read the configuration and the files it names, report every error, "
          "and end: 0 if there is none.");
ABSL_FLAG(std::string, demo, "",
          "Serve example.org in this folder, with no configuration to write.");
ABSL_FLAG(uint16_t, port, 0, "With --demo: the port. Default: any free one.");
ABSL_FLAG(std::string, smarthost, "",
          "With --demo: HOST:PORT where mail for elsewhere goes. Default: it "
          "waits in the spool.");

namespace {

using mailsec::base::Severity;
using mailsec::server::ConfigError;
using mailsec::server::Server;
using mailsec::server::Settings;

constexpr int kBadUse = 2;

// Each connection is a file descriptor.
void RaiseFileLimit() {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// Most threads only wait. An arena for each of them costs memory that a long
// queue needs (benchmarks/deferred_queue.sh): 60 octets a message at a million.
void BoundArenas() { (void)mallopt(M_ARENA_MAX, 2); }

bool Load(const std::string& file, Settings* settings) {
  const std::vector<ConfigError> errors =
      mailsec::server::LoadSettings(file, settings);
  for (const ConfigError& error : errors) {
    std::cerr << error.ToString() << "\n";
  }
  return errors.empty();
}

// Also looks at where mail is to be stored: the server starts without it, but
// could deliver nothing.
int Check(const std::string& file) {
  Settings settings;
  bool good = Load(file, &settings);
  for (const mailsec::server::StoreFault& fault :
       mailsec::server::FaultsOfStores(settings.domains)) {
    std::cerr << fault.ToString() << "\n";
    good = good && !fault.is_error();
  }
  for (const mailsec::server::TrustedGateway& found :
       mailsec::server::FindTrustedGateways(settings,
                                            mailsec::io::DefaultGateways())) {
    std::cerr << file << ": warning: " << found.ToString() << "\n";
  }
  if (!good) return 1;
  std::cout << file << ": no errors\n";
  return 0;
}

// Blocks the signals in every thread, so that WaitForSignals() gets them.
sigset_t BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    sigaddset(&signals, signal);
  }
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return signals;
}

// Returns when the server is to stop.
void WaitForSignals(const sigset_t& signals, const std::string& file,
                    Server* server, mailsec::io::EventLog* log) {
  for (;;) {
    int signal = 0;
    if (sigwait(&signals, &signal) != 0) continue;
    if (signal != SIGHUP) return;
    (void)log->Reopen();
    Settings settings;
    if (!Load(file, &settings)) {
      std::cerr << "the old configuration stays in force\n";
      continue;
    }
    const absl::Status status = server->Reload(std::move(settings));
    if (!status.ok()) std::cerr << status.message() << "\n";
  }
}

int Serve(const std::string& file, const sigset_t& signals) {
  Settings settings;
  if (!Load(file, &settings)) return 1;
  absl::StatusOr<std::unique_ptr<mailsec::io::EventLog>> log =
      mailsec::server::OpenLog(settings.log);
  if (!log.ok()) {
    std::cerr << log.status().message() << "\n";
    return 1;
  }
  const std::vector<mailsec::server::ListenerSettings> listeners =
      settings.listeners;
  absl::StatusOr<std::unique_ptr<Server>> server =
      Server::Start(std::move(settings), {.events = log->get()});
  if (!server.ok()) {
    std::cerr << server.status().message() << "\n";
    return 1;
  }
  for (size_t i = 0; i < listeners.size(); ++i) {
    const std::string address = listeners[i].address.ToString();
    std::cout << "ready " << (address == "0.0.0.0" ? "127.0.0.1" : address)
              << ":" << (*server)->port(i) << std::endl;
  }
  WaitForSignals(signals, file, server->get(), log->get());
  (*server)->Stop();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "a mail server that relays for nobody and loses nothing.\n\n"
      "  mailsecd --config FILE [--check]\n"
      "  mailsecd --demo DIR [--port N] [--smarthost HOST:PORT]\n\n"
      "It prints `ready ADDRESS:PORT` for each listener when it accepts mail,\n"
      "and logs to standard error. SIGHUP reads the configuration again;\n"
      "SIGTERM and SIGINT stop it gracefully.");
  absl::FlagsUsageConfig usage;
  usage.contains_help_flags = [](absl::string_view file) {
    return absl::StrContains(file, "mailsecd");
  };
  absl::SetFlagsUsageConfig(usage);
  const std::vector<char*> rest = absl::ParseCommandLine(argc, argv);
  BoundArenas();
  const std::string demo = absl::GetFlag(FLAGS_demo);
  std::string file = absl::GetFlag(FLAGS_config);
  if (rest.size() > 1 || demo.empty() == file.empty()) {
    std::cerr << "usage: mailsecd --config FILE [--check]\n"
                 "       mailsecd --demo DIR [--port N] [--smarthost "
                 "HOST:PORT]\n"
                 "mailsecd --help explains.\n";
    return kBadUse;
  }
  if (!demo.empty()) {
    const absl::StatusOr<std::string> written = mailsec::server::PrepareDemo(
        demo, absl::GetFlag(FLAGS_port), absl::GetFlag(FLAGS_smarthost));
    if (!written.ok()) {
      std::cerr << written.status().message() << "\n";
      return 1;
    }
    file = *written;
  }
  if (absl::GetFlag(FLAGS_check)) return Check(file);
  const sigset_t signals = BlockSignals();
  RaiseFileLimit();
  return Serve(file, signals);
}
