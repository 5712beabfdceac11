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
#include "google/protobuf/util/message_differencer.h"
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
#include "mailcore/server/snapshot/policies.h"
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

absl::Status ToStatus(const std::vector<ConfigError>& errors) {
  return absl::InvalidArgumentError(absl::StrJoin(
      errors, "\n",
      [](std::string* out, const ConfigError& e) { *out += e.ToString(); }));
}

// What a reload cannot change: sockets, threads and the spool are made once.
bool NeedsRestart(const config::Config& before, const config::Config& after) {
  const auto fixed = [](config::Config c) {
    config::Config kept;
    kept.set_hostname(c.hostname());
    kept.mutable_listen()->Swap(c.mutable_listen());
    kept.mutable_spool()->Swap(c.mutable_spool());
    kept.mutable_resolver()->Swap(c.mutable_resolver());
    kept.mutable_log()->Swap(c.mutable_log());
    kept.set_control_socket(c.control_socket());
    kept.mutable_automatic()->set_database(c.automatic().database());
    kept.mutable_automatic()->set_off(c.automatic().off());
    kept.mutable_content()->set_concurrency(c.content().concurrency());
    kept.mutable_limits()->set_threads(c.limits().threads());
    return kept;
  };
  return !google::protobuf::util::MessageDifferencer::Equals(fixed(before),
                                                             fixed(after));
}

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
  RunningServer(ServerConfig config, Options options)
      : config_(std::move(config)),
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
        limiter_(config_.proto.limits().connections(),
                 config_.proto.limits().connections_per_client()),
        scan_pool_(std::make_unique<io::WorkerPool>(
            config_.proto.content().concurrency(), kScansWaiting)) {}

  ~RunningServer() override { Stop(); }

  absl::Status Start() {
    absl::Status status = OpenSpool();
    if (status.ok()) status = OpenAutomatic();
    if (status.ok()) status = BuildParts();
    if (status.ok()) status = OpenControl();
    if (status.ok()) status = OpenListeners();
    if (!status.ok()) return status;
    LookAtStores(config_);
    delivery_->Start();
    signatures_.Start(own_handler_->policies()->scanning);
    alarms_.Start({.spool = spool_.get(),
                   .writer = writer_.get(),
                   .wake = [this] { delivery_->Wake(); }},
                  MakeAlarmSettings(config_, *own_handler_->policies()));
    started_ = true;
    events_->Record(Event(events::kStarted, clock_.Now())
                        .With("hostname", config_.proto.hostname()));
    return absl::OkStatus();
  }

  uint16_t port(size_t n) const override { return listeners_.at(n)->port(); }

  absl::Status Reload(ServerConfig config) override {
    const absl::Status status = TryReload(std::move(config));
    events_->Record(status.ok() ? Event(events::kReloaded, clock_.Now())
                                : Event(events::kReloadRefused, clock_.Now())
                                      .With("error", status.message()));
    return status;
  }

  void Stop() override {
    if (!started_) return;
    started_ = false;
    events_->Record(Event(events::kStopping, clock_.Now()));
    const absl::Duration limit =
        absl::Seconds(config_.proto.limits().stop_seconds());
    const absl::Duration end = clock_.Uptime() + limit;
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
    const config::Spool& spool = config_.proto.spool();
    absl::StatusOr<std::unique_ptr<io::PosixDisk>> disk =
        io::PosixDisk::Open(config_.Resolve(spool.directory()));
    if (!disk.ok()) return disk.status();
    disk_ = *std::move(disk);
    absl::StatusOr<std::vector<spool::SpoolKey>> keys = ReadSpoolKeys(config_);
    if (!keys.ok()) return keys.status();
    spool::SpoolOptions options;
    options.segment_octets = uint64_t{spool.segment_megabytes()} << 20;
    options.reserve_octets = uint64_t{spool.reserve_megabytes()} << 20;
    options.reserve_inodes = spool.reserve_inodes();
    options.keys = *std::move(keys);
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
    absl::Status status = MakeSrsSecret(config_);
    if (!status.ok() || config_.proto.automatic().off()) return status;
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
        io::SqliteDatabase::Open(
            config_.BesideSpool(config_.proto.automatic().database(),
                                ".automatic"),
            {});
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
        MakeAutomaticSettings(config_, std::move(policies)));
  }

  absl::Status BuildParts() {
    const config::Resolver& resolver = config_.proto.resolver();
    absl::StatusOr<std::unique_ptr<io::UnboundResolver>> created =
        io::UnboundResolver::Create(
            {.forward = {resolver.forward().begin(), resolver.forward().end()},
             .trust_anchor_file =
                 resolver.trust_anchor_file().empty()
                     ? ""
                     : config_.Resolve(resolver.trust_anchor_file())});
    if (!created.ok()) return created.status();
    resolver_ = *std::move(created);
    absl::StatusOr<std::shared_ptr<const Policies>> policies =
        MakePolicies(config_);
    if (!policies.ok()) return policies.status();
    const std::shared_ptr<const DeliverySettings> settings =
        MakeDeliverySettings(config_, **policies);
    MakeAutomaticSender(*policies);
    bounds_ = std::make_unique<BoundKeeper>(config_.BesideSpool("", ".bounds"),
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
                        .hostname = config_.proto.hostname(),
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
      const ServerConfig& config) {
    std::vector<ConfigError> errors;
    const absl::StatusOr<std::vector<ip::IpAddress>> own =
        io::InterfaceAddresses();
    if (!own.ok()) return own.status();
    std::shared_ptr<const Policies> policies =
        BuildPolicies(config,
                      {.resolver = resolver_.get(),
                       .verifier = &verifier_,
                       .has_space =
                           [spool = spool_.get()](uint64_t octets) {
                             return spool->CheckSpace(octets).ok();
                           },
                       .own_addresses = *own,
                       .scanners = scanners_,
                       .scans_stopped = &scans_stopped_,
                       .governor = MakeGovernor(config),
                       .srs_table = srs_table_.get(),
                       .clock = &clock_,
                       .events = events_},
                      &errors);
    if (!errors.empty()) return ToStatus(errors);
    asked_verifier_.SetRouting(policies->routing);
    verifier_.Forget();
    WarnOfMissingMailboxes(config, *policies);
    return policies;
  }

  // A server with a fault of its mail store starts: the mail waits (R20).
  void LookAtStores(const ServerConfig& config) {
    for (const MailStore& store : config.mail_stores) {
      stores_.Saw(store.path, CheckStore(store));
    }
  }

  void WarnOfMissingMailboxes(const ServerConfig& config,
                              const Policies& policies) {
    for (const std::string& person :
         {config.proto.administrator(), config.proto.deputy()}) {
      const Address address = *Address::Parse(person);
      if (!policies.routing->router.IsLocal(address::ForwardPath(address)) ||
          policies.directory->Find(address).answer != policy::Answer::kNo) {
        continue;
      }
      events_->Record(Event(events::kPersonWithoutMailbox, clock_.Now())
                          .With("address", person));
    }
  }

  // Before anything else makes files: the socket's mode comes from the umask.
  absl::Status OpenControl() {
    size_t threads = config_.proto.limits().threads();
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
        config_.proto.hostname(), spool_.get(), own_handler_.get(), &stats_,
        [this] { delivery_->RetryNow(); },
        ControlAutomatic(&clock_, own_handler_.get(), absences_.get()));
    control_ = std::make_unique<ControlServer>(
        &threads_.front()->thread.context(), pool_.get(),
        [this](const control::Request& request,
               const std::function<void(const control::Response&)>& send) {
          answers_->Answer(request, send);
        });
    return control_->Listen(config_.Resolve(config_.proto.control_socket()));
  }

  absl::Status OpenListeners() {
    const ConnectionContext context = {
        .handler = handler_ ? handler_.get() : own_handler_.get(),
        .pool = pool_.get(),
        .clock = &clock_,
        .events = events_,
        .stats = &stats_};
    for (const config::Listener& listener : config_.proto.listen()) {
      listeners_.push_back(
          std::make_unique<Listener>(&threads_, &limiter_, context,
                                     MakeSessionSettings(config_, listener)));
      const absl::Status status = listeners_.back()->Listen(listener);
      if (!status.ok()) return status;
    }
    for (const auto& thread : threads_) thread->thread.Start();
    return absl::OkStatus();
  }

  absl::Status TryReload(ServerConfig config) {
    if (NeedsRestart(config_.proto, config.proto)) {
      return absl::FailedPreconditionError(
          "hostname, listen, spool, resolver, log, control_socket, "
          "limits.threads, content.concurrency, automatic.off and "
          "automatic.database change only with a restart; nothing was changed");
    }
    const absl::Status secret = MakeSrsSecret(config);
    if (!secret.ok()) return secret;
    absl::StatusOr<std::shared_ptr<const Policies>> policies =
        MakePolicies(config);
    if (!policies.ok()) return policies.status();
    for (int i = 0; i < config.proto.listen_size(); ++i) {
      listeners_[static_cast<size_t>(i)]->SetSettings(
          MakeSessionSettings(config, config.proto.listen(i)));
    }
    limiter_.SetLimits(config.proto.limits().connections(),
                       config.proto.limits().connections_per_client());
    const std::shared_ptr<const DeliverySettings> settings =
        MakeDeliverySettings(config, **policies);
    bounds_->SetGovernor((*policies)->governor);
    if (automatic_ != nullptr) {
      automatic_->SetSettings(MakeAutomaticSettings(config, *policies));
    }
    signatures_.SetScanning((*policies)->scanning);
    delivery_->SetSettings(settings);
    alarms_.SetSettings(MakeAlarmSettings(config, **policies));
    own_handler_->SetPolicies(*std::move(policies));
    config_ = std::move(config);
    LookAtStores(config_);
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
  ServerConfig config_;
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

absl::StatusOr<std::unique_ptr<Server>> Server::Start(ServerConfig config,
                                                      Options options) {
  auto server =
      std::make_unique<RunningServer>(std::move(config), std::move(options));
  const absl::Status status = server->Start();
  if (!status.ok()) return status;
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace mailsec::server
