// clamd_answer.h: what does this answer of clamd mean?
//
//   ReadClamdAnswer("stream: Eicar-Signature FOUND").signature

#ifndef MAILCORE_IO_CLAMD_ANSWER_H_
#define MAILCORE_IO_CLAMD_ANSWER_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mailcore/policy/scanner.h"

namespace mailsec::io {

// What an answer of clamd means, without the NUL at its end and the number of
// a session. Thread safety: a pure function.
policy::ScanResult ReadClamdAnswer(absl::string_view answer);

// The time in "ClamAV 1.4.6/27800/Wed Nov 25 09:12:01 2026", which clamd
// writes in its local time zone, taken to be ours. NotFound if it has none.
// Thread safety: a pure function.
absl::StatusOr<absl::Time> ReadClamdVersion(absl::string_view answer,
                                            absl::TimeZone zone);

}  // namespace mailsec::io

#endif  // MAILCORE_IO_CLAMD_ANSWER_H_
