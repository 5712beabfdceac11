#include "mailcore/io/clamd_answer.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "mailcore/base/log_safe.h"

namespace mailsec::io {

using base::LogSafe;
using policy::ScanResult;

// clamd(8), INSTREAM:
//   answer = "stream: OK" / "stream: " 1*OCTET " FOUND"
//          / "INSTREAM size limit exceeded. ERROR"
ScanResult ReadClamdAnswer(absl::string_view answer) {
  if (answer == "stream: OK") return {.outcome = ScanResult::Outcome::kClean};
  if (answer == "INSTREAM size limit exceeded. ERROR") {
    return {.outcome = ScanResult::Outcome::kTooLarge,
            .why = "above clamd's StreamMaxLength"};
  }
  absl::string_view found = answer;
  if (!absl::ConsumePrefix(&found, "stream: ") ||
      !absl::ConsumeSuffix(&found, " FOUND") || found.empty()) {
    return {.why =
                absl::StrCat("clamd answered \"", LogSafe(answer, 128), "\"")};
  }
  if (absl::StartsWith(found, "Heuristics.Encrypted.") ||
      absl::StartsWith(found, "Heuristics.Limits.Exceeded")) {
    return {.outcome = ScanResult::Outcome::kUnscannable,
            .why = std::string(found)};
  }
  return {.outcome = ScanResult::Outcome::kMalware,
          .signature = std::string(found)};
}

absl::StatusOr<absl::Time> ReadClamdVersion(absl::string_view answer,
                                            absl::TimeZone zone) {
  const std::vector<absl::string_view> parts = absl::StrSplit(answer, '/');
  if (!absl::StartsWith(answer, "ClamAV ")) {
    return absl::UnavailableError(
        absl::StrCat("clamd answered \"", LogSafe(answer, 128), "\""));
  }
  if (parts.size() < 3) {
    return absl::NotFoundError("clamd has no signature database with a date");
  }
  absl::Time time;
  std::string error;
  // As ctime(3) writes it, after a version of the daily database.
  if (!absl::ParseTime("%a %b %d %H:%M:%S %Y", parts[2], zone, &time, &error)) {
    return absl::UnavailableError(
        absl::StrCat("clamd's date \"", LogSafe(parts[2], 64), "\" is none"));
  }
  return time;
}

}  // namespace mailsec::io
