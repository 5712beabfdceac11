// mailsecd: a mail server on libmailsec.
//
//   mailsecd --config FILE [--check]
//   mailsecd --demo DIR [--port N] [--smarthost HOST:PORT]

#include <malloc.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/time/clock.h"
#include "examples/reference_server/program.h"
#include "mailcore/base/event.h"
#include "mailcore/io/default_gateways.h"
#include "mailcore/io/event_log.h"
#include "mailcore/io/user_name.h"
#include "mailcore/server/config/demo_config.h"
#include "mailcore/server/config/mail_stores.h"
#include "mailcore/server/config/trusted_gateways.h"
#include "mailcore/server/config/unreachable.h"
#include "mailcore/server/runtime/server_events.h"
#include "mailcore/server/server.h"
#include "mailcore/server/snapshot/load_settings.h"

ABSL_FLAG(std::string, config, "",
          "The configuration, protobuf text format. Default: "
          "/etc/mailsec/mailsecd.textproto.");
ABSL_FLAG(bool, check, false,
          "Read the configuration and the files it names, look whether the "
          "mail stores, scanners and LMTP servers can be used, report every "
          "error, and end: 0 if there is none.");
ABSL_FLAG(std::string, demo, "",
          "Serve example.org in this folder, with no configuration to write.");
ABSL_FLAG(uint16_t, port, 0, "With --demo: the port. Default: any free one.");
ABSL_FLAG(std::string, smarthost, "",
          "With --demo: HOST:PORT where mail for elsewhere goes. Default: it "
          "waits in the spool.");

namespace {

using mailsec::base::Event;
using mailsec::io::EventLog;
using mailsec::server::ConfigError;
using mailsec::server::Server;
using mailsec::server::Settings;

constexpr int kBadUse = 2;

constexpr char kUsage[] =
    R"(a mail server that relays for nobody and loses nothing.

  mailsecd [--config FILE] [--check]
  mailsecd --demo DIR [--port N] [--smarthost HOST:PORT]

It prints `ready ADDRESS:PORT` for each listener when it accepts mail, and logs
to standard error. SIGHUP reads the configuration again; SIGTERM and SIGINT stop
it gracefully.)";

// Spool, databases, event loops and resolver have no use for fewer. Ours.
constexpr rlim_t kFewestFiles = 128;

constexpr char kMoreFiles[] =
    "raise LimitNOFILE= of systemd or ulimit -Hn, or lower limits.connections";

// Each connection is a file descriptor: raises the soft limit to what the
// configuration needs, or says what is missing. False: there are too few to
// start with.
bool RaiseFileLimit(const Settings& settings, EventLog* log) {
  const uint64_t needed = mailsec::server::FilesNeeded(settings);
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return true;
  if (limit.rlim_cur < needed) {
    limit.rlim_cur = std::min<rlim_t>(needed, limit.rlim_max);
    (void)setrlimit(RLIMIT_NOFILE, &limit);
  }
  if (limit.rlim_cur < needed) {
    log->Record(Event(mailsec::server::events::kFewFiles, absl::Now())
                    .With("limit", static_cast<int64_t>(limit.rlim_cur))
                    .With("needed", static_cast<int64_t>(needed))
                    .With("otherwise", kMoreFiles));
  }
  return limit.rlim_cur >= kFewestFiles;
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

// Who has sent a signal. The kernel and a terminal have no process id.
void RecordSignal(const siginfo_t& signal, EventLog* log) {
  log->Record(Event(mailsec::server::events::kSignal, absl::Now())
                  .With("signal", signal.si_signo == SIGHUP    ? "HUP"
                                  : signal.si_signo == SIGTERM ? "TERM"
                                                               : "INT")
                  .With("uid", static_cast<int64_t>(signal.si_uid))
                  .With("pid", static_cast<int64_t>(signal.si_pid))
                  .With("user", mailsec::io::UserName(signal.si_uid)));
}

// Also looks at where mail is to be stored and who is to look at it: the server
// starts without them, but could deliver or take nothing.
int Check(const std::string& file) {
  Settings settings;
  bool good = Load(file, &settings);
  for (const ConfigError& warning : settings.warnings) {
    std::cerr << warning.ToString() << "\n";
  }
  for (const mailsec::server::StoreFault& fault :
       mailsec::server::FaultsOfStores(settings.domains)) {
    std::cerr << fault.ToString() << "\n";
    good = good && !fault.is_error();
  }
  if (good) {
    for (const ConfigError& warning :
         mailsec::server::UnreachableNow(settings)) {
      std::cerr << warning.ToString() << "\n";
    }
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

// Returns when the server is to stop. Writes to nothing but the log: standard
// error may be a pipe that nobody reads.
void WaitForSignals(const sigset_t& signals, const std::string& file,
                    Server* server, EventLog* log) {
  for (;;) {
    siginfo_t signal = {};
    if (sigwaitinfo(&signals, &signal) < 0) continue;
    RecordSignal(signal, log);
    if (signal.si_signo != SIGHUP) return;
    (void)log->Reopen();
    Settings settings;
    const std::vector<ConfigError> errors =
        mailsec::server::LoadSettings(file, &settings);
    if (!errors.empty()) {
      server->RefuseReload(errors);
      continue;
    }
    (void)RaiseFileLimit(settings, log);
    (void)server->Reload(std::move(settings));  // Its events tell.
  }
}

int Serve(const std::string& file, const sigset_t& signals) {
  Settings settings;
  if (!Load(file, &settings)) return 1;
  absl::StatusOr<std::unique_ptr<EventLog>> log =
      mailsec::server::OpenLog(settings.log);
  if (!log.ok()) {
    std::cerr << log.status().message() << "\n";
    return 1;
  }
  if (!RaiseFileLimit(settings, log->get())) {
    std::cerr << "the limit of open files is too low to start: " << kMoreFiles
              << "\n";
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
  const std::vector<char*> rest =
      ParseProgramLine("mailsecd", kUsage, "mailsecd.cc", argc, argv);
  BoundArenas();
  const std::string demo = absl::GetFlag(FLAGS_demo);
  std::string file = absl::GetFlag(FLAGS_config);
  if (rest.size() > 1 || (!demo.empty() && !file.empty())) {
    std::cerr << "usage: mailsecd [--config FILE] [--check]\n"
                 "       mailsecd --demo DIR [--port N] [--smarthost "
                 "HOST:PORT]\n"
                 "mailsecd --help explains.\n";
    return kBadUse;
  }
  if (file.empty()) file = mailsec::server::kDefaultConfigPath;
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
  return Serve(file, signals);
}
