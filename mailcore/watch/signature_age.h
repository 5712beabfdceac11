// signature_age.h: are a scanner's signatures kept up to date? (R27)
//
// A scanner whose updates fail goes on calling mail "clean", although it knows
// less and less of today's malware. The caller asks each scanner for the time
// of its signatures now and then and passes it to Note(). Each change is one
// event: old, fresh again, or not known for long.
//
//   SignatureAge age({}, &clock, &events);
//   age.Note(scanner->name(), scanner->SignatureTime());  // Every 10 minutes.
//   step.is_outdated = [&] { return age.IsOld("clamd"); };

#ifndef MAILCORE_WATCH_SIGNATURE_AGE_H_
#define MAILCORE_WATCH_SIGNATURE_AGE_H_

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mailcore/base/clock.h"
#include "mailcore/base/event.h"

namespace mailsec::watch {

// Thread safety: all methods may run concurrently.
class SignatureAge {
 public:
  struct Options {
    // Signatures above this age are old. Ours (R27): makers publish daily.
    absl::Duration max_age = absl::Hours(48);
    // A scanner that could not tell for so long counts as an old one. Ours.
    absl::Duration max_silence = absl::Hours(2);
  };

  // `clock` and `sink` are not owned and must outlive this.
  SignatureAge(const Options& options, const base::Clock* clock,
               base::EventSink* sink)
      : options_(options), clock_(clock), sink_(sink) {}

  // Takes what SignatureTime() of this scanner returned just now. NotFound: it
  // has no signatures that could age, and is never old.
  void Note(absl::string_view scanner, const absl::StatusOr<absl::Time>& said);

  // True if the scanner's signatures are old now, or if it has been silent for
  // too long; false for a scanner that was never noted. Does not block.
  bool IsOld(absl::string_view scanner) const;

  // When its signatures were made, as it said last.
  std::optional<absl::Time> LastKnown(absl::string_view scanner) const;

 private:
  enum class Condition {
    kFresh,    // Or it has none.
    kOld,      // Above max_age.
    kUnknown,  // Silent for max_silence.
  };
  struct Entry {
    std::optional<absl::Time> made;
    std::optional<absl::Duration> silent_since;  // An uptime.
    Condition told = Condition::kFresh;          // What the last event said.
    std::string why;                             // It could not tell.
  };
  Condition Judge(const Entry& entry) const;
  void Tell(absl::string_view scanner, const Entry& entry) const;

  const Options options_;
  const base::Clock* const clock_;  // Not owned.
  base::EventSink* const sink_;     // Not owned.
  mutable std::mutex mutex_;        // Guards what follows.
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace mailsec::watch

#endif  // MAILCORE_WATCH_SIGNATURE_AGE_H_
