// signature_age.h: are a scanner's signatures kept up to date? (R27)
//
// A scanner whose update fails goes on saying "clean", of mail that it knows
// less and less about. Somebody asks each scanner now and then and tells it
// here; each change is one event: old, fresh again, cannot tell for long.
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
    // Older than this is old. Ours (R27): makers publish daily.
    absl::Duration max_age = absl::Hours(48);
    // A scanner that could not tell for so long is as bad as an old one. Ours.
    absl::Duration max_silence = absl::Hours(2);
  };

  // `clock` and `sink` are not owned and must outlive this.
  SignatureAge(const Options& options, const base::Clock* clock,
               base::EventSink* sink)
      : options_(options), clock_(clock), sink_(sink) {}

  // What SignatureTime() of this scanner said just now. NotFound: it has no
  // signatures that could age, and is never old.
  void Note(absl::string_view scanner, const absl::StatusOr<absl::Time>& said);

  // Is it old now, or has it been silent for too long? No about a scanner that
  // was never noted. Does not block.
  bool IsOld(absl::string_view scanner) const;

  // When its signatures were made, by what it said last.
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
