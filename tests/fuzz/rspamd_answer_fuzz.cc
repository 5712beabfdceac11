// Whatever a scanner answers, its reader survives: a score is a finite number,
// clean always has one, and only clamd's one exact answer is clean.

#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/string_view.h"
#include "mailcore/io/clamd_answer.h"
#include "mailcore/io/rspamd_answer.h"

namespace mailsec::io {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

void Check(absl::string_view text) {
  using Outcome = policy::ScanResult::Outcome;
  const policy::ScanResult said = ReadRspamdAnswer(text, {});
  Require(!said.score || std::isfinite(*said.score));
  Require(said.symbols.size() <= 100);
  Require(said.outcome != Outcome::kClean || said.score.has_value());
  Require(!said.would_refuse || said.outcome == Outcome::kSpam);

  const policy::ScanResult clamd = ReadClamdAnswer(text);
  Require((clamd.outcome == Outcome::kClean) == (text == "stream: OK"));
  Require((clamd.outcome == Outcome::kMalware) != clamd.signature.empty());
}

}  // namespace
}  // namespace mailsec::io

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  mailsec::io::Check({reinterpret_cast<const char*>(data), size});
  return 0;
}
