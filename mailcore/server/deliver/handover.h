// handover.h: who of a message's recipients has no answer yet?
//
// One message on its way to one next hop may need several transactions: a host
// breaks off and another one is asked, or takes a hundred recipients at a time.
// A Handover says what the next transaction is, and what an answer means for
// it. It opens no connection and knows no time.
//
//   Handover handover(transaction);
//   while (!handover.done()) {
//     const Handover::Step step =
//         handover.Hear(Send(handover.Next(0)), peer, dsn);
//     if (step == Handover::Step::kElsewhere) Connect();
//   }
//   std::vector<HopOutcome> outcomes = handover.TakeOutcomes();

#ifndef MAILCORE_SERVER_DELIVER_HANDOVER_H_
#define MAILCORE_SERVER_DELIVER_HANDOVER_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "mailcore/smtp/client_session.h"

namespace mailsec::server {

// What became of one recipient, and at whose hands. Thread safety: a value.
struct HopOutcome {
  smtp::RecipientOutcome said;
  std::string hop = {};     // Who answered, or failed to; empty: nobody.
  bool offers_dsn = false;  // The host that answered does (RFC 3461, 5.2.2).
};

// Thread safety: none.
class Handover {
 public:
  // What has to be done about recipients that have no answer.
  enum class Step {
    kDone,       // Nothing: there are none.
    kGoOn,       // The host takes no more at once: they go in a transaction of
                 // their own, over the same connection.
    kElsewhere,  // The host broke off: they go to another one.
  };

  explicit Handover(smtp::Transaction whole);

  bool done() const;

  // What became of each recipient so far.
  const std::vector<std::optional<HopOutcome>>& outcomes() const {
    return outcomes_;
  }
  // Whether a host has taken the message for one of them.
  bool HasTaken() const;

  // A transaction for those that have no answer, for `max_recipients` of them
  // at most (0: no bound). Only while not done().
  smtp::Transaction Next(size_t max_recipients);

  // What came of the last Next(): an outcome for each of its recipients, from
  // the host `hop`.
  Step Hear(const std::vector<smtp::RecipientOutcome>& outcomes,
            const std::string& hop, bool offers_dsn);

  // How many recipients the host took before it said that these were enough
  // (RFC 5321, 4.5.3.1.10), if the last answers told so.
  std::optional<size_t> found_limit() const { return found_limit_; }

  // No other host can be asked: whoever has no answer gets the last word of a
  // host that broke off, or this if there was none.
  void AnswerRest(const smtp::RecipientOutcome& outcome,
                  const std::string& hop);

  // One for each recipient, in their order. Only if done(); once.
  std::vector<HopOutcome> TakeOutcomes();

 private:
  smtp::Transaction whole_;
  std::vector<std::optional<HopOutcome>> outcomes_;
  // What hosts said about themselves in place of an answer; the last ones.
  std::vector<std::optional<HopOutcome>> last_words_;
  std::vector<size_t> asked_;  // The recipients of the last Next().
  std::optional<size_t> found_limit_;
};

// Whether a refusal at RCPT says that the transaction has too many recipients
// (status x.5.3, or these words in place of a status): RFC 5321, 4.5.3.1.10.
bool IsTooManyRecipients(const smtp::RecipientOutcome& outcome);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_DELIVER_HANDOVER_H_
