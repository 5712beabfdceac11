// recipient_verifier.h: would the next hop take this?
//
// Where another server knows better than we do which recipients exist, how full
// their mailboxes are and how large a message may be, it is asked before we
// accept (R18, R19, R21). CachingVerifier remembers the answers for a while.
//
//   std::optional<VerifierAnswer> said = verifier->Verify(rcpt.path, size);
//   if (said && said->answer == Answer::kNo) session.Respond(said->reply);

#ifndef MAILCORE_POLICY_RECIPIENT_VERIFIER_H_
#define MAILCORE_POLICY_RECIPIENT_VERIFIER_H_

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "mailcore/address/path.h"
#include "mailcore/base/clock.h"
#include "mailcore/policy/answer.h"
#include "mailcore/smtp/reply.h"

namespace mailsec::policy {

// Thread safety: a value.
struct VerifierAnswer {
  Answer answer = Answer::kCannotTell;
  smtp::Reply reply = smtp::Reply(451, "");  // The next hop's; class as answer.
  std::string hop = {};     // Who said so; empty: nobody could be asked.
  bool remembered = false;  // From an earlier question.
  // True if the answer is about the way to the recipient's domain (whether
  // there is a next hop at all), and not about the recipient.
  bool of_route = false;
};

// Thread safety: implementations must allow concurrent calls.
class RecipientVerifier {
 public:
  virtual ~RecipientVerifier() = default;

  // May block. `octets` is the size that was announced; 0: none. Nothing if
  // this recipient is not to be verified.
  virtual std::optional<VerifierAnswer> Verify(
      const address::ForwardPath& recipient, uint64_t octets) = 0;
};

// Remembers what another verifier said. A yes holds for messages as large or
// smaller; "no such recipient" for all; another no, as "full", for as large or
// larger ones, and briefly. An answer that could not be had is not remembered.
// Nor is an answer about a route: it holds for a whole domain, and the code
// that found it out remembers it by the domain and notices when the DNS
// changes.
class CachingVerifier : public RecipientVerifier {
 public:
  struct Options {
    absl::Duration yes = absl::Minutes(10);      // Ours.
    absl::Duration unknown = absl::Minutes(5);   // Ours.
    absl::Duration other_no = absl::Minutes(1);  // Ours.
    size_t max_entries = 100000;                 // The oldest go.
  };

  // Not owned; must outlive this.
  CachingVerifier(Options options, RecipientVerifier* asked,
                  const base::Clock* clock)
      : options_(options), asked_(asked), clock_(clock) {}

  std::optional<VerifierAnswer> Verify(const address::ForwardPath& recipient,
                                       uint64_t octets) override;
  // Forgets all answers, as the configuration has changed.
  void Forget();

 private:
  struct Entry {
    VerifierAnswer answer;
    uint64_t octets = 0;        // The size that was asked for.
    absl::Duration until = {};  // An uptime.
    std::list<std::string>::iterator age;
  };
  bool Holds(const Entry& entry, uint64_t octets) const;
  void Remember(const std::string& key, const VerifierAnswer& answer,
                uint64_t octets);

  const Options options_;
  RecipientVerifier* const asked_;  // Not owned.
  const base::Clock* const clock_;  // Not owned.
  std::mutex mutex_;                // Guards what follows.
  absl::flat_hash_map<std::string, Entry> entries_;
  std::list<std::string> ages_;  // Keys, the oldest first.
};

}  // namespace mailsec::policy

#endif  // MAILCORE_POLICY_RECIPIENT_VERIFIER_H_
