// clamd_scanner.h: what does ClamAV's daemon say of this content?
//
// Speaks clamd's protocol (clamd(8)) over a Unix or a TCP socket: INSTREAM,
// chunks of 4 octets of length (big endian) and data, a chunk of length 0 at
// the end. An answer counts only if it is whole and exact:
//
//   stream: OK                          clean
//   stream: Heuristics.Encrypted.… FOUND, Heuristics.Limits.Exceeded.…
//                                       unscannable
//   stream: … FOUND                     malware, with that signature
//   INSTREAM size limit exceeded. ERROR too large
//   anything else, or none in time      cannot tell
//
// In clamd.conf set AlertExceedsMax and AlertEncrypted to yes: otherwise clamd
// answers OK for content that it did not look at. StreamMaxLength, MaxScanSize
// and MaxFileSize must not be below Options::max_octets.
//
//   auto address = ServerAddress::Parse("unix:/run/clamav/clamd.ctl");
//   ClamdScanner scanner({.server = *address});
//   policy::ScanResult said = scanner.Scan(request, content);

#ifndef MAILCORE_IO_CLAMD_SCANNER_H_
#define MAILCORE_IO_CLAMD_SCANNER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mailcore/io/server_address.h"
#include "mailcore/policy/scanner.h"

namespace mailsec::io {

// Thread safety: all methods may run concurrently, each on a connection of its
// own.
class ClamdScanner : public policy::Scanner {
 public:
  struct Options {
    ServerAddress server = {};
    std::string name = "clamd";
    // For all of one scan, from connecting to the last octet. Ours.
    absl::Duration time_limit = absl::Seconds(30);
    // Larger content is kTooLarge and is not sent: clamd's own limit
    // (StreamMaxLength) on Debian.
    uint64_t max_octets = 25 * 1024 * 1024;
    size_t chunk_octets = 64 * 1024;  // The size of one chunk; at least 1.
    // Connections that are kept between scans (IDSESSION), each no longer than
    // clamd keeps them (its IdleTimeout is 30 s). 0: a new one each time.
    size_t max_kept_connections = 4;
    absl::Duration keep = absl::Seconds(20);
    // Once it is true, every scan ends at once and cannot tell: for a stop.
    // Not owned; must outlive the scanner. Null: never.
    const std::atomic<bool>* stopped = nullptr;
  };

  explicit ClamdScanner(Options options);
  ~ClamdScanner() override;

  std::string name() const override;
  policy::ScanResult Scan(const policy::ScanRequest& request,
                          policy::ScanContent& content) override;
  // The time of the signature database, by VERSION. NotFound if there is none.
  absl::StatusOr<absl::Time> SignatureTime() override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mailsec::io

#endif  // MAILCORE_IO_CLAMD_SCANNER_H_
