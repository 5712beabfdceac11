// scanner_link.h: how is content put before a scanner behind a socket?
//
// What the scanners of this kind have in common: a bound on the size, a time
// limit for all of one scan, and connections that are kept. If a kept one
// turns out to be stale, the question is put once more on a new one.
//
//   ScannerLink link({.server = address, .time_limit = absl::Seconds(30)});
//   return link.Scan(content, [&](KeptConnection& connection) {
//     return AskOn(connection, content);
//   });

#ifndef MAILCORE_IO_SCANNER_LINK_H_
#define MAILCORE_IO_SCANNER_LINK_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mailcore/io/deadline_socket.h"
#include "mailcore/io/kept_connections.h"
#include "mailcore/io/server_address.h"
#include "mailcore/policy/scanner.h"

namespace mailsec::io {

// Sends all pieces of `content`, from its start, by `write`. DataLoss if the
// content cannot be read, or has not the size that it says; else the first
// error of `write`. Thread safety: as `content`.
absl::Status SendContent(
    policy::ScanContent& content,
    absl::FunctionRef<absl::Status(absl::string_view)> write);

// Thread safety: all methods may run concurrently, each on a connection of its
// own.
class ScannerLink {
 public:
  struct Options {
    ServerAddress server = {};
    absl::Duration time_limit = {};  // From connecting to the last octet.
    uint64_t max_octets = 0;         // Larger content is kTooLarge; not sent.
    size_t max_kept_connections = 0;
    absl::Duration keep = {};  // A connection without use.
    // Once it is true, every wait ends. Not owned; must outlive this. Null:
    // never.
    const std::atomic<bool>* stopped = nullptr;
  };

  explicit ScannerLink(const Options& options)
      : options_(options), kept_(options.max_kept_connections, options.keep) {}

  // Puts one question on a connection. An error means that there was no answer
  // that counts.
  using Ask =
      absl::FunctionRef<absl::StatusOr<policy::ScanResult>(KeptConnection&)>;

  // Calls `ask` once, or twice if a kept connection was stale. An error of it
  // becomes kCannotTell, with its message.
  policy::ScanResult Scan(const policy::ScanContent& content, Ask ask);

  // A new connection, whose time limit begins now.
  absl::StatusOr<DeadlineSocket> Connect() const {
    return DeadlineSocket::Connect(options_.server, NewDeadline());
  }

  bool keeps() const { return options_.max_kept_connections > 0; }
  // After a whole answer only.
  void Keep(KeptConnection connection) { kept_.Give(std::move(connection)); }

 private:
  Deadline NewDeadline() const;
  absl::StatusOr<policy::ScanResult> AskKeptOrNew(Deadline deadline, Ask ask);

  const Options options_;
  KeptConnections kept_;
};

}  // namespace mailsec::io

#endif  // MAILCORE_IO_SCANNER_LINK_H_
