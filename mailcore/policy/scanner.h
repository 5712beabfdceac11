// scanner.h: is there spam or malware in this content?
//
// One scanner gives one opinion (R27). What becomes of the mail then is
// ContentPolicy's question, which asks several of them.
//
//   class Sandbox : public Scanner {
//     std::string name() const override { return "sandbox"; }
//     ScanResult Scan(const ScanRequest&, ScanContent&) override {
//       return {.outcome = ScanResult::Outcome::kClean};
//     }
//   };

#ifndef MAILCORE_POLICY_SCANNER_H_
#define MAILCORE_POLICY_SCANNER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mailcore/address/path.h"
#include "mailcore/ip/ip_address.h"

namespace mailsec::policy {

// What is known of a message beside its content. Thread safety: a value.
struct ScanRequest {
  std::string queue_id = {};
  ip::IpAddress client = {};  // The TCP peer.
  std::string helo = {};      // Only claimed.
  std::string user = {};      // Empty unless authenticated.
  address::ReversePath sender = {};
  std::vector<address::ForwardPath> recipients = {};
  // The client is in an authorised network or authenticated.
  bool sender_is_ours = false;
};

// The content of one message, piece by piece. Thread safety: none.
class ScanContent {
 public:
  virtual ~ScanContent() = default;
  virtual uint64_t octets() const = 0;  // All pieces together.
  // Begins again at the first piece; each scanner calls it first.
  virtual absl::Status Rewind() = 0;
  // The next piece, valid until the next call; empty at the end.
  virtual absl::StatusOr<absl::string_view> Next() = 0;
};

// One opinion. Thread safety: a value.
struct ScanResult {
  enum class Outcome {
    kClean,        // Looked at all of it.
    kSpam,         // Calls it spam, whatever the score.
    kMalware,      // `signature` says which.
    kUnscannable,  // Parts are encrypted or too deep; nothing found elsewhere.
    kTooLarge,     // Above the scanner's limit; it looked at none or a part.
    kCannotTell,   // No answer, a fault, or an answer that makes no sense.
  };
  Outcome outcome = Outcome::kCannotTell;
  std::optional<double> score = std::nullopt;  // Higher is worse.
  bool would_refuse = false;  // The scanner's own advice is to refuse.
  std::vector<std::string> symbols = {};  // Which of its rules hold.
  std::string signature = {};             // Name of the malware.
  std::string why = {};  // Why it could not tell or scan, in a sentence.
};

// Thread safety: all methods may be called concurrently.
class Scanner {
 public:
  virtual ~Scanner() = default;

  // A word for log lines and the header field: "clamd". Always the same.
  virtual std::string name() const = 0;

  // May block, no longer than the time limit that it was made with. Never
  // returns kClean without a whole answer to the whole content.
  virtual ScanResult Scan(const ScanRequest& request, ScanContent& content) = 0;

  // When the data that it finds things with were made. NotFound: it has none
  // or does not say; Unavailable: cannot tell now. May block like Scan().
  virtual absl::StatusOr<absl::Time> SignatureTime() {
    return absl::NotFoundError("this scanner does not say");
  }
};

}  // namespace mailsec::policy

#endif  // MAILCORE_POLICY_SCANNER_H_
