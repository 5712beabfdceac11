// content_policy.h: what do the scanners' answers mean for this content?
//
// Asks several scanners in order (R27) and decides once for the message. The
// finding that weighs most decides:
//
//   malware                    554 5.7.1, or quarantine
//   spam, refused              554 5.7.1: from `refuse_score`, or as a scanner
//                              advises; to postmaster and abuse alone it is
//                              marked (R6)
//   cannot tell, or too large  451 4.7.1 by default: fails closed
//   unscannable                encrypted or too deep: accept, mark or refuse
//   spam, marked               from `mark_score`, or as a scanner calls it so
//   clean                      every scanner saw all of it and found nothing
//
// After malware or refused spam no further scanner is asked, as nothing can
// weigh more. Only the last line is ContentVerdict::kClean: what was accepted
// without a scan is kUnknown, and nothing is sent automatically because of it.
//
//   auto policy = ContentPolicy::Create({.scanners = {{.scanner = &clamd},
//                                                     {.scanner = &rspamd}}});
//   ContentDecision made = (*policy)->Decide(request, header, content);
//   envelope.verdict = made.verdict;
//   if (made.outcome == ContentOutcome::kRefuse) Respond(made.decision.reply);

#ifndef MAILCORE_POLICY_CONTENT_POLICY_H_
#define MAILCORE_POLICY_CONTENT_POLICY_H_

#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "mailcore/base/string_view.h"
#include "mailcore/policy/content_decision.h"
#include "mailcore/policy/scanner.h"

namespace mailsec::policy {

// Thread safety: const methods may run concurrently if the scanners allow it.
class ContentPolicy {
 public:
  // A scanner cannot tell.
  enum class OnFault {
    kDefer,            // 451 4.7.1: fails closed.
    kAcceptUnscanned,  // As if it had not been asked; verdict kUnknown.
  };
  // The content is above the scanner's limit.
  enum class OnTooLarge {
    kDefer,            // 451 4.7.1: until an administrator raises the limit.
    kRefuse,           // 552 5.3.4 (RFC 3463, 3.4).
    kAcceptUnscanned,  // As above.
  };
  enum class OnMalware {
    kRefuse,      // 554 5.7.1 (RFC 3463, 3.8).
    kQuarantine,  // 250, and a person decides.
  };
  enum class OnUnscannable {
    kAccept,  // Only the envelope says so.
    kMark,    // Our header field says "unscannable".
    kRefuse,  // 554 5.7.1.
  };

  // Thread safety: a value.
  struct Step {
    // Not owned; must outlive the policy and allow concurrent calls.
    Scanner* scanner = nullptr;
    OnFault on_fault = OnFault::kDefer;
    OnTooLarge on_too_large = OnTooLarge::kDefer;
    // Says whether its signatures are too old to be believed
    // (watch::SignatureAge). Then the scanner cannot tell, unless it finds what
    // is refused. Must allow concurrent calls and not block. Default: not
    // asked, as old signatures raise an alarm anyway.
    std::function<bool()> is_outdated = {};
  };

  struct Options {
    std::vector<Step> scanners = {};  // Asked in this order. None: no verdict.
    OnMalware on_malware = OnMalware::kRefuse;
    OnUnscannable on_unscannable = OnUnscannable::kMark;
    // Ours; both are rspamd's usual ones.
    double mark_score = 6;
    double refuse_score = 15;
    // Takes the place of `refuse_score` for mail of our own users (a mailbox
    // that sends spam was broken into, and harms our name). Default: the same.
    std::optional<double> own_refuse_score = std::nullopt;
  };

  // InvalidArgument for a step without a scanner, two of one name, a score
  // that is not finite, or one for refusing that is below the one for marking.
  static absl::StatusOr<std::unique_ptr<ContentPolicy>> Create(Options options);

  // Decides about one message; nothing is remembered for the next. `header`
  // is the header section of the content, as much of it as is at hand: it
  // shows encrypted mail (RFC 1847, RFC 8551) without a scanner. Blocks no
  // longer than all scanners' time limits together.
  ContentDecision Decide(const ScanRequest& request, base::StringView header,
                         ScanContent& content) const;

 private:
  explicit ContentPolicy(Options options) : options_(std::move(options)) {}

  Options options_;
};

}  // namespace mailsec::policy

#endif  // MAILCORE_POLICY_CONTENT_POLICY_H_
