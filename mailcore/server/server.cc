#include "mailcore/server/server.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "boost/system/system_error.hpp"
#include "mailcore/io/default_gateways.h"
#include "mailcore/io/errno_status.h"
#include "mailcore/io/free_memory.h"
#include "mailcore/io/interface_addresses.h"
#include "mailcore/io/posix_disk.h"
#include "mailcore/io/spool_writer.h"
#include "mailcore/io/system_clock.h"
#include "mailcore/io/unbound_resolver.h"
#include "mailcore/io/user_name.h"
#include "mailcore/io/worker_pool.h"
#include "mailcore/server/config/mail_stores.h"
#include "mailcore/server/config/spool_keys.h"
#include "mailcore/server/config/srs_secrets.h"
#include "mailcore/server/config/trusted_gateways.h"
#include "mailcore/server/control/control_answers.h"
#include "mailcore/server/control/control_automatic.h"
#include "mailcore/server/control/control_queue.h"
#include "mailcore/server/control/control_server.h"
#include "mailcore/server/deliver/delivery.h"
#include "mailcore/server/deliver/hop_verifier.h"
#include "mailcore/server/deliver/store_watch.h"
#include "mailcore/server/receive/listeners.h"
#include "mailcore/server/receive/policy_handler.h"
#include "mailcore/server/runtime/current.h"
#include "mailcore/server/runtime/parts.h"
#include "mailcore/server/runtime/post_batch.h"
#include "mailcore/server/runtime/server_events.h"
#include "mailcore/server/snapshot/snapshot.h"
#include "mailcore/server/tell/alarm_mailer.h"
#include "mailcore/server/tell/automatic_sender.h"
#include "mailcore/server/tell/automatic_tables.h"
#include "mailcore/server/tell/bound_keeper.h"
#include "mailcore/server/tell/signature_watch.h"
#include "mailcore/spool/spool.h"

namespace mailsec::server {
namespace {

using address::Address;
using base::Event;
using base::EventSink;

// For what may block: name servers, directories, large content, Maildirs.
constexpr size_t kPoolThreads = 8;
constexpr size_t kPoolWaiting = 10000;
// For mail that other mail causes. Where too much of it waits, a notification
// goes without asking for its target's exchangers, and other answers are left
// out, with an event.
constexpr size_t kAnswerThreads = 4;
constexpr size_t kAnswerWaiting = 1000;
constexpr size_t kScansWaiting = 1000;

// How long a client waits for the next hop's answer to its recipient, and to
// its message, before we answer without. Ours.
constexpr absl::Duration kVerifyTime = absl::Seconds(20);
constexpr absl::Duration kCutThroughTime = absl::Seconds(120);

// What to do if the system had no thread or descriptor left for the start.
absl::Status OutOf(int error) {
  if (error == EMFILE || error == ENFILE) {
    return absl::ResourceExhaustedError(
        "the start needs more file descriptors than there are: raise the limit "
        "of open files (LimitNOFILE= of systemd, ulimit -n)");
  }
  if (error == EAGAIN) {
    return absl::ResourceExhaustedError(
        "the start needs more threads than may run: raise the limit of tasks "
        "(TasksMax= and LimitNPROC= of systemd, ulimit -u, pids of the "
        "container), or lower limits.threads and content.concurrency");
  }
  return io::ErrnoStatus(error, "the server cannot start");
}

// Errors of a configuration that one event shows. Ours.
constexpr size_t kErrorsShown = 20;

class NullSink : public EventSink {
 public:
  void Record(const Event&) override {}
};

class RunningServer : public Server {
 public:
  explicit RunningServer(Options options)
      : wrap_handler_(std::move(options.wrap_handler)),
        scanners_(std::move(options.scanners)),
        alarms_(options.events ? options.events : &null_sink_, &clock_),
        pool_(std::make_unique<io::WorkerPool>(kPoolThreads, kPoolWaiting)),
        dns_pool_(std::make_unique<io::WorkerPool>(kPoolThreads, kPoolWaiting)),
        answer_pool_(
            std::make_unique<io::WorkerPool>(kAnswerThreads, kAnswerWaiting)),
        signatures_(&current_) {
    parts_.clock = &clock_;
    parts_.events = events_;
    parts_.stats = &stats_;
    parts_.pool = pool_.get();
    parts_.dns_pool = dns_pool_.get();
    parts_.answer_pool = answer_pool_.get();
    parts_.wake = [this] { delivery_->Wake(); };
  }

  ~RunningServer() override { Stop(); }

  absl::Status Start(const Settings& settings) {
    absl::Status status = OpenSpool(settings);
    if (status.ok()) status = OpenAutomatic(settings.automatic);
    if (status.ok()) status = OpenResolver(settings.resolver);
    if (status.ok()) status = MakeRooms(settings);
    if (status.ok()) status = OpenControl(settings);
    if (!status.ok()) return status;
    // Whoever needs a thread has it before the first client is let in.
    signatures_.Start();
    alarms_.Start(&parts_, &current_);
    status = listeners_->Open(settings, &current_,
                              handler_ ? handler_.get() : own_handler_.get());
    if (!status.ok()) return status;
    LookAtStores(settings);
    delivery_->Start();
    started_ = true;
    events_->Record(Event(events::kStarted, clock_.Now())
                        .With("hostname", parts_.hostname));
    return absl::OkStatus();
  }

  uint16_t port(size_t n) const override { return listeners_->port(n); }

  absl::Status Reload(Settings settings) override {
    const absl::Status status = TryReload(settings);
    if (status.ok()) {
      events_->Record(Event(events::kReloaded, clock_.Now()));
    } else {
      RecordRefusal(status);
    }
    return status;
  }

  spool::Spool& spool() override { return *spool_; }
  void RetryNow() override { delivery_->RetryNow(); }
  const Stats& stats() const override { return stats_; }

  void RefuseReload(const std::vector<ConfigError>& errors) override {
    RecordRefusal(ToStatus(errors));
  }

  void Stop() override {
    if (!started_) return;
    started_ = false;
    events_->Record(Event(events::kStopping, clock_.Now()));
    const absl::Duration end =
        clock_.Uptime() + current_.Get()->settings.limits.stop_time;
    listeners_->Close();
    control_->Close();
    listeners_->EndSessions(end);
    delivery_->Stop(std::max(end - clock_.Uptime(), absl::ZeroDuration()));
    EndThreads();
    events_->Record(Event(events::kStopped, clock_.Now()));
  }

  // Ends what Start() has begun, as far as it came.
  void EndThreads() {
    if (listeners_) listeners_->StopThreads();
    // What a pool thread works on lives in a coroutine: end it before those.
    scans_stopped_ = true;
    scan_pool_.reset();
    answer_pool_.reset();
    dns_pool_.reset();
    pool_.reset();
    signatures_.Stop();
    if (bounds_) bounds_->Stop();
    alarms_.Stop();
    writer_.reset();  // Writes what still waits.
  }

 private:
  // ---- The start

  absl::Status OpenSpool(const Settings& settings) {
    absl::StatusOr<std::unique_ptr<io::PosixDisk>> disk =
        io::PosixDisk::Open(settings.spool.directory);
    if (!disk.ok()) return disk.status();
    disk_ = *std::move(disk);
    std::vector<ConfigError> errors;
    std::vector<spool::SpoolKey> keys = ReadSpoolKeys(settings.spool, &errors);
    if (!errors.empty()) return ToStatus(errors);
    spool::SpoolOptions options;
    options.segment_octets = settings.spool.segment_octets;
    options.reserve_octets = settings.spool.reserve_octets;
    options.reserve_inodes = settings.spool.reserve_inodes;
    options.keys = std::move(keys);
    options.schedule = spool::RetrySchedule(settings.retry.schedule);
    absl::StatusOr<std::unique_ptr<spool::Spool>> opened =
        spool::Spool::Open(std::move(options), disk_.get(), &clock_, events_);
    if (!opened.ok()) return opened.status();
    io::ReturnFreeMemory();  // Reading a long queue needs much of it.
    spool_ = *std::move(opened);
    writer_ = std::make_unique<io::SpoolWriter>(
        spool_.get(), [](const std::function<void()>& callbacks) {
          const PostBatch batch;  // One wake-up a thread for all of them.
          callbacks();
        });
    parts_.spool = spool_.get();
    parts_.writer = writer_.get();
    return absl::OkStatus();
  }

  // If what the automatic mail remembers is damaged (R24), mail goes on without
  // anything automatic: who cannot tell is silent.
  absl::Status OpenAutomatic(const AutomaticMailSettings& automatic) {
    const absl::Status secret = MakeSrsSecret(automatic);
    if (!secret.ok() || automatic.off) return secret;
    absl::StatusOr<std::unique_ptr<AutomaticTables>> tables =
        AutomaticTables::Open(automatic.database);
    if (tables.ok()) {
      tables_ = *std::move(tables);
      return absl::OkStatus();
    }
    if (!absl::IsDataLoss(tables.status())) return tables.status();
    events_->Record(Event(events::kAutomaticOff, clock_.Now())
                        .With("error", tables.status().message()));
    return absl::OkStatus();
  }

  absl::Status OpenResolver(const ResolverSettings& settings) {
    absl::StatusOr<std::unique_ptr<io::UnboundResolver>> created =
        io::UnboundResolver::Create(
            {.forward = settings.forward,
             .trust_anchor_file = settings.trust_anchor_file});
    if (!created.ok()) return created.status();
    resolver_ = *std::move(created);
    parts_.resolver = resolver_.get();
    return absl::OkStatus();
  }

  absl::Status MakeRooms(const Settings& settings) {
    parts_.hostname = settings.identity.hostname;
    scan_pool_ = std::make_unique<io::WorkerPool>(settings.content.concurrency,
                                                  kScansWaiting);
    parts_.scan_pool = scan_pool_.get();
    absl::StatusOr<std::shared_ptr<const Snapshot>> first = Build(settings);
    if (!first.ok()) return first.status();
    current_.Set(*first);
    bounds_ = std::make_unique<BoundKeeper>(settings.spool.Beside(".bounds"),
                                            &parts_, &current_);
    bounds_->Start();
    if (tables_ != nullptr) {
      automatic_ = std::make_unique<AutomaticSender>(
          &parts_, &current_, tables_->absences.get(), tables_->memory.get());
    }
    delivery_ = std::make_unique<Delivery>(
        &parts_, &current_,
        DeliveryOptions{.automatic = automatic_.get(), .stores = &stores_});
    own_handler_ = std::make_unique<PolicyHandler>(
        &parts_, &current_, [this](spool::QueueId id, CutThroughWaiter waiter) {
          delivery_->DeliverNow(id, std::move(waiter), kCutThroughTime);
        });
    if (wrap_handler_) handler_ = wrap_handler_(own_handler_.get());
    return absl::OkStatus();
  }

  // Before anything else makes files: the socket's mode comes from the umask.
  absl::Status OpenControl(const Settings& settings) {
    listeners_ = std::make_unique<Listeners>(settings.limits.threads, &parts_);
    answers_ = std::make_unique<ControlAnswers>(
        &parts_, &current_, own_handler_.get(),
        ControlQueue(&parts_, &current_, [this] { delivery_->RetryNow(); }),
        ControlAutomatic(&parts_, &current_,
                         tables_ ? tables_->absences.get() : nullptr));
    control_ = std::make_unique<ControlServer>(
        &listeners_->context(), pool_.get(),
        [this](const control::Request& request, const ControlServer::Peer& peer,
               const std::function<void(const control::Response&)>& send) {
          answers_->Answer(request,
                           {.user = io::UserName(peer.uid),
                            .uid = peer.uid,
                            .pid = peer.pid},
                           send);
        });
    return control_->Listen(settings.control_socket);
  }

  // ---- The configuration

  // What `settings` decide, after the snapshot in force if there is one.
  absl::StatusOr<std::shared_ptr<const Snapshot>> Build(
      const Settings& settings) {
    const absl::StatusOr<std::vector<ip::IpAddress>> own =
        io::InterfaceAddresses();
    if (!own.ok()) return own.status();
    std::vector<ConfigError> errors;
    std::shared_ptr<const Snapshot> built = BuildSnapshot(
        settings, parts_,
        {.before = current_.Get(),
         .make_verifier =
             [this](std::shared_ptr<const Routing> routing) {
               return MakeVerifier(std::move(routing));
             },
         .own_addresses = *own,
         .scanners = scanners_,
         .scans_stopped = &scans_stopped_,
         .srs_table = tables_ ? tables_->srs_table.get() : nullptr},
        &errors);
    if (!errors.empty()) return ToStatus(errors);
    WarnOfMissingMailboxes(*built);
    WarnOfTrustedGateways(settings);
    return built;
  }

  std::unique_ptr<policy::RecipientVerifier> MakeVerifier(
      std::shared_ptr<const Routing> routing) {
    return std::make_unique<HopVerifier>(
        [this](HopQuestion question, HopAsker::Done done) {
          delivery_->Ask(std::move(question), std::move(done));
        },
        kVerifyTime, std::move(routing));
  }

  void WarnOfMissingMailboxes(const Snapshot& snapshot) {
    const IdentitySettings& identity = snapshot.settings.identity;
    for (const Address& address : {*identity.administrator, *identity.deputy}) {
      if (!snapshot.routing->router.IsLocal(address::ForwardPath(address)) ||
          snapshot.directory->Find(address).answer != policy::Answer::kNo) {
        continue;
      }
      events_->Record(Event(events::kPersonWithoutMailbox, clock_.Now())
                          .With("address", address.ToString()));
    }
  }

  void WarnOfTrustedGateways(const Settings& settings) {
    for (const TrustedGateway& found :
         FindTrustedGateways(settings, io::DefaultGateways())) {
      events_->Record(Event(events::kTrustedGateway, clock_.Now())
                          .With("field", found.field)
                          .With("network", found.network)
                          .With("gateway", found.gateway.ToString()));
    }
  }

  void RecordRefusal(const absl::Status& status) {
    const std::vector<absl::string_view> errors =
        absl::StrSplit(status.message(), '\n');
    Event event(events::kReloadRefused, clock_.Now());
    std::move(event).With("errors", static_cast<int64_t>(errors.size()));
    for (size_t i = 0; i < std::min(errors.size(), kErrorsShown); ++i) {
      std::move(event).With("error", errors[i]);
    }
    events_->Record(event);
  }

  // A server with a fault of its mail store starts: the mail waits (R20).
  void LookAtStores(const Settings& settings) {
    for (const MailStore& store : StoresOf(settings.domains)) {
      stores_.Saw(store.path, CheckStore(store));
    }
  }

  absl::Status TryReload(const Settings& settings) {
    const std::vector<std::string> fixed =
        NeedsRestart(current_.Get()->settings, settings);
    if (!fixed.empty()) {
      return absl::FailedPreconditionError(
          absl::StrCat(absl::StrJoin(fixed, ", "),
                       fixed.size() == 1 ? " changes" : " change",
                       " only with a restart; nothing was changed"));
    }
    const absl::Status secret = MakeSrsSecret(settings.automatic);
    if (!secret.ok()) return secret;
    absl::StatusOr<std::shared_ptr<const Snapshot>> next = Build(settings);
    if (!next.ok()) return next.status();
    // The one exchange. Whoever begins something takes the new snapshot; those
    // who wait for long are woken to look at it.
    current_.Set(*std::move(next));
    signatures_.Wake();
    alarms_.Wake();
    LookAtStores(settings);
    (void)spool_->Flush();  // What had no route may have one now.
    delivery_->Wake();
    return absl::OkStatus();
  }

  // In the order in which they are made; destroyed the other way round.
  NullSink null_sink_;
  const std::function<std::unique_ptr<MailHandler>(MailHandler*)> wrap_handler_;
  const std::vector<policy::Scanner*> scanners_;
  io::SystemClock clock_;
  AlarmMailer alarms_;
  EventSink* const events_ = &alarms_;  // Everybody's.
  StoreWatch stores_{&clock_, events_};
  Stats stats_;
  Parts parts_;
  std::atomic<bool> scans_stopped_ = false;
  std::unique_ptr<io::PosixDisk> disk_;
  std::unique_ptr<spool::Spool> spool_;
  std::unique_ptr<io::WorkerPool> pool_;
  std::unique_ptr<io::WorkerPool> dns_pool_;
  std::unique_ptr<io::WorkerPool> answer_pool_;
  std::unique_ptr<io::UnboundResolver> resolver_;
  std::unique_ptr<io::SpoolWriter> writer_;
  std::unique_ptr<AutomaticTables> tables_;  // Null: all automatic is off.
  Current<Snapshot> current_;
  std::unique_ptr<BoundKeeper> bounds_;
  SignatureWatch signatures_;
  std::unique_ptr<io::WorkerPool> scan_pool_;
  std::unique_ptr<AutomaticSender> automatic_;  // Null: all automatic is off.
  std::unique_ptr<Delivery> delivery_;
  std::unique_ptr<PolicyHandler> own_handler_;
  std::unique_ptr<MailHandler> handler_;
  std::unique_ptr<Listeners> listeners_;
  std::unique_ptr<ControlAnswers> answers_;
  std::unique_ptr<ControlServer> control_;
  bool started_ = false;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(Settings settings,
                                                      Options options) {
  std::unique_ptr<RunningServer> server;
  absl::Status status;
  // Threads, and what event loops are made of, say so by exceptions.
  try {
    server = std::make_unique<RunningServer>(std::move(options));
    status = server->Start(settings);
  } catch (const std::system_error& error) {
    status = OutOf(error.code().value());
  } catch (const boost::system::system_error& error) {
    status = OutOf(error.code().value());
  }
  if (status.ok()) return std::unique_ptr<Server>(std::move(server));
  if (server != nullptr) server->EndThreads();
  return status;
}

}  // namespace mailsec::server
