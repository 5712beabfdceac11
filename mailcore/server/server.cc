#include "mailcore/server/server.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <future>
#include <random>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "boost/asio/post.hpp"
#include "boost/asio/steady_timer.hpp"
#include "mailcore/io/free_memory.h"
#include "mailcore/io/interface_addresses.h"
#include "mailcore/io/posix_disk.h"
#include "mailcore/io/spool_writer.h"
#include "mailcore/io/sqlite_absence_store.h"
#include "mailcore/io/sqlite_database.h"
#include "mailcore/io/sqlite_reply_memory.h"
#include "mailcore/io/sqlite_srs_table.h"
#include "mailcore/io/system_clock.h"
#include "mailcore/io/unbound_resolver.h"
#include "mailcore/io/worker_pool.h"
#include "mailcore/server/config/mail_stores.h"
#include "mailcore/server/config/spool_keys.h"
#include "mailcore/server/config/srs_secrets.h"
#include "mailcore/server/control/control_answers.h"
#include "mailcore/server/control/control_server.h"
#include "mailcore/server/deliver/delivery.h"
#include "mailcore/server/deliver/hop_verifier.h"
#include "mailcore/server/deliver/store_watch.h"
#include "mailcore/server/make_settings.h"
#include "mailcore/server/receive/client_limiter.h"
#include "mailcore/server/receive/listener.h"
#include "mailcore/server/receive/policy_handler.h"
#include "mailcore/server/runtime/post_batch.h"
#include "mailcore/server/runtime/server_events.h"
#include "mailcore/server/snapshot/make_governor.h"
#include "mailcore/server/snapshot/policies.h"
#include "mailcore/server/snapshot/session_settings.h"
#include "mailcore/server/tell/absences.h"
#include "mailcore/server/tell/alarm_mailer.h"
#include "mailcore/server/tell/automatic_sender.h"
#include "mailcore/server/tell/bound_keeper.h"
#include "mailcore/server/tell/signature_watch.h"
#include "mailcore/spool/spool.h"

namespace mailsec::server {
namespace {

namespace asio = boost::asio;
using address::Address;
using base::Clock;
using base::Event;
using base::EventSink;

// For what may block: name servers, directories, large content, Maildirs.
constexpr size_t kPoolThreads = 8;
constexpr size_t kPoolWaiting = 10000;
constexpr size_t kScansWaiting = 1000;

// How long a client waits for the next hop's answer to its recipient, and to
// its message, before we answer without. Ours.
constexpr absl::Duration kVerifyTime = absl::Seconds(20);
constexpr absl::Duration kCutThroughTime = absl::Seconds(120);

class NullSink : public EventSink {
 public:
  void Record(const Event&) override {}
};

// Ends sessions whose time is over, on their own thread.
class Sweeper {
 public:
  Sweeper(ThreadConnections* thread, const Clock* clock)
      : thread_(thread), clock_(clock), timer_(thread->thread.context()) {}

  void Start() {
    timer_.expires_after(std::chrono::seconds(1));
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (error) return;
      const absl::Duration uptime = clock_->Uptime();
      for (Connection* connection : thread_->open) {
        connection->CheckTime(uptime);
      }
      Start();
    });
  }

 private:
  ThreadConnections* thread_;
  const Clock* clock_;
  asio::steady_timer timer_;
};

class RunningServer : public Server {
 public:
  RunningServer(Settings settings, Options options)
      : settings_(std::move(settings)),
        wrap_handler_(std::move(options.wrap_handler)),
        scanners_(std::move(options.scanners)),
        alarms_(options.events ? options.events : &null_sink_, &clock_),
        pool_(std::make_unique<io::WorkerPool>(kPoolThreads, kPoolWaiting)),
        dns_pool_(std::make_unique<io::WorkerPool>(kPoolThreads, kPoolWaiting)),
        asked_verifier_(
            [this](HopQuestion question, auto done) {
              delivery_->Ask(std::move(question), std::move(done));
            },
            kVerifyTime),
        verifier_(policy::CachingVerifier::Options(), &asked_verifier_,
                  &clock_),
        limiter_(settings_.limits.connections,
                 settings_.limits.connections_per_client),
        scan_pool_(std::make_unique<io::WorkerPool>(
            settings_.content.concurrency, kScansWaiting)) {}

  ~RunningServer() override { Stop(); }

  absl::Status Start() {
    absl::Status status = OpenSpool();
    if (status.ok()) status = OpenAutomatic();
    if (status.ok()) status = BuildParts();
    if (status.ok()) status = OpenControl();
    if (status.ok()) status = OpenListeners();
    if (!status.ok()) return status;
    LookAtStores(settings_);
    delivery_->Start();
    signatures_.Start(own_handler_->policies()->scanning);
    alarms_.Start({.spool = spool_.get(),
                   .writer = writer_.get(),
                   .wake = [this] { delivery_->Wake(); }},
                  MakeAlarmSettings(settings_, *own_handler_->policies()));
    started_ = true;
    events_->Record(Event(events::kStarted, clock_.Now())
                        .With("hostname", settings_.identity.hostname));
    return absl::OkStatus();
  }

  uint16_t port(size_t n) const override { return listeners_.at(n)->port(); }

  absl::Status Reload(Settings settings) override {
    const absl::Status status = TryReload(std::move(settings));
    events_->Record(status.ok() ? Event(events::kReloaded, clock_.Now())
                                : Event(events::kReloadRefused, clock_.Now())
                                      .With("error", status.message()));
    return status;
  }

  void Stop() override {
    if (!started_) return;
    started_ = false;
    events_->Record(Event(events::kStopping, clock_.Now()));
    const absl::Duration end = clock_.Uptime() + settings_.limits.stop_time;
    for (const auto& listener : listeners_) listener->Close();
    control_->Close();
    StopConnections(end);
    delivery_->Stop(std::max(end - clock_.Uptime(), absl::ZeroDuration()));
    for (const auto& thread : threads_) thread->thread.Stop();
    // What a pool thread works on lives in a coroutine: end it before those.
    scans_stopped_ = true;
    scan_pool_.reset();
    dns_pool_.reset();
    pool_.reset();
    signatures_.Stop();
    bounds_->Stop();
    alarms_.Stop();
    writer_.reset();  // Writes what still waits.
    events_->Record(Event(events::kStopped, clock_.Now()));
  }

 private:
  absl::Status OpenSpool() {
    absl::StatusOr<std::unique_ptr<io::PosixDisk>> disk =
        io::PosixDisk::Open(settings_.spool.directory);
    if (!disk.ok()) return disk.status();
    disk_ = *std::move(disk);
    std::vector<ConfigError> errors;
    std::vector<spool::SpoolKey> keys = ReadSpoolKeys(settings_.spool, &errors);
    if (!errors.empty()) return ToStatus(errors);
    spool::SpoolOptions options;
    options.segment_octets = settings_.spool.segment_octets;
    options.reserve_octets = settings_.spool.reserve_octets;
    options.reserve_inodes = settings_.spool.reserve_inodes;
    options.keys = std::move(keys);
    options.schedule = spool::RetrySchedule(settings_.retry.schedule);
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
    return absl::OkStatus();
  }

  // What the automatic mail has to remember (R24). If it is damaged, mail goes
  // on without anything automatic: who cannot tell is silent.
  absl::Status OpenAutomatic() {
    absl::Status status = MakeSrsSecret(settings_.automatic);
    if (!status.ok() || settings_.automatic.off) return status;
    status = OpenTables();
    if (!absl::IsDataLoss(status)) return status;
    absences_ = nullptr;
    srs_table_ = nullptr;
    events_->Record(Event(events::kAutomaticOff, clock_.Now())
                        .With("error", status.message()));
    return absl::OkStatus();
  }

  absl::Status OpenTables() {
    absl::StatusOr<std::unique_ptr<io::SqliteDatabase>> database =
        io::SqliteDatabase::Open(settings_.automatic.database, {});
    if (!database.ok()) return database.status();
    database_ = *std::move(database);
    auto srs_table = io::SqliteSrsTable::Create(database_.get());
    if (!srs_table.ok()) return srs_table.status();
    srs_table_ = *std::move(srs_table);
    auto memory = io::SqliteReplyMemory::Create(database_.get());
    if (!memory.ok()) return memory.status();
    memory_ = *std::move(memory);
    auto store = io::SqliteAbsenceStore::Create(database_.get());
    if (!store.ok()) return store.status();
    absence_store_ = *std::move(store);
    auto absences = Absences::Create(absence_store_.get(), memory_.get());
    if (!absences.ok()) return absences.status();
    absences_ = *std::move(absences);
    return absl::OkStatus();
  }

  void MakeAutomaticSender(std::shared_ptr<const Policies> policies) {
    if (absences_ == nullptr) return;  // Everything automatic is off.
    automatic_ = std::make_unique<AutomaticSender>(
        AutomaticSender::Context{.spool = spool_.get(),
                                 .writer = writer_.get(),
                                 .clock = &clock_,
                                 .events = events_,
                                 .stats = &stats_,
                                 .absences = absences_.get(),
                                 .memory = memory_.get(),
                                 .resolver = resolver_.get(),
                                 .wake = [this] { delivery_->Wake(); }},
        MakeAutomaticSettings(settings_, std::move(policies)));
  }

  absl::Status BuildParts() {
    absl::StatusOr<std::unique_ptr<io::UnboundResolver>> created =
        io::UnboundResolver::Create(
            {.forward = settings_.resolver.forward,
             .trust_anchor_file = settings_.resolver.trust_anchor_file});
    if (!created.ok()) return created.status();
    resolver_ = *std::move(created);
    absl::StatusOr<std::shared_ptr<const Policies>> policies =
        MakePolicies(settings_);
    if (!policies.ok()) return policies.status();
    const std::shared_ptr<const DeliverySettings> settings =
        MakeDeliverySettings(settings_, **policies);
    MakeAutomaticSender(*policies);
    bounds_ = std::make_unique<BoundKeeper>(settings_.spool.Beside(".bounds"),
                                            &clock_, events_);
    bounds_->Start((*policies)->governor);
    delivery_ = std::make_unique<Delivery>(
        DeliveryContext{.spool = spool_.get(),
                        .writer = writer_.get(),
                        .pool = pool_.get(),
                        .dns_pool = dns_pool_.get(),
                        .clock = &clock_,
                        .events = events_,
                        .stats = &stats_,
                        .hostname = settings_.identity.hostname,
                        .automatic = automatic_.get(),
                        .resolver = resolver_.get(),
                        .stores = &stores_},
        settings);
    own_handler_ = std::make_unique<PolicyHandler>(
        spool_.get(), writer_.get(), scan_pool_.get(), &clock_, events_,
        &stats_,
        PolicyHandler::Next{
            .wake = [this] { delivery_->Wake(); },
            .deliver_now =
                [this](spool::QueueId id, CutThroughWaiter waiter) {
                  delivery_->DeliverNow(id, std::move(waiter), kCutThroughTime);
                }},
        *policies);
    if (wrap_handler_) handler_ = wrap_handler_(own_handler_.get());
    return absl::OkStatus();
  }

  absl::StatusOr<std::shared_ptr<const Policies>> MakePolicies(
      const Settings& settings) {
    std::vector<ConfigError> errors;
    const absl::StatusOr<std::vector<ip::IpAddress>> own =
        io::InterfaceAddresses();
    if (!own.ok()) return own.status();
    std::shared_ptr<const Policies> policies = BuildPolicies(
        settings,
        {.resolver = resolver_.get(),
         .verifier = &verifier_,
         .has_space =
             [spool = spool_.get()](uint64_t octets) {
               return spool->CheckSpace(octets).ok();
             },
         .own_addresses = *own,
         .scanners = scanners_,
         .scans_stopped = &scans_stopped_,
         .governor = MakeGovernor(
             settings,
             own_handler_ ? own_handler_->policies()->governor.get() : nullptr,
             clock_.Now()),
         .srs_table = srs_table_.get(),
         .clock = &clock_,
         .events = events_},
        &errors);
    if (!errors.empty()) return ToStatus(errors);
    asked_verifier_.SetRouting(policies->routing);
    verifier_.Forget();
    WarnOfMissingMailboxes(settings, *policies);
    return policies;
  }

  // A server with a fault of its mail store starts: the mail waits (R20).
  void LookAtStores(const Settings& settings) {
    for (const MailStore& store : StoresOf(settings.domains)) {
      stores_.Saw(store.path, CheckStore(store));
    }
  }

  void WarnOfMissingMailboxes(const Settings& settings,
                              const Policies& policies) {
    for (const address::Address& address :
         {*settings.identity.administrator, *settings.identity.deputy}) {
      if (!policies.routing->router.IsLocal(address::ForwardPath(address)) ||
          policies.directory->Find(address).answer != policy::Answer::kNo) {
        continue;
      }
      events_->Record(Event(events::kPersonWithoutMailbox, clock_.Now())
                          .With("address", address.ToString()));
    }
  }

  // Before anything else makes files: the socket's mode comes from the umask.
  absl::Status OpenControl() {
    size_t threads = settings_.limits.threads;
    if (threads == 0) {
      threads = std::max(1u, std::thread::hardware_concurrency());
    }
    for (size_t i = 0; i < threads; ++i) {
      threads_.push_back(std::make_unique<ThreadConnections>());
      sweepers_.push_back(
          std::make_unique<Sweeper>(threads_.back().get(), &clock_));
      sweepers_.back()->Start();
    }
    answers_ = std::make_unique<ControlAnswers>(
        settings_.identity.hostname, spool_.get(), own_handler_.get(), &stats_,
        [this] { delivery_->RetryNow(); },
        ControlAutomatic(&clock_, own_handler_.get(), absences_.get()));
    control_ = std::make_unique<ControlServer>(
        &threads_.front()->thread.context(), pool_.get(),
        [this](const control::Request& request,
               const std::function<void(const control::Response&)>& send) {
          answers_->Answer(request, send);
        });
    return control_->Listen(settings_.control_socket);
  }

  absl::Status OpenListeners() {
    const ConnectionContext context = {
        .handler = handler_ ? handler_.get() : own_handler_.get(),
        .pool = pool_.get(),
        .clock = &clock_,
        .events = events_,
        .stats = &stats_};
    for (const ListenerSettings& listener : settings_.listeners) {
      listeners_.push_back(std::make_unique<Listener>(
          &threads_, &limiter_, context,
          std::make_shared<const SessionSettings>(
              MakeSessionSettings(settings_, listener))));
      const absl::Status status = listeners_.back()->Listen(listener);
      if (!status.ok()) return status;
    }
    for (const auto& thread : threads_) thread->thread.Start();
    return absl::OkStatus();
  }

  absl::Status TryReload(Settings settings) {
    const std::vector<std::string> fixed = NeedsRestart(settings_, settings);
    if (!fixed.empty()) {
      return absl::FailedPreconditionError(
          absl::StrCat(absl::StrJoin(fixed, ", "),
                       fixed.size() == 1 ? " changes" : " change",
                       " only with a restart; nothing was changed"));
    }
    const absl::Status secret = MakeSrsSecret(settings.automatic);
    if (!secret.ok()) return secret;
    absl::StatusOr<std::shared_ptr<const Policies>> policies =
        MakePolicies(settings);
    if (!policies.ok()) return policies.status();
    for (size_t i = 0; i < listeners_.size(); ++i) {
      listeners_[i]->SetSettings(std::make_shared<const SessionSettings>(
          MakeSessionSettings(settings, settings.listeners[i])));
    }
    limiter_.SetLimits(settings.limits.connections,
                       settings.limits.connections_per_client);
    const std::shared_ptr<const DeliverySettings> delivery =
        MakeDeliverySettings(settings, **policies);
    bounds_->SetGovernor((*policies)->governor);
    if (automatic_ != nullptr) {
      automatic_->SetSettings(MakeAutomaticSettings(settings, *policies));
    }
    signatures_.SetScanning((*policies)->scanning);
    delivery_->SetSettings(delivery);
    alarms_.SetSettings(MakeAlarmSettings(settings, **policies));
    own_handler_->SetPolicies(*std::move(policies));
    settings_ = std::move(settings);
    LookAtStores(settings_);
    (void)spool_->Flush();  // What had no route may have one now.
    delivery_->Wake();
    return absl::OkStatus();
  }

  // Asks all sessions to end; after `end`, or nearly, those that are left are
  // told at once.
  void StopConnections(absl::Duration end) {
    constexpr absl::Duration kLastWord = absl::Seconds(1);
    const smtp::Reply reply(421, {4, 3, 2}, "The server is shutting down");
    for (const bool now : {false, true}) {
      for (const auto& thread : threads_) {
        asio::post(thread->thread.context(), [of = thread.get(), reply, now] {
          for (Connection* connection : of->open) connection->Stop(reply, now);
        });
      }
      const absl::Duration until = now ? end : end - kLastWord;
      while (stats_.connections > 0 && clock_.Uptime() < until) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      }
    }
  }

  // In the order in which they are made; destroyed the other way round.
  Settings settings_;
  NullSink null_sink_;
  const std::function<std::unique_ptr<MailHandler>(MailHandler*)> wrap_handler_;
  const std::vector<policy::Scanner*> scanners_;
  io::SystemClock clock_;
  AlarmMailer alarms_;
  EventSink* const events_ = &alarms_;  // Everybody's.
  StoreWatch stores_{&clock_, events_};
  Stats stats_;
  std::atomic<bool> scans_stopped_ = false;
  std::unique_ptr<io::PosixDisk> disk_;
  std::unique_ptr<spool::Spool> spool_;
  std::unique_ptr<io::WorkerPool> pool_;
  std::unique_ptr<io::WorkerPool> dns_pool_;
  HopVerifier asked_verifier_;
  policy::CachingVerifier verifier_;
  ClientLimiter limiter_;
  std::unique_ptr<io::UnboundResolver> resolver_;
  std::unique_ptr<io::SpoolWriter> writer_;
  std::unique_ptr<BoundKeeper> bounds_;
  // Null if everything automatic is off.
  std::unique_ptr<io::SqliteDatabase> database_;
  std::unique_ptr<io::SqliteSrsTable> srs_table_;
  std::unique_ptr<io::SqliteReplyMemory> memory_;
  std::unique_ptr<io::SqliteAbsenceStore> absence_store_;
  std::unique_ptr<Absences> absences_;
  std::unique_ptr<AutomaticSender> automatic_;
  SignatureWatch signatures_;
  std::unique_ptr<io::WorkerPool> scan_pool_;
  std::unique_ptr<Delivery> delivery_;
  std::unique_ptr<PolicyHandler> own_handler_;
  std::unique_ptr<MailHandler> handler_;
  std::vector<std::unique_ptr<ThreadConnections>> threads_;
  std::vector<std::unique_ptr<Sweeper>> sweepers_;
  std::unique_ptr<ControlAnswers> answers_;
  std::unique_ptr<ControlServer> control_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  bool started_ = false;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(Settings settings,
                                                      Options options) {
  auto server =
      std::make_unique<RunningServer>(std::move(settings), std::move(options));
  const absl::Status status = server->Start();
  if (!status.ok()) return status;
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace mailsec::server
