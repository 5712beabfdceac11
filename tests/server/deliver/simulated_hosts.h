// simulated_hosts.h: mail servers that break in every way, and what they have
// been given.
//
// A SimulatedHosts is the world outside: hosts with moods, and for each
// recipient what the hosts took, refused, or left unclear. Its connections are
// what a Delivery uses in place of sockets.

#ifndef TESTS_SERVER_DELIVER_SIMULATED_HOSTS_H_
#define TESTS_SERVER_DELIVER_SIMULATED_HOSTS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "mailcore/server/deliver/hop_connection.h"
#include "mailcore/smtp/client_session.h"

namespace mailsec::server {

// How a host behaves, most of the time.
enum class Mood {
  kGood,
  kNotThere,       // Refuses connections.
  kSilent,         // Takes connections and never greets.
  kBusy,           // Greets with 421.
  kUnwilling,      // Greets with 554.
  kNoMail,         // Greets with 521.
  kBreaksOff,      // Says 421 or hangs up at some stage before the end of data.
  kLosesAnswers,   // Hangs up after the content, having taken it or not.
  kDefersSome,     // 450 for some recipients.
  kRefusesSome,    // 550 for some recipients.
  kTakesFew,       // 452 4.5.3 above two recipients.
  kDefersContent,  // 451 at the end of the content.
  kRefusesContent,  // 554 at the end of the content.
};
inline constexpr int kMoods = 13;

// What became of a recipient, as the hosts know it.
struct Experience {
  int taken = 0;          // A host took it and could say so.
  int taken_unheard = 0;  // A host took it, and its answer was lost.
  int unheard = 0;        // Answers that were lost, taken or not.
  int refused = 0;        // 5yz for it, or for its message.
  int told_failed = 0;    // Notifications of its failure that were taken.
  // Something was taken for it when its fate had been told.
  bool taken_after_end = false;
  // The attempt in which it was asked about last, and the one in which its
  // answer was lost; and whether it was asked about again in that one.
  uint32_t attempt = 0;
  uint32_t unheard_in = UINT32_MAX;
  bool asked_again = false;
};

class SimulatedHosts {
 public:
  // The address of a recipient; of a notification, its queue id as well, as one
  // sender may get several.
  static std::string KeyOf(const address::ReversePath& sender,
                           const address::ForwardPath& recipient,
                           spool::QueueId id);

  // `advance` lets time pass for everybody. `content` reads a message that is
  // not in memory, and `attempts` says how often it was tried before.
  SimulatedHosts(std::mt19937_64* random,
                 std::function<void(absl::Duration)> advance,
                 std::function<std::string(spool::QueueId)> content,
                 std::function<uint32_t(spool::QueueId)> attempts)
      : random_(*random),
        advance_(std::move(advance)),
        content_(std::move(content)),
        attempts_(std::move(attempts)) {}

  Mood& mood(const std::string& address) { return moods_[address]; }
  // From now on hosts are always in their mood, and not only most of the time.
  void BeSteady() { is_steady_ = true; }
  // How many connections were greeted.
  int greeted() const { return greeted_; }
  HopConnector Connector();

  // By KeyOf().
  std::map<std::string, Experience> experiences;
  // Recipients whose fate has been told to somebody, or that were refused to
  // the client: nothing may be taken for them any more.
  std::map<std::string, bool> ended;

 private:
  class Connection;
  bool Chance(double p) { return std::bernoulli_distribution(p)(random_); }
  size_t Below(size_t n) {
    return std::uniform_int_distribution<size_t>(0, n - 1)(random_);
  }
  Mood MoodNow(const std::string& address);
  Experience& Of(const smtp::Transaction& transaction, size_t recipient,
                 const HopContent& content) {
    return experiences[KeyOf(transaction.sender,
                             transaction.recipients[recipient].path,
                             content.id)];
  }
  void Take(const smtp::Transaction& transaction,
            const std::vector<size_t>& accepted, const HopContent& content,
            bool heard);
  void Read(const std::string& notification);

  std::mt19937_64& random_;
  const std::function<void(absl::Duration)> advance_;
  const std::function<std::string(spool::QueueId)> content_;
  const std::function<uint32_t(spool::QueueId)> attempts_;
  std::map<std::string, Mood> moods_;  // By the host's address.
  bool is_steady_ = false;
  int greeted_ = 0;
  bool said_no_mail_ = false;  // Some host has greeted with 521.
};

}  // namespace mailsec::server

#endif  // TESTS_SERVER_DELIVER_SIMULATED_HOSTS_H_
