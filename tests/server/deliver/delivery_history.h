// delivery_history.h: what happens to a delivery in one random history, and what
// must hold in it.
//
//   History(seed).Run();  // With the EXPECTs of GoogleTest.

#ifndef TESTS_SERVER_DELIVER_DELIVERY_HISTORY_H_
#define TESTS_SERVER_DELIVER_DELIVERY_HISTORY_H_

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mailcore/server/config/settings.h"
#include "mailcore/server/deliver/delivery.h"
#include "mailcore/testing/manual_clock.h"
#include "mailcore/testing/recording_event_sink.h"
#include "mailcore/testing/simulated_disk.h"
#include "tests/server/deliver/model_resolver.h"
#include "tests/server/deliver/simulated_hosts.h"

namespace mailsec::server {

// Figures of all histories, so that a reader sees what they went through.
struct Figures {
  uint64_t messages = 0, recipients = 0, taken = 0, unheard = 0, told = 0,
           refused_to_client = 0, bounced = 0, kills = 0, crashes = 0,
           jumps = 0, reloads = 0, lost_records = 0, uncertain = 0,
           unheard_of = 0;
};
inline Figures figures;

class History {
 public:
  explicit History(uint64_t seed)
      : random_(seed),
        disk_(seed),
        hosts_(
            &random_, [this](absl::Duration by) { Pass(by); },
            [this](spool::QueueId id) { return Content(id); },
            [this](spool::QueueId id) {
              const auto entry = spool_->Find(id);
              return entry.ok() ? entry->attempts : 0;
            }) {
    EXPECT_TRUE(ParseSettings(R"(
        hostname: "mx.example.org" administrator: "a@example.org"
        deputy: "b@example.org" listen { address: "127.0.0.1" }
        local_domain { name: "example.org" recipients_file: "r"
                       maildir_root: "mail" })",
                              "/F", &config_)
                    .empty());
    for (int i = 0; i < kDomains; ++i) ChangeExchangers(i);
    // Who is told of failures takes mail by the last host.
    config_.routes.routes.push_back(
        {.domain = *address::Domain::Parse("senders.example"),
         .next_hop = {.kind = route::Destination::Kind::kSmtp,
                      .host = HostAddress(kHosts - 1),
                      .port = 25}});
    Reload();
    Start();
  }
  ~History() { Stop(); }

  void Run() {
    const size_t steps = 5 + Below(25);
    for (size_t i = 0; i < steps && !failed(); ++i) {
      Step();
      Drain(Chance(0.2) ? Below(30) : SIZE_MAX);
    }
    Heal();
    Judge();
    if (!failed()) return;
    for (const std::string& line : events_.Lines()) std::cout << line << "\n";
  }

  // One exchanger takes mail, and the others break in every way: whichever that
  // is, mail reaches it in its first attempt (RFC 5321, 5.1).
  void FindTheLivingExchanger() {
    const Mood bad[] = {Mood::kNotThere, Mood::kBusy, Mood::kUnwilling,
                        Mood::kNoMail, Mood::kBreaksOff};
    const int living = static_cast<int>(Below(kHosts));
    for (int i = 0; i < kHosts; ++i) {
      hosts_.mood(HostAddress(i)) = i == living ? Mood::kGood : bad[Below(5)];
    }
    for (int i = 0; i < kDomains; ++i) {
      dns_.exchangers[DomainName(i)] = {0, 1, 2, 3, 4};
    }
    config_.routes.fallback = {.kind = route::Destination::Kind::kMx};
    PutInForce();
    Submit(/*client_waits=*/false);
    Drain(SIZE_MAX);
    EXPECT_TRUE(spool_->List().empty()) << "host " << living;
    for (const std::string& r : messages_[0].recipients) {
      EXPECT_EQ(hosts_.experiences[r].taken, 1) << r << ", host " << living;
    }
  }

 private:
  struct Message {
    std::vector<std::string> recipients;
    absl::Duration accepted;  // In passed_.
    // Its client was not told whether it is ours, and will send it again.
    bool uncertain = false;
    bool client_waits = false;
    bool refused = false;    // To its client, which keeps it.
    bool bounced = false;    // An operator has given it up, at least perhaps.
    bool was_young = false;  // When all was healed.
  };

  bool failed() const { return testing::Test::HasFailure(); }
  bool Chance(double p) { return std::bernoulli_distribution(p)(random_); }
  size_t Below(size_t n) {
    return std::uniform_int_distribution<size_t>(0, n - 1)(random_);
  }

  // -------------------------------------------------------------------------
  // The server

  void Reload() {
    route::Destination& rest = config_.routes.fallback;
    rest = {};
    if (Chance(0.3)) {
      rest.kind = route::Destination::Kind::kSmtp;
      rest.host = HostAddress(static_cast<int>(Below(kHosts)));
      rest.port = 25;
    } else {
      rest.kind = route::Destination::Kind::kMx;
    }
    rest.cut_through = Chance(0.5);
    delay_warning_ =
        Chance(0.5) ? absl::ZeroDuration() : absl::Hours(1 + Below(8));
    outbox_.idle_time = Chance(0.5) ? absl::ZeroDuration() : absl::Seconds(2);
    outbox_.max_messages = 1 + Below(5);
    PutInForce();
  }

  void PutInForce() {
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->routing = *MakeRouting(config_, route::AliasTable(), {}, &dns_);
    snapshot->schedule = schedule_;
    const policy::Governor::Bound many = {.burst = 1000000,
                                          .interval = absl::Nanoseconds(1)};
    snapshot->governor =
        std::make_shared<policy::Governor>(policy::Governor::Options{
            .own_domains = {*address::Domain::Parse("example.org")},
            .per_address = many,
            .per_domain = many,
            .per_exchanger = many});
    snapshot->notifier = MakeNotifierSettings(config_, snapshot->governor);
    snapshot->notifier.delay_warning = delay_warning_;
    snapshot->notifier.lifetime = schedule_.lifetime();
    snapshot->outbox = outbox_;
    current_.Set(std::move(snapshot));
    if (delivery_ != nullptr) delivery_->Wake();
  }

  void Start() {
    spool::SpoolOptions options;
    options.segment_octets = 64 << 10;
    options.reserve_octets = 0;
    options.reserve_inodes = 0;
    options.schedule = schedule_;
    auto spool = spool::Spool::Open(options, &disk_, clock_.get(), &events_);
    ASSERT_TRUE(spool.ok()) << spool.status();
    spool_ = *std::move(spool);
    pool_ = std::make_unique<io::WorkerPool>(0, 1000);
    dns_pool_ = std::make_unique<io::WorkerPool>(0, 1000);
    writer_ = std::make_unique<io::SpoolWriter>(
        spool_.get(), io::SpoolWriter::Driver::kCaller);
    parts_ = {.clock = clock_.get(),
              .events = &events_,
              .stats = &stats_,
              .spool = spool_.get(),
              .writer = writer_.get(),
              .pool = pool_.get(),
              .dns_pool = dns_pool_.get(),
              .answer_pool = dns_pool_.get(),
              .hostname = "mx.example.org"};
    delivery_ = std::make_unique<Delivery>(
        &parts_, &current_,
        DeliveryOptions{.connect = hosts_.Connector(),
                        .write_pause = absl::ZeroDuration()});
  }

  void Stop() {
    // What waits in a pool refers to coroutines of the delivery.
    dns_pool_.reset();
    pool_.reset();
    writer_.reset();
    delivery_.reset();
    spool_.reset();
  }

  // The process ends, and comes back: perhaps with the machine.
  void Kill(bool with_machine) {
    Stop();
    dies_now_ = false;
    ++(with_machine ? figures.crashes : figures.kills);
    if (with_machine) disk_.Restart();
    // A crash amid a start is what tests/crash tries.
    disk_.CrashAfter(UINT64_MAX);
    // The machine's uptime begins anew, and it may have been off for long.
    absl::Time now = clock_->Now();
    if (Chance(0.3)) now += absl::Hours(Below(200));
    clock_ = std::make_unique<ManualClock>(now);
    Start();
    if (failed()) return;
    for (Message& message : messages_) {
      message.uncertain |= std::exchange(message.client_waits, false);
    }
    for (auto& [address, experience] : hosts_.experiences) {
      experience.unheard_in = UINT32_MAX;  // That attempt begins anew.
    }
    // What a host took is not known if nobody had the time to write it down.
    for (const spool::QueueEntry& entry : spool_->List()) {
      const spool::Envelope envelope = Envelope(entry.id);
      for (const spool::Recipient& r : envelope.recipients) {
        if (r.state != spool::RecipientState::kPending) continue;
        const std::string key =
            SimulatedHosts::KeyOf(envelope.sender, r.path, entry.id);
        const int taken = hosts_.experiences[key].taken;
        if (taken <= lost_records_[key]) continue;
        lost_records_[key] = taken;
        ++figures.lost_records;
      }
    }
  }

  spool::Envelope Envelope(spool::QueueId id) {
    const absl::StatusOr<spool::Envelope> envelope = spool_->ReadEnvelope(id);
    EXPECT_TRUE(envelope.ok()) << envelope.status();
    return envelope.ok() ? *envelope : spool::Envelope();
  }

  std::string Content(spool::QueueId id) {
    std::string content;
    auto reader = spool_->OpenContent(id);
    while (reader.ok()) {
      const auto piece = (*reader)->Next();
      if (!piece.ok() || piece->empty()) break;
      content += std::string(*piece);
    }
    return content;
  }

  void Pass(absl::Duration by) {
    clock_->Advance(by);
    passed_ += by;
  }

  // -------------------------------------------------------------------------
  // What happens

  void Step() {
    switch (Below(14)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return Submit(/*client_waits=*/Chance(0.3));
      case 4:
      case 5:
        return Pass(Chance(0.5) ? absl::Seconds(Below(100))
                                : absl::Minutes(Below(600)));
      case 6:
      case 7: {
        const int host = static_cast<int>(Below(kHosts));
        const Mood mood = static_cast<Mood>(Below(kMoods));
        // Without the last host, nobody could be told of a failure.
        if (mood == Mood::kNoMail && host == kHosts - 1) return;
        hosts_.mood(HostAddress(host)) = mood;
        return;
      }
      case 8:
        return ChangeDns();
      case 9:
        ++figures.reloads;
        return Reload();
      case 10:
        ++figures.jumps;
        return clock_->SetNow(
            clock_->Now() + absl::Hours(static_cast<int>(Below(2000)) - 1000));
      case 11:
        return Chance(0.5) ? Kill(Chance(0.5)) : disk_.CrashAfter(Below(40));
      case 12:
        return Chance(0.5) ? disk_.FailWrites(1 + static_cast<int>(Below(2)))
                           : disk_.FailSyncs(1 + static_cast<int>(Below(2)));
      case 13:
        return Operate();
    }
  }

  void Submit(bool client_waits) {
    const int n = static_cast<int>(messages_.size());
    Message message;
    spool::Envelope envelope;
    envelope.sender = *address::ReversePath::Parse(
        absl::StrCat("<s", n, "@senders.example>"));
    envelope.sender_is_ours = Chance(0.6);
    envelope.received = clock_->Now();
    for (size_t i = 0, count = 1 + Below(6); i < count; ++i) {
      const std::string address = absl::StrCat(
          "r", n, "-", i, "@", DomainName(static_cast<int>(Below(kDomains))));
      message.recipients.push_back(address);
      envelope.recipients.push_back({.path = *address::ForwardPath::Parse(
                                         absl::StrCat("<", address, ">")),
                                     .parameters = {},
                                     .last_reply = ""});
    }
    figures.recipients += message.recipients.size();
    ++figures.messages;
    message.accepted = passed_;
    spool::MessageWriter content = spool_->NewMessage();
    EXPECT_TRUE(content.Append("Subject: hello\r\n\r\nHello.\r\n").ok());
    std::vector<spool::Submission> batch;
    batch.push_back({.envelope = envelope,
                     .content = std::move(content),
                     .taken = client_waits});
    const absl::StatusOr<spool::QueueId> id =
        spool_->Commit(std::move(batch), {})[0];
    message.uncertain = !id.ok();
    messages_.push_back(message);
    messages_.back().client_waits = id.ok() && client_waits;
    if (id.ok() && client_waits) DeliverNow(*id, static_cast<size_t>(n));
  }

  void DeliverNow(spool::QueueId id, size_t n) {
    CutThroughWaiter waiter;
    waiter.origins.assign(messages_[n].recipients.size(), 0);
    waiter.done = [this, n](const std::vector<smtp::Reply>& replies) {
      ASSERT_EQ(replies.size(), 1u);
      messages_[n].client_waits = false;
      if (replies[0].IsPositive()) return;
      ++figures.refused_to_client;
      messages_[n].refused = true;
      dies_now_ = Chance(0.5);  // With the answer on its way.
      for (const std::string& r : messages_[n].recipients) {
        hosts_.ended[r] = true;
      }
    };
    delivery_->DeliverNow(id, std::move(waiter), absl::Hours(1));
  }

  void ChangeExchangers(int domain) {
    std::vector<int>& hosts = dns_.exchangers[DomainName(domain)];
    hosts.clear();
    for (int i = 0; i < kHosts; ++i) {
      if (Chance(0.4)) hosts.push_back(i);
    }
    if (hosts.empty()) hosts.push_back(domain % kHosts);
  }

  void ChangeDns() {
    const int domain = static_cast<int>(Below(kDomains));
    if (Chance(0.3)) return ChangeExchangers(domain);
    const std::string name = Chance(0.5)
                                 ? DomainName(domain)
                                 : HostName(static_cast<int>(Below(kHosts)));
    if (dns_.failing.erase(name) == 0) dns_.failing.insert(name);
  }

  void Operate() {
    switch (Below(4)) {
      case 0:
        (void)spool_->Flush();
        return;
      case 1:
        return delivery_->RetryNow();
      default:
        for (const spool::QueueEntry& entry : spool_->List()) {
          if (Chance(0.2)) {
            Bounce(entry);
          } else if (!Chance(0.2)) {
            continue;
          } else if (entry.state == spool::QueueState::kHeld) {
            Release(entry.id);
          } else {
            (void)spool_->Hold(entry.id);
          }
        }
    }
  }

  // The number of the message in messages_; nothing if it is a notification, or
  // the disk has just crashed.
  std::optional<size_t> NumberOf(spool::QueueId id) {
    const absl::StatusOr<spool::Envelope> envelope = spool_->ReadEnvelope(id);
    const address::Address* sender =
        envelope.ok() ? envelope->sender.address() : nullptr;
    if (sender == nullptr) return std::nullopt;
    return std::strtoull(sender->ToString().c_str() + 1, nullptr, 10);
  }

  // From now on nobody may be asked, whatever happens, until it is released.
  void Bounce(const spool::QueueEntry& entry) {
    const std::optional<size_t> n = NumberOf(entry.id);
    if (!n || entry.under_way) return;
    messages_[*n].bounced = true;
    if (!spool_->GiveUp(entry.id).ok()) return;
    ++figures.bounced;
    for (const std::string& r : messages_[*n].recipients) {
      bounced_[r] = Copies(r);
    }
  }

  void Release(spool::QueueId id) {
    const std::optional<size_t> n = NumberOf(id);
    (void)spool_->Release(id);  // If that fails, it may be one all the same.
    if (!n) return;
    for (const std::string& r : messages_[*n].recipients) bounced_.erase(r);
  }

  int Copies(const std::string& r) {
    return hosts_.experiences[r].taken + hosts_.experiences[r].taken_unheard;
  }

  // One of those who may have something to do does it; false if not.
  bool LetWork(size_t who) {
    switch (who) {
      case 0:
        return delivery_->RunReady();
      case 1:
        return pool_->RunNext();
      case 2:
        return dns_pool_->RunNext();
      default:
        return writer_->CommitWaiting();
    }
  }

  // Everybody does what they have to do, in any order, until nobody has
  // anything to do any more, or for so many turns.
  void Drain(size_t turns) {
    delivery_->Wake();
    delivery_->CheckTime();
    bool at_rest = false;
    for (; !at_rest && turns > 0 && !dies_now_ && !disk_.crashed(); --turns) {
      if (LetWork(Below(4))) continue;
      at_rest = true;
      for (size_t who = 0; who < 4; ++who) at_rest &= !LetWork(who);
    }
    if (disk_.crashed() || dies_now_) return Kill(disk_.crashed());
    if (at_rest) CheckAtRest();
  }

  // -------------------------------------------------------------------------
  // What must hold

  // Nobody has anything to do, so everything is written down.
  void CheckAtRest() {
    for (const spool::QueueEntry& entry : spool_->List()) {
      const absl::Duration wait = entry.next_attempt - clock_->Now();
      if (entry.state == spool::QueueState::kWaiting) {
        EXPECT_LE(wait, schedule_.LongestPause()) << entry.id.ToString();
      }
      const spool::Envelope envelope = Envelope(entry.id);
      for (const spool::Recipient& r : envelope.recipients) {
        if (r.state != spool::RecipientState::kPending) continue;
        const std::string key =
            SimulatedHosts::KeyOf(envelope.sender, r.path, entry.id);
        EXPECT_LE(hosts_.experiences[key].taken, lost_records_[key])
            << key << " was taken, and nobody wrote it down";
      }
    }
  }

  // From now on each domain has one exchanger that takes mail, behind others
  // that may not, and everything ends.
  void Heal() {
    if (failed()) return;
    dns_.failing.clear();
    disk_.FailWrites(0);
    disk_.FailSyncs(0);
    disk_.CrashAfter(UINT64_MAX);
    const Mood bad[] = {Mood::kNotThere, Mood::kBusy, Mood::kUnwilling,
                        Mood::kBreaksOff, Mood::kGood};
    for (int i = 0; i < kHosts; ++i) {
      hosts_.mood(HostAddress(i)) =
          i == kHosts - 1 ? Mood::kGood : bad[Below(5)];
    }
    for (int i = 0; i < kDomains; ++i) {
      std::vector<int>& hosts = dns_.exchangers[DomainName(i)];
      if (hosts.back() != kHosts - 1) hosts.push_back(kHosts - 1);
    }
    config_.routes.fallback = {.kind = route::Destination::Kind::kMx};
    PutInForce();
    for (Message& message : messages_) {
      message.was_young =
          passed_ - message.accepted < schedule_.lifetime() - absl::Hours(24);
    }
    for (int i = 0; i < 200 && !spool_->List().empty() && !failed(); ++i) {
      for (const spool::QueueEntry& entry : spool_->List()) {
        if (entry.state == spool::QueueState::kHeld) Release(entry.id);
      }
      Drain(SIZE_MAX);
      // What is under way is no part of the spool's plans.
      Pass(std::clamp(spool_->UntilDue(), absl::Seconds(1), absl::Hours(4)));
    }
    EXPECT_TRUE(spool_->List().empty()) << "mail that never ends";
  }

  void Judge() {
    for (const Message& message : messages_) {
      for (const std::string& r : message.recipients) JudgeOne(message, r);
    }
  }

  void JudgeOne(const Message& message, const std::string& r) {
    const Experience& was = hosts_.experiences[r];
    const int lost = lost_records_[r];
    figures.taken += static_cast<uint64_t>(was.taken + was.taken_unheard);
    figures.unheard += static_cast<uint64_t>(was.unheard);
    figures.told += static_cast<uint64_t>(was.told_failed);
    SCOPED_TRACE(absl::StrCat(
        r, ": taken ", was.taken, ", unheard ", was.unheard, " (taken ",
        was.taken_unheard, "), refused ", was.refused, ", told ",
        was.told_failed, ", lost ", lost, message.refused ? ", kept" : "",
        message.uncertain ? ", uncertain" : "",
        message.bounced ? ", bounced" : ""));
    if (const auto wish = bounced_.find(r); wish != bounced_.end()) {
      EXPECT_EQ(Copies(r), wish->second) << "delivered, though given up";
    }
    const std::string sender =
        absl::StrCat("s", r.substr(1, r.find('-') - 1), "@senders.example");
    // Of all notifications to the sender.
    bool refused_to_hear = false, may_have_heard_more = false;
    for (auto it = hosts_.experiences.lower_bound(sender);
         it != hosts_.experiences.end() && it->first.starts_with(sender);
         ++it) {
      refused_to_hear |= it->second.refused > 0;
      may_have_heard_more |= it->second.unheard + lost_records_[it->first] > 0;
    }
    EXPECT_LE(was.taken, 1 + lost) << "delivered twice";
    EXPECT_FALSE(was.taken_after_end) << "delivered, though refused";
    EXPECT_FALSE(was.asked_again) << "asked again, though it may be there";
    const bool is_delivered = was.taken > lost;
    if (!may_have_heard_more) {
      EXPECT_LE(was.told_failed, 1) << "told twice";
    }
    if (is_delivered) {
      EXPECT_EQ(was.told_failed, 0) << "delivered, and reported as failed";
    }
    if (message.refused) {
      EXPECT_EQ(was.told_failed, 0) << "the client knows";
      EXPECT_FALSE(is_delivered) << "delivered, and refused to the client";
      return;
    }
    const absl::Duration age = passed_ - message.accepted;
    const bool gave_up =
        was.refused > 0 || age >= schedule_.lifetime() || message.bounced;
    EXPECT_TRUE(gave_up || was.told_failed == 0) << "given up early";
    if (message.was_young && was.refused == 0 && !message.uncertain &&
        !message.bounced) {
      EXPECT_EQ(was.told_failed, 0)
          << "given up, though an exchanger would have taken it";
    }
    figures.uncertain += !is_delivered && message.uncertain;
    figures.unheard_of +=
        !is_delivered && was.told_failed == 0 && !message.uncertain;
    EXPECT_TRUE(is_delivered || was.told_failed > 0 || message.uncertain ||
                refused_to_hear)
        << "lost";
  }

  std::mt19937_64 random_;
  std::unique_ptr<ManualClock> clock_ = std::make_unique<ManualClock>();
  absl::Duration passed_;  // In all, over all starts.
  SimulatedDisk disk_;
  ModelResolver dns_;
  RecordingEventSink events_;
  Stats stats_;
  SimulatedHosts hosts_;
  const spool::RetrySchedule schedule_;
  Settings config_;
  absl::Duration delay_warning_;
  OutboxOptions outbox_;
  Current<Snapshot> current_;
  Parts parts_;
  std::vector<Message> messages_;
  // Of each recipient: how often it was taken when a kill came before that was
  // written down.
  std::map<std::string, int> lost_records_;
  // Of each recipient that an operator has given up: how many copies there were.
  std::map<std::string, int> bounced_;
  bool dies_now_ = false;  // The process.
  std::unique_ptr<spool::Spool> spool_;
  std::unique_ptr<io::WorkerPool> pool_;
  std::unique_ptr<io::WorkerPool> dns_pool_;
  std::unique_ptr<io::SpoolWriter> writer_;
  std::unique_ptr<Delivery> delivery_;
};

}  // namespace mailsec::server

#endif  // TESTS_SERVER_DELIVER_DELIVERY_HISTORY_H_
