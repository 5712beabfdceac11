// governor.h: may we send this mail by ourselves?
//
// All mail that the server sends without a person's wish at that moment has to
// pass here: there is no other way out. The first line that does not hold
// decides.
//
//   line                                   rule                    source
//   alarms go to an operator               automatic.not-operator  R20
//   there is a sender to answer            automatic.null-sender   RFC 5321,
//     (not asked of alarms and forwards,                           4.5.5
//     which answer nobody)
//   the sender is not a machine            automatic.automatic     RFC 3834, 2
//     (nor of notifications: a machine's mail that fails is lost like any
//     other, and its null sender keeps a notification from being answered)
//   the content was looked at              automatic.no-verdict    R22, R27
//     (not asked of alarms, and of notifications and warnings to a
//     sender of ours)
//   it is neither spam nor malware         automatic.spam          R22
//     (not asked of alarms)
//   what we send is from our own name      automatic.not-our-name  R23
//     space: its author, and its envelope sender unless that is null
//   the bounds have room: those of the     automatic.bound         R24
//     target's address, of its organisation's domain, of its exchanger if
//     that is a public mail provider's, and, for absence notices and
//     receipts, that of all of them together
//
// Forwards have bounds of their own, as a person asked for them and a mailbox
// gets more than one mail a day. Alarms have bounds of their own too, so that
// no other mail can use them up.
//
// A bound's key is the address without its "+detail", so that bounce+1@ and
// bounce+2@ are one target, in any case of its letters; and the organisational
// domain (organisational_domain.h), so that a million subdomains are one too.
// A million targets take 66 MiB; when there is room for no other, the answer is
// no (rate_limiter.h).
//
//   Governor governor(
//       {.own_domains = {*address::Domain::Parse("example.org")}});
//   GovernorAnswer answer = governor.Decide(question, clock.Now());
//   if (!answer.allowed()) Log(answer.ToDecision(question));

#ifndef MAILCORE_POLICY_GOVERNOR_H_
#define MAILCORE_POLICY_GOVERNOR_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mailcore/address/address.h"
#include "mailcore/address/domain.h"
#include "mailcore/address/organisational_domain.h"
#include "mailcore/address/path.h"
#include "mailcore/base/string_view.h"
#include "mailcore/message/content_verdict.h"
#include "mailcore/policy/decision.h"
#include "mailcore/policy/public_providers.h"
#include "mailcore/rate/rate_limiter.h"

namespace mailsec::policy {

enum class AutomaticKind {
  kNotification,  // About a failure or a success (RFC 3464).
  kDelayWarning,
  kAbsenceNotice,
  kReceipt,  // RFC 8098.
  kForward,
  kAlarm,  // To the operators.
};
absl::string_view AutomaticKindName(AutomaticKind kind);  // "absence-notice"

// What is asked. Thread safety: a value.
struct AutomaticMail {
  AutomaticKind kind = AutomaticKind::kNotification;
  // About the mail that is answered or forwarded:
  message::ContentVerdict verdict = message::ContentVerdict::kUnknown;
  address::ReversePath answered = {};  // Its envelope sender.
  bool sender_is_ours = false;         // Authorised network or authenticated.
  bool answers_automatic = false;      // Auto-Submitted other than "no".
  // About the mail that we would send:
  address::ReversePath sender = {};  // Envelope; null for all but forwards.
  address::Address author;  // The From field; of a forward, the mailbox.
  address::Address target;  // Envelope recipient.
  // Names of the target's mail exchangers, if somebody asked the DNS.
  std::vector<std::string> exchangers = {};
};

enum class GovernorRule {
  kAllowed,      // Every line holds.
  kNotOperator,  // An alarm to somebody else.
  kNoVerdict,    // No scanner looked at it, or one could not tell.
  kSpam,         // Or malware.
  kNullSender,   // Nobody to answer.
  kAutomatic,    // The sender is a machine.
  kNotOurName,   // It would not be from our own name space.
  kBound,        // A bound is used up: GovernorAnswer::bound.
};

enum class GovernorBound {
  kNone,       // No bound decided, and none was asked.
  kTotal,      // That of all absence notices and receipts.
  kAddress,    // That of the target's address.
  kDomain,     // That of the target's organisational domain.
  kExchanger,  // That of the public provider behind the target's domain.
};

// Thread safety: a value.
struct GovernorAnswer {
  GovernorRule rule = GovernorRule::kNoVerdict;
  // The bound that said no; if allowed, the one with the least left.
  GovernorBound bound = GovernorBound::kNone;
  // Figures of that bound.
  uint32_t burst = 0;               // So many at once,
  absl::Duration interval = {};     // and then one more each interval.
  uint32_t used = 0;                // With this mail, if it is allowed.
  uint32_t left = 0;                // After it.
  absl::Duration retry_after = {};  // If it said no.
  // The provider of kExchanger; lives as long as the Governor does.
  absl::string_view provider = {};

  bool allowed() const { return rule == GovernorRule::kAllowed; }
  absl::string_view rule_name() const;  // "automatic.bound"
  absl::string_view source() const;     // "R24"

  // The whole of it for the log, for `mailsec explain` and the audit: rule,
  // what was asked, the figures, and what would have changed it. `mail` is what
  // was asked.
  Decision ToDecision(const AutomaticMail& mail) const;
};

// Thread safety: all methods may run concurrently.
class Governor {
 public:
  using Bound = rate::RateLimiter::Options;  // Without its seed, see below.

  // All figures are ours.
  struct Options {
    // The institution's name space, aliases included. Subdomains are not
    // implied. Without one nothing is allowed.
    std::vector<address::Domain> own_domains = {};
    std::vector<address::Address> operators = {};  // Who may get alarms.

    // For notifications, warnings, absence notices and receipts together.
    Bound per_address = {.burst = 5, .interval = absl::Minutes(30)};
    Bound per_domain = {.burst = 50, .interval = absl::Minutes(1)};
    Bound per_exchanger = {.burst = 500, .interval = absl::Seconds(2)};
    // For all absence notices and receipts to all targets: strangers cause
    // them, and each may have a new name.
    Bound notices = {.burst = 1000, .interval = absl::Seconds(1)};

    Bound forwards_per_address = {
        .burst = 200, .interval = absl::Seconds(10), .max_keys = 100000};
    Bound forwards_per_domain = {
        .burst = 2000, .interval = absl::Seconds(1), .max_keys = 100000};
    Bound forwards_per_exchanger = {.burst = 20000,
                                    .interval = absl::Milliseconds(100)};

    // For the alarms to one operator.
    Bound alarms = {.burst = 60, .interval = absl::Minutes(1)};

    // Exchangers' domains beside those of PublicProviders::BuiltIn().
    std::vector<address::Domain> public_providers = {};

    // The secret of all tables, instead of those in the bounds. Give random
    // octets: strangers choose the keys.
    std::array<uint64_t, 2> seed = {};
  };

  explicit Governor(Options options);

  // The governor after a reload: what `before` has allowed counts here too. A
  // bound whose figures are the same is one and the same in both, so that
  // whoever still asks `before` takes from it as well; of another one it has
  // what was used at `now`. `options.seed` is for bounds that `before` has not.
  Governor(Options options, const Governor& before, absl::Time now);
  ~Governor();

  // Takes one from each bound that applies if the answer is yes, and from none
  // if it is no. Allocates nothing, unless the target's host is an address
  // literal.
  //
  // Without `takes` the answer is the same, but nothing is taken: a dry run.
  GovernorAnswer Decide(const AutomaticMail& mail, absl::Time now,
                        bool takes = true);

  // As Decide(), but the bounds are not asked: for the further recipients of
  // one message whose fates are told in one mail.
  GovernorAnswer DecideWithoutBounds(const AutomaticMail& mail) const;

  // Gives back what Decide() took for a mail that was not sent after all.
  void Return(const AutomaticMail& mail, absl::Time now);

  // For a restart or a reload: how much of the bounds is used, as octets; and
  // back, into a governor of whatever options. The octets hold the seed: keep
  // them from other readers. DataLoss, and nothing changed, if `octets` are not
  // what SaveBounds() made.
  std::string SaveBounds(absl::Time now) const;
  absl::Status LoadBounds(base::StringView octets);

  size_t memory_octets() const;  // The size of all bounds now.

 private:
  enum Table : size_t {
    kNotices,
    kAddresses,
    kDomains,
    kExchangers,
    kForwardAddresses,
    kForwardDomains,
    kForwardExchangers,
    kAlarms,
    kTables,
  };
  class Claims;  // What one mail takes from which table.

  GovernorRule FirstBroken(const AutomaticMail& mail) const;
  bool IsOurs(const address::Address& address) const;
  bool IsOperator(const address::Address& address) const;
  void Claim(const AutomaticMail& mail, Claims* claims) const;

  absl::flat_hash_set<std::string> own_domains_;  // A-labels.
  std::vector<std::string> operators_;            // CanonicalKey().
  const PublicProviders providers_;
  address::OrganisationalDomains organisations_;
  // Shared by the governors before and after a reload.
  std::array<std::shared_ptr<rate::RateLimiter>, kTables> tables_;
};

}  // namespace mailsec::policy

#endif  // MAILCORE_POLICY_GOVERNOR_H_
