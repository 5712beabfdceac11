#include "mailcore/io/scanner_link.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"

namespace mailsec::io {

using policy::ScanContent;
using policy::ScanResult;

absl::Status SendContent(
    ScanContent& content,
    absl::FunctionRef<absl::Status(absl::string_view)> write) {
  if (absl::Status status = content.Rewind(); !status.ok()) {
    return absl::DataLossError(status.message());
  }
  uint64_t octets = 0;
  while (true) {
    const absl::StatusOr<absl::string_view> piece = content.Next();
    if (!piece.ok()) return absl::DataLossError(piece.status().message());
    octets += piece->size();
    if (piece->empty() || octets > content.octets()) break;
    if (absl::Status sent = write(*piece); !sent.ok()) return sent;
  }
  if (octets == content.octets()) return absl::OkStatus();
  return absl::DataLossError("the content has not the size that it says");
}

Deadline ScannerLink::NewDeadline() const {
  return {.time = Deadline::Clock::now() +
                  absl::ToChronoMilliseconds(options_.time_limit),
          .stopped = options_.stopped};
}

ScanResult ScannerLink::Scan(const ScanContent& content, Ask ask) {
  if (content.octets() > options_.max_octets) {
    return {.outcome = ScanResult::Outcome::kTooLarge,
            .why = absl::StrCat("above ", options_.max_octets, " octets")};
  }
  const absl::StatusOr<ScanResult> result = AskKeptOrNew(NewDeadline(), ask);
  if (!result.ok()) return {.why = std::string(result.status().message())};
  return *result;
}

absl::StatusOr<ScanResult> ScannerLink::AskKeptOrNew(Deadline deadline,
                                                     Ask ask) {
  if (std::optional<KeptConnection> kept = kept_.Take()) {
    kept->socket.set_deadline(deadline);
    absl::StatusOr<ScanResult> result = ask(*kept);
    if (result.ok() || absl::IsDeadlineExceeded(result.status())) return result;
    // It was stale: the scanner had closed it, or was restarted.
  }
  absl::StatusOr<DeadlineSocket> socket =
      DeadlineSocket::Connect(options_.server, deadline);
  if (!socket.ok()) return socket.status();
  KeptConnection fresh = {*std::move(socket)};
  return ask(fresh);
}

}  // namespace mailsec::io
