// rspamd_scanner.h: what does rspamd say of this content?
//
// Asks a normal worker (POST /checkv2), and hands over the envelope and the
// address of the client. The content is sent piece by piece, and is never held
// in memory. rspamd_answer.h says what an answer means; anything but a whole
// answer of HTTP status 200 within the time limit is "cannot tell".
//
// A connection is kept if rspamd keeps it: its proxy worker does, while the
// normal worker of version 3.4 says "Connection: close".
//
//   auto address = ServerAddress::Parse("127.0.0.1:11333");
//   RspamdScanner scanner({.server = *address});

#ifndef MAILCORE_IO_RSPAMD_SCANNER_H_
#define MAILCORE_IO_RSPAMD_SCANNER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mailcore/io/rspamd_answer.h"
#include "mailcore/io/server_address.h"
#include "mailcore/policy/scanner.h"

namespace mailsec::io {

// Thread safety: all methods may run concurrently, each on a connection of its
// own.
class RspamdScanner : public policy::Scanner {
 public:
  struct Options {
    ServerAddress server = {};
    std::string name = "rspamd";
    // For all of one scan, from connecting to the last octet. Ours.
    absl::Duration time_limit = absl::Seconds(30);
    // Larger content is kTooLarge and is not sent: rspamd's max_message.
    uint64_t max_octets = 50 * 1024 * 1024;
    std::string password = {};  // The worker's; empty: none is sent.
    RspamdSymbols symbols = {};
    size_t max_kept_connections = 4;  // HTTP keep-alive; 0: a new one each.
    absl::Duration keep = absl::Seconds(20);
    // As ClamdScanner's.
    const std::atomic<bool>* stopped = nullptr;
    // Where its maps and rules lie: paths with glob(7)'s wildcards. The newest
    // file of all says how old its data are. rspamd itself does not.
    std::vector<std::string> signature_files = {};
  };

  explicit RspamdScanner(Options options);
  ~RspamdScanner() override;

  std::string name() const override;
  policy::ScanResult Scan(const policy::ScanRequest& request,
                          policy::ScanContent& content) override;
  // NotFound without signature_files, Unavailable if none of them exists.
  absl::StatusOr<absl::Time> SignatureTime() override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mailsec::io

#endif  // MAILCORE_IO_RSPAMD_SCANNER_H_
