// What becomes of a delivery when the spool cannot record it, and questions to
// next hops.

#include "mailcore/server/deliver/delivery.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/steady_timer.hpp"
#include "gtest/gtest.h"
#include "mailcore/io/system_clock.h"
#include "mailcore/server/config/settings.h"
#include "mailcore/server/runtime/no_throw.h"
#include "mailcore/spool/memory_store.h"
#include "mailcore/testing/failing_store.h"
#include "mailcore/testing/fake_recipient_directory.h"
#include "mailcore/testing/fake_resolver.h"
#include "mailcore/testing/recording_event_sink.h"

namespace mailsec::server {
namespace {

using address::ForwardPath;

class DeliveryTest : public testing::Test {
 protected:
  DeliveryTest() {
    std::string name = testing::TempDir() + "/deliveryXXXXXX";
    folder_ = mkdtemp(name.data());
    std::filesystem::create_directory(folder_ + "/mail");
    auto store =
        std::make_unique<FailingStore>(std::make_unique<spool::MemoryStore>());
    store_ = store.get();
    spool_ = *spool::Spool::OpenStore(spool::SpoolOptions(), std::move(store),
                                      nullptr, &clock_);
    EXPECT_TRUE(ParseSettings(R"(
        hostname: "mx.example.org" administrator: "a@example.org"
        deputy: "b@example.org" listen { address: "127.0.0.1" }
        local_domain { name: "example.org" recipients_file: "r"
                       maildir_root: "mail" })",
                              folder_ + "/F", &config_)
                    .empty());
    snapshot_ = MakeSnapshot();
  }
  ~DeliveryTest() override {
    answer_pool_.reset();
    delivery_.reset();
    pool_.reset();
    writer_.reset();
    std::filesystem::remove_all(folder_);
  }

  void SendOthersTo(uint16_t port, bool cut_through = false) {
    route::Destination& hop = config_.routes.fallback;
    hop.kind = route::Destination::Kind::kSmtp;
    hop.host = "127.0.0.1";
    hop.port = port;
    hop.cut_through = cut_through;
    snapshot_ = MakeSnapshot();
  }

  // As config_ is now.
  std::shared_ptr<Snapshot> MakeSnapshot() {
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->routing = *MakeRouting(config_, route::AliasTable(), {}, &dns_);
    auto mailboxes = std::make_shared<policy::FakeRecipientDirectory>();
    mailboxes->Add("alice@example.org", {.name = "alice"});
    snapshot->directory = std::make_shared<LocalDirectory>();
    const address::Domain domain = *address::Domain::Parse("example.org");
    snapshot->directory->mailboxes()->Add(domain, domain, mailboxes);
    snapshot->governor = std::make_shared<policy::Governor>(
        policy::Governor::Options{.own_domains = {domain}});
    snapshot->notifier = MakeNotifierSettings(config_, snapshot->governor);
    return snapshot;
  }

  spool::QueueId Add(const char* recipient) {
    spool::Envelope envelope;
    envelope.received = clock_.Now();
    envelope.recipients.push_back({.path = *ForwardPath::Parse(recipient),
                                   .parameters = {},
                                   .last_reply = ""});
    std::vector<spool::Submission> batch;
    batch.push_back({.envelope = envelope, .content = spool_->NewMessage()});
    return *spool_->Commit(std::move(batch), {})[0];
  }

  spool::QueueId AddFrom(const char* sender, const char* recipient, bool ours) {
    spool::Envelope envelope;
    envelope.received = clock_.Now();
    envelope.sender = *address::ReversePath::Parse(sender);
    envelope.sender_is_ours = ours;
    envelope.recipients.push_back({.path = *ForwardPath::Parse(recipient),
                                   .parameters = {},
                                   .last_reply = ""});
    std::vector<spool::Submission> batch;
    batch.push_back({.envelope = envelope, .content = spool_->NewMessage()});
    return *spool_->Commit(std::move(batch), {})[0];
  }

  void Start() {
    answer_pool_ = std::make_unique<io::WorkerPool>(1, 100);
    pool_ = std::make_unique<io::WorkerPool>(2, 100);
    writer_ = std::make_unique<io::SpoolWriter>(spool_.get());
    parts_ = {.clock = &clock_,
              .events = &events_,
              .stats = &stats_,
              .spool = spool_.get(),
              .writer = writer_.get(),
              .pool = pool_.get(),
              .dns_pool = pool_.get(),
              .answer_pool = answer_pool_.get(),
              .resolver = resolver_,
              .hostname = "mx.example.org"};
    current_.Set(snapshot_);
    delivery_ = std::make_unique<Delivery>(
        &parts_, &current_, DeliveryOptions{.connect = connect_});
    delivery_->Start();
  }

  template <typename Question>
  bool Eventually(Question question) {
    for (int i = 0; i < 1000; ++i) {
      if (question()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

  size_t Delivered() {
    const std::filesystem::path box = folder_ + "/mail/alice/new";
    if (!std::filesystem::exists(box)) return 0;
    const std::filesystem::directory_iterator files(box);
    return static_cast<size_t>(std::distance(begin(files), end(files)));
  }

  std::string folder_;
  Settings config_;
  io::SystemClock clock_;
  dns::FakeResolver dns_;
  RecordingEventSink events_;
  Stats stats_;
  FailingStore* store_;  // Owned by the spool.
  std::unique_ptr<spool::Spool> spool_;
  std::shared_ptr<Snapshot> snapshot_;  // In force from Start() on.
  Current<Snapshot> current_;
  Parts parts_;
  dns::Resolver* resolver_ = nullptr;
  std::unique_ptr<io::WorkerPool> pool_;
  std::unique_ptr<io::WorkerPool> answer_pool_;
  std::unique_ptr<io::SpoolWriter> writer_;
  HopConnector connect_ = ConnectBySocket;
  std::unique_ptr<Delivery> delivery_;
};

// Whichever call of the store fails once, the message is delivered once and
// leaves the queue: nothing stays active for ever.
TEST_F(DeliveryTest, AFailureOfTheSpoolIsOvercome) {
  for (int call = 1; call <= 8; ++call) {
    SCOPED_TRACE(call);
    Add("<alice@example.org>");
    store_->FailCall(call, absl::UnavailableError("EIO"));
    Start();
    EXPECT_TRUE(Eventually([&] {
      // What could not be read is held, and what could not be delivered waits:
      // an operator releases and flushes.
      for (const spool::QueueEntry& entry : spool_->List()) {
        if (entry.state == spool::QueueState::kHeld) {
          (void)spool_->Release(entry.id);
        }
      }
      (void)spool_->Flush();
      delivery_->RetryNow();
      return spool_->List().empty();
    }));
    delivery_.reset();
    pool_.reset();
    writer_.reset();
    store_->FailCall(0, absl::OkStatus());  // There were fewer than that.
    EXPECT_EQ(Delivered(), static_cast<size_t>(call));
  }
}

TEST_F(DeliveryTest, WhatFailsForGoodIsHeldAndEndsItsAttempt) {
  const spool::QueueId id = Add("<nobody@example.org>");
  Start();
  ASSERT_TRUE(Eventually([&] {
    return spool_->Find(id)->state == spool::QueueState::kHeld &&
           spool_->Find(id)->attempts == 1;
  }));
  ASSERT_TRUE(spool_->Release(id).ok());
  delivery_->Wake();
  EXPECT_TRUE(Eventually([&] {
    return spool_->Find(id)->state == spool::QueueState::kHeld &&
           spool_->Find(id)->attempts == 2;
  }));
}

// A next hop that takes the connection and never says a word.
class SilentHop {
 public:
  SilentHop() {
    fd_ = socket(AF_INET, SOCK_STREAM, 0);
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address_);
    auto* generic = reinterpret_cast<sockaddr*>(&address_);
    EXPECT_EQ(bind(fd_, generic, size), 0);
    EXPECT_EQ(listen(fd_, 10), 0);
    EXPECT_EQ(getsockname(fd_, generic, &size), 0);
  }
  ~SilentHop() { close(fd_); }
  uint16_t port() const { return ntohs(address_.sin_port); }

 private:
  int fd_;
  sockaddr_in address_ = {};
};

// A next hop that takes all mail, one connection after another.
class WillingHop {
 public:
  explicit WillingHop(uint16_t port) {
    fd_ = socket(AF_INET, SOCK_STREAM, 0);
    const int on = 1;
    setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)),
              0);
    EXPECT_EQ(listen(fd_, 10), 0);
    thread_ = std::thread([this] { Serve(); });
  }
  ~WillingHop() {
    shutdown(fd_, SHUT_RDWR);
    thread_.join();
    close(fd_);
  }

 private:
  void Serve() {
    for (int client; (client = accept(fd_, nullptr, nullptr)) >= 0;) {
      std::thread([client] {
        FILE* const stream = fdopen(client, "r+");
        setvbuf(stream, nullptr, _IONBF, 0);
        fputs("220 hop.example ESMTP\r\n", stream);
        bool in_data = false;
        for (char line[2000]; fgets(line, sizeof(line), stream);) {
          const std::string said(line);
          if (in_data && said != ".\r\n") continue;
          in_data = said == "DATA\r\n";
          fputs(in_data ? "354 go on\r\n" : "250 fine\r\n", stream);
          if (said == "QUIT\r\n") break;
        }
        fclose(stream);
      }).detach();
    }
  }

  int fd_;
  std::thread thread_;
};

// What waited for a next hop goes when another message has reached it, however
// long its own pause is.
TEST_F(DeliveryTest, WhatWaitsForANextHopGoesWhenItIsReached) {
  uint16_t port;
  { port = SilentHop().port(); }  // Nobody is there yet.
  SendOthersTo(port);
  snapshot_->schedule = spool::RetrySchedule({.first = absl::Hours(1)});
  snapshot_->outbox.pace.first_pause = absl::Milliseconds(300);
  const spool::QueueId first = Add("<dave@example.com>");
  Start();
  ASSERT_TRUE(Eventually([&] {
    const auto entry = spool_->Find(first);
    return entry->attempts == 1 && entry->state == spool::QueueState::kWaiting;
  }));
  const WillingHop hop(port);
  std::this_thread::sleep_for(std::chrono::milliseconds(400));
  Add("<erin@example.com>");
  delivery_->Wake();
  EXPECT_TRUE(Eventually([&] { return spool_->List().empty(); }));
}

// A name server of a stranger that does not answer for as long as it likes.
class SlowResolver : public dns::Resolver {
 public:
  absl::StatusOr<dns::MxAnswer> LookUpMx(const address::Domain&) override {
    std::unique_lock<std::mutex> lock(mutex_);
    ++asked_;
    answers_.wait(lock, [&] { return is_open_; });
    return absl::UnavailableError("too late");
  }
  absl::StatusOr<dns::AddressAnswer> LookUpAddresses(
      const std::string&) override {
    return absl::UnavailableError("not asked here");
  }
  void Answer() {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_open_ = true;
    answers_.notify_all();
  }
  int asked() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return asked_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable answers_;
  bool is_open_ = false;
  int asked_ = 0;
};

// The exchangers of the sender's domain are asked for if somebody may be told,
// and waited for only a moment: however many senders have a slow zone, all is
// told, and what others send goes on meanwhile.
TEST_F(DeliveryTest, ASlowZoneOfASenderHoldsNobodyUp) {
  SlowResolver slow;
  resolver_ = &slow;
  for (int i = 0; i < 5; ++i) {
    AddFrom("<bob@slow.example>", "<nobody@example.org>", /*ours=*/true);
  }
  Start();
  ASSERT_TRUE(Eventually([&] { return slow.asked() > 0; }));
  Add("<alice@example.org>");
  delivery_->Wake();
  EXPECT_TRUE(Eventually([&] { return Delivered() == 1; }));
  EXPECT_TRUE(Eventually([&] { return events_.Count("ndn.queued") == 5; }));
  EXPECT_EQ(slow.asked(), 1) << "one thread, which still waits";
  slow.Answer();
  answer_pool_.reset();
}

TEST_F(DeliveryTest, WhoMayNotBeToldIsNotLookedFor) {
  SlowResolver slow;
  resolver_ = &slow;
  const spool::QueueId id =
      AddFrom("<bob@slow.example>", "<nobody@example.org>", /*ours=*/false);
  Start();
  EXPECT_TRUE(Eventually(
      [&] { return spool_->Find(id)->state == spool::QueueState::kHeld; }));
  EXPECT_EQ(slow.asked(), 0);
}

// A host that greets and then answers nothing for as long as the test lasts,
// but always just before it would count as slow.
class PonderingConnection final : public HopConnection {
 public:
  PonderingConnection(const HopContext* context,
                      boost::asio::any_io_executor executor)
      : HopConnection(context), end_(executor) {}

  void SetPatience(absl::Duration) override {}
  boost::asio::awaitable<std::optional<HostFault>> ConnectTo(Host host,
                                                             bool) override {
    host_ = std::move(host);
    co_return std::nullopt;
  }
  boost::asio::awaitable<std::vector<smtp::RecipientOutcome>> Send(
      smtp::Transaction transaction, HopContent) override {
    end_.expires_after(std::chrono::hours(1));
    co_await end_.async_wait(kNoThrow);
    co_return std::vector<smtp::RecipientOutcome>(
        transaction.recipients.size(), {.reply = smtp::Reply(451, "too late"),
                                        .stage = smtp::Stage::kContent,
                                        .from_peer = true});
  }
  boost::asio::awaitable<void> Quit() override { co_return; }
  bool ready() override { return !host_.name.empty(); }
  const std::optional<HostFault>& fault() const override { return fault_; }
  bool timed_out() const override { return false; }
  bool given_up() const override { return false; }
  const Host& host() const override { return host_; }
  const smtp::ServerCapabilities& capabilities() const override {
    return capabilities_;
  }
  absl::Duration connected_at() const override { return absl::ZeroDuration(); }
  size_t messages() const override { return 0; }
  void CheckTime(absl::Duration) override {}
  absl::Duration waits_since() const override {
    return absl::InfiniteDuration();
  }
  bool has_carried() const override { return true; }
  void GiveUp() override {}

 private:
  boost::asio::steady_timer end_;
  Host host_;
  std::optional<HostFault> fault_;
  smtp::ServerCapabilities capabilities_;
};

// However much waits for next hops that ponder, mail that stays here and mail
// for another next hop find room.
TEST_F(DeliveryTest, SlowNextHopsLeaveRoomForTheOthers) {
  connect_ = [](const HopContext* context, smtp::Protocol,
                boost::asio::any_io_executor executor) {
    return std::make_shared<PonderingConnection>(context, std::move(executor));
  };
  constexpr int kSlowHops = 5;
  for (int hop = 0; hop < kSlowHops; ++hop) {
    const std::string name = absl::StrCat("slow", hop, ".example");
    route::Destination to;
    to.kind = route::Destination::Kind::kSmtp;
    to.host = absl::StrCat("127.0.0.", 10 + hop);
    to.port = 25;
    config_.routes.routes.push_back({*address::Domain::Parse(name), to});
  }
  snapshot_ = MakeSnapshot();
  for (int i = 0; i < 1100 * kSlowHops; ++i) {
    Add(absl::StrCat("<a@slow", i % kSlowHops, ".example>").c_str());
  }
  Start();
  ASSERT_TRUE(Eventually([&] {
    size_t active = 0;
    for (const spool::QueueEntry& entry : spool_->List()) {
      active += entry.state == spool::QueueState::kActive;
    }
    return active > 800;
  }));
  Add("<alice@example.org>");
  delivery_->Wake();
  EXPECT_TRUE(Eventually([&] { return Delivered() == 1; }));
}

TEST_F(DeliveryTest, AStopCutsOffWhatIsUnderWayAndKeepsIt) {
  const SilentHop hop;
  SendOthersTo(hop.port());
  const spool::QueueId id = Add("<dave@example.com>");
  Start();
  ASSERT_TRUE(Eventually(
      [&] { return spool_->Find(id)->state == spool::QueueState::kActive; }));
  delivery_->Stop(absl::Milliseconds(100));
  delivery_.reset();
  EXPECT_EQ(spool_->ReadEnvelope(id)->recipients[0].state,
            spool::RecipientState::kPending);
}

// R17, MX-01: what is bound to fail is known without a connection.
TEST_F(DeliveryTest, ARouteIsFoundWithoutConnecting) {
  dns_.SetMx("nullmx.example", {{0, ""}});
  dns_.SetMx("fine.example", {{10, "mx.fine.example"}});
  dns_.SetAddresses("mx.fine.example", {*ip::IpAddress::Parse("192.0.2.1")});
  Start();
  const struct {
    const char* recipient;
    const char* want;
  } kCases[] = {
      {"<x@fine.example>", "250"},
      {"<x@nullmx.example>", "556 5.1.10"},
      {"<x@[192.0.2.99]>", "550 5.1.2"},
  };
  for (const auto& c : kCases) {
    std::promise<std::string> said;
    delivery_->Ask(
        {.routing = snapshot_->routing,
         .recipient = *ForwardPath::Parse(c.recipient),
         .only_route = true},
        [&said](const smtp::RecipientOutcome& outcome, const std::string&) {
          said.set_value(outcome.reply.ToString());
        });
    EXPECT_EQ(said.get_future().get().substr(0, strlen(c.want)), c.want);
  }
}

// The client's patience ends while its refusal is being written down: it gets
// that refusal and is not told that the message is ours.
TEST_F(DeliveryTest, WhoIsRefusedLateIsStillRefused) {
  uint16_t port;
  { port = SilentHop().port(); }  // Nobody is there any more.
  SendOthersTo(port, true);
  spool::Envelope envelope;
  envelope.received = clock_.Now();
  envelope.recipients.push_back(
      {.path = *ForwardPath::Parse("<dave@example.com>"),
       .parameters = {},
       .last_reply = ""});
  std::vector<spool::Submission> batch;
  batch.push_back(
      {.envelope = envelope, .content = spool_->NewMessage(), .taken = true});
  const spool::QueueId id = *spool_->Commit(std::move(batch), {})[0];
  Start();
  // The writer maintains the spool first, which is a call too.
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  store_->FailCall(4, absl::UnavailableError("EIO"));  // Two reads, then this.
  std::promise<std::vector<smtp::Reply>> promise;
  CutThroughWaiter waiter = {.origins = {0}, .origin_count = 1, .done = {}};
  waiter.done = [&](std::vector<smtp::Reply> replies) {
    promise.set_value(std::move(replies));
  };
  delivery_->DeliverNow(id, std::move(waiter), absl::Milliseconds(300));
  const std::vector<smtp::Reply> replies = promise.get_future().get();
  ASSERT_EQ(replies.size(), 1u);
  EXPECT_EQ(replies[0].code(), 451);
  EXPECT_GE(events_.Count("mail.not_stored"), 1);
  EXPECT_TRUE(Eventually([&] { return spool_->List().empty(); }));
}

// An operator removes a message whose notification is being stored: it is gone,
// and nobody is told.
TEST_F(DeliveryTest, WhatWasRemovedMeanwhileIsNotReported) {
  spool::Envelope envelope;
  envelope.sender = *address::ReversePath::Parse("<alice@example.org>");
  envelope.sender_is_ours = true;
  envelope.received = clock_.Now();
  envelope.recipients.push_back(
      {.path = *ForwardPath::Parse("<nobody@example.org>"),
       .parameters = {},
       .last_reply = ""});
  std::vector<spool::Submission> batch;
  batch.push_back({.envelope = envelope,
                   .content = spool_->NewMessage(),
                   .first_pause = absl::InfiniteDuration()});
  const spool::QueueId id = *spool_->Commit(std::move(batch), {})[0];
  Start();
  // The writer maintains the spool first, which is a call too.
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  store_->FailCall(3, absl::UnavailableError("EIO"));  // Two reads, then this.
  (void)spool_->Flush();
  delivery_->Wake();
  ASSERT_TRUE(
      Eventually([&] { return events_.Count("mail.not_stored") == 1; }));
  ASSERT_TRUE(spool_->Remove(id).ok());
  std::this_thread::sleep_for(std::chrono::milliseconds(2500));
  EXPECT_EQ(events_.Count("mail.not_stored"), 1);
  EXPECT_TRUE(spool_->List().empty());
}

}  // namespace
}  // namespace mailsec::server
