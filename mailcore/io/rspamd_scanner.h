// rspamd_scanner.h: what does rspamd say of this content?
//
// Asks a normal worker (POST /checkv2), and hands over the envelope and the
// address of the client. Its answer is read strictly:
//
//   action no action, greylist         clean, with score and symbols
//   action add header, rewrite subject, quarantine
//                                      spam
//   action reject, discard             spam, and it would refuse
//   action soft reject                 cannot tell, with its message
//   a symbol of `malware_symbols`      malware
//   a symbol of `unscannable_symbols`  unscannable
//   any other, a field that is missing, a score that is no number, is_skipped,
//   no answer in time, other than 200  cannot tell
//
//   auto address = ServerAddress::Parse("127.0.0.1:11333");
//   RspamdScanner scanner({.server = *address});

#ifndef MAILCORE_IO_RSPAMD_SCANNER_H_
#define MAILCORE_IO_RSPAMD_SCANNER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mailcore/io/server_address.h"
#include "mailcore/policy/scanner.h"

namespace mailsec::io {

// Which of rspamd's symbols have a meaning of their own: names in which "*"
// stands for any text. Thread safety: a value.
struct RspamdSymbols {
  // Those of its modules mime_types and antivirus.
  std::vector<std::string> unscannable = {"ENCRYPTED_PGP", "ENCRYPTED_SMIME",
                                          "MIME_ENCRYPTED_ARCHIVE",
                                          "*_VIRUS_ENCRYPTED"};
  std::vector<std::string> malware = {"*_VIRUS"};
  // A scanner behind it could not tell.
  std::vector<std::string> fault = {"*_VIRUS_FAIL"};
};

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
    std::string password = {};  // Of the worker; empty: none is sent.
    RspamdSymbols symbols = {};
    size_t max_kept_connections = 4;  // HTTP keep-alive; 0: a new one each.
    absl::Duration keep = absl::Seconds(20);
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

// What the JSON object with which rspamd answers means. At most 1 MiB, 100
// symbols and 32 levels are read. Thread safety: a pure function.
policy::ScanResult ReadRspamdAnswer(absl::string_view json,
                                    const RspamdSymbols& symbols);

}  // namespace mailsec::io

#endif  // MAILCORE_IO_RSPAMD_SCANNER_H_
