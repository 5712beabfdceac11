#include "tests/server/deliver/simulated_hosts.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "boost/asio/post.hpp"
#include "boost/asio/steady_timer.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "mailcore/server/deliver/hop_limits.h"
#include "mailcore/server/runtime/no_throw.h"

namespace mailsec::server {

namespace asio = boost::asio;
using smtp::About;
using smtp::RecipientOutcome;
using smtp::Reply;
using smtp::Stage;

std::string SimulatedHosts::KeyOf(const address::ReversePath& sender,
                                  const address::ForwardPath& recipient,
                                  spool::QueueId id) {
  const std::string address = recipient.address()->ToString();
  return sender.IsNull() ? absl::StrCat(address, " ", id.ToString()) : address;
}

// Good hosts are good, and the others behave as usual nine times out of ten.
Mood SimulatedHosts::MoodNow(const std::string& address) {
  const Mood usual = moods_[address];
  return !is_steady_ && Chance(0.1) ? Mood::kGood : usual;
}

void SimulatedHosts::Read(const std::string& notification) {
  std::string recipient;
  for (absl::string_view line : absl::StrSplit(notification, "\r\n")) {
    if (absl::ConsumePrefix(&line, "Final-Recipient: rfc822;")) {
      recipient = std::string(absl::StripAsciiWhitespace(line));
    } else if (line == "Action: failed") {
      ++experiences[recipient].told_failed;
    } else if (line == "Status: 5.3.2" && said_no_mail_) {
      ++experiences[recipient].refused;  // By all hosts, with 521.
    }
  }
}

void SimulatedHosts::Take(const smtp::Transaction& transaction,
                          const std::vector<size_t>& accepted,
                          const HopContent& content, bool heard) {
  const bool is_notification = transaction.sender.IsNull();
  for (const size_t i : accepted) {
    const std::string to = transaction.recipients[i].path.address()->ToString();
    Experience& experience = Of(transaction, i, content);
    ++(heard ? experience.taken : experience.taken_unheard);
    if (ended[to]) experience.taken_after_end = true;
    if (is_notification) {
      Read(content.octets ? *content.octets : content_(content.id));
    }
  }
}

class SimulatedHosts::Connection final : public HopConnection {
 public:
  Connection(const HopContext* context, SimulatedHosts* hosts,
             asio::any_io_executor executor)
      : HopConnection(context),
        hosts_(*hosts),
        executor_(std::move(executor)),
        end_(executor_) {}

  void SetPatience(absl::Duration patience) override { patience_ = patience; }

  asio::awaitable<std::optional<HostFault>> ConnectTo(
      Host host, bool others_left) override {
    host_ = std::move(host);
    ready_ = timed_out_ = given_up_ = false;
    messages_ = 0;
    fault_.reset();
    co_await SomethingElseHappens();
    switch (hosts_.MoodNow(host_.address.ToString())) {
      case Mood::kNotThere:
        co_return Fault("connection refused");
      case Mood::kSilent:
        co_await Hang(
            std::min(patience_, HopTimeLimit(Stage::kGreeting, others_left)));
        co_return Fault("timed out");
      case Mood::kBusy:
        co_return Fault("421 4.3.2 busy");
      case Mood::kUnwilling:
        co_return Fault("554 5.3.2 no");
      case Mood::kNoMail:
        hosts_.said_no_mail_ = true;
        co_return HostFault{.why = "521 no mail here", .takes_no_mail = true};
      default:
        break;
    }
    ready_ = true;
    ++hosts_.greeted_;
    connected_at_ = context().clock->Uptime();
    co_return std::nullopt;
  }

  asio::awaitable<std::vector<RecipientOutcome>> Send(
      smtp::Transaction transaction, HopContent content) override {
    co_await SomethingElseHappens();
    hosts_.advance_(absl::Milliseconds(hosts_.Below(200)));
    for (size_t i = 0; i < transaction.recipients.size(); ++i) {
      Experience& experience = hosts_.Of(transaction, i, content);
      const uint32_t attempt = hosts_.attempts_(content.id);
      experience.asked_again |= experience.unheard_in == attempt;
      experience.attempt = attempt;
    }
    std::vector<RecipientOutcome> outcomes = Answer(transaction, content);
    if (ready_) {
      ++messages_;
      has_carried_ = true;
    }
    // The answers are on their way while the world goes on.
    co_await SomethingElseHappens();
    co_return outcomes;
  }

  asio::awaitable<void> Quit() override {
    ready_ = false;
    co_return;
  }
  bool ready() override {
    // The host may have hung up while nobody spoke.
    if (!hosts_.is_steady_ && hosts_.Chance(0.1)) ready_ = false;
    return ready_;
  }
  const std::optional<HostFault>& fault() const override { return fault_; }
  bool timed_out() const override { return timed_out_; }
  bool given_up() const override { return given_up_; }
  const Host& host() const override { return host_; }
  const smtp::ServerCapabilities& capabilities() const override {
    return capabilities_;
  }
  absl::Duration connected_at() const override { return connected_at_; }
  size_t messages() const override { return messages_; }
  void CheckTime(absl::Duration uptime) override {
    if (uptime >= deadline_) Expire();
  }
  absl::Duration waits_since() const override { return waits_since_; }
  bool has_carried() const override { return has_carried_; }
  void GiveUp() override {
    given_up_ = true;
    ready_ = false;
    Expire();
  }

 private:
  asio::awaitable<void> SomethingElseHappens() {
    for (size_t n = hosts_.Below(3); n > 0; --n) {
      co_await asio::post(executor_, asio::use_awaitable);
    }
  }

  // Until the limit is over, or others want the place.
  asio::awaitable<void> Hang(absl::Duration limit) {
    waits_since_ = context().clock->Uptime();
    deadline_ = waits_since_ + limit;
    end_.expires_after(std::chrono::hours(24));
    (void)co_await end_.async_wait(kNoThrow);
    waits_since_ = deadline_ = absl::InfiniteDuration();
  }
  void Expire() {
    timed_out_ = true;
    end_.cancel();
  }

  HostFault Fault(absl::string_view why) const {
    return {.why = absl::StrCat(host_.name, ": ", why)};
  }

  std::vector<RecipientOutcome> Answer(const smtp::Transaction& transaction,
                                       const HopContent& content) {
    const size_t count = transaction.recipients.size();
    const Mood mood = hosts_.MoodNow(host_.address.ToString());
    // Connections that are open go on, whatever the host says to new ones.
    const bool breaks_off = mood == Mood::kBreaksOff || mood == Mood::kSilent;
    const Stage broken[] = {Stage::kMail, Stage::kRcpt, Stage::kData,
                            Stage::kContent};
    const Stage breaks_at = broken[hosts_.Below(4)];
    if (breaks_off && breaks_at == Stage::kMail) {
      return std::vector<RecipientOutcome>(count, BreakOff(breaks_at));
    }
    std::vector<RecipientOutcome> outcomes;
    std::vector<size_t> accepted;
    for (size_t i = 0; i < count; ++i) {
      outcomes.push_back(
          AnswerRcpt(mood, transaction, i, content, accepted.size()));
      if (outcomes.back().reply.IsPositive()) accepted.push_back(i);
    }
    if (transaction.probe || (accepted.empty() && !breaks_off)) return outcomes;
    const std::optional<RecipientOutcome> end =
        breaks_off ? BreakOff(breaks_at)
                   : AnswerContent(mood, transaction, accepted, content);
    for (const size_t i : accepted) outcomes[i] = *end;
    return outcomes;
  }

  RecipientOutcome AnswerRcpt(Mood mood, const smtp::Transaction& transaction,
                              size_t i, const HopContent& content,
                              size_t accepted) {
    const auto say = [](int code, smtp::EnhancedStatus status) {
      return RecipientOutcome{.reply = Reply(code, status, "said the host"),
                              .stage = Stage::kRcpt,
                              .from_peer = true};
    };
    if (mood == Mood::kTakesFew && accepted >= 2) return say(452, {4, 5, 3});
    if (mood == Mood::kDefersSome && hosts_.Chance(0.5)) {
      return say(450, {4, 2, 1});
    }
    if (mood == Mood::kRefusesSome && hosts_.Chance(0.5)) {
      ++hosts_.Of(transaction, i, content).refused;
      return say(550, {5, 1, 1});
    }
    return say(250, {2, 1, 5});
  }

  RecipientOutcome AnswerContent(Mood mood,
                                 const smtp::Transaction& transaction,
                                 const std::vector<size_t>& accepted,
                                 const HopContent& content) {
    const auto say = [](int code, smtp::EnhancedStatus status) {
      return RecipientOutcome{.reply = Reply(code, status, "said the host"),
                              .stage = Stage::kContent,
                              .from_peer = true};
    };
    switch (mood) {
      case Mood::kDefersContent:
        return say(451, {4, 3, 0});
      case Mood::kRefusesContent:
        for (const size_t i : accepted)
          ++hosts_.Of(transaction, i, content).refused;
        return say(554, {5, 6, 0});
      case Mood::kLosesAnswers:
        for (const size_t i : accepted) {
          Experience& experience = hosts_.Of(transaction, i, content);
          ++experience.unheard;
          experience.unheard_in = experience.attempt;
        }
        if (hosts_.Chance(0.5)) {
          hosts_.Take(transaction, accepted, content, /*heard=*/false);
        }
        return BreakOff(Stage::kContent, About::kUnclear);
      default:
        hosts_.Take(transaction, accepted, content, /*heard=*/true);
        return say(250, {2, 0, 0});
    }
  }

  RecipientOutcome BreakOff(Stage stage, About about = About::kHost) {
    ready_ = false;
    fault_ = Fault("broke off");
    return {.reply = Reply(451, {4, 4, 2}, "The connection was lost"),
            .stage = stage,
            .from_peer = false,
            .about = about};
  }

  SimulatedHosts& hosts_;
  const asio::any_io_executor executor_;
  asio::steady_timer end_;  // Cancelled: the host is not waited for any more.
  absl::Duration waits_since_ = absl::InfiniteDuration();
  absl::Duration deadline_ = absl::InfiniteDuration();
  absl::Duration patience_ = absl::InfiniteDuration();
  Host host_;
  smtp::ServerCapabilities capabilities_;
  absl::Duration connected_at_;
  size_t messages_ = 0;
  bool ready_ = false;
  bool timed_out_ = false;
  bool given_up_ = false;
  bool has_carried_ = false;
  std::optional<HostFault> fault_;
};

HopConnector SimulatedHosts::Connector() {
  return [this](const HopContext* context, smtp::Protocol,
                asio::any_io_executor executor) {
    return std::make_shared<Connection>(context, this, std::move(executor));
  };
}

}  // namespace mailsec::server
