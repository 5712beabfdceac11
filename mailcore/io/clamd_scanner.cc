#include "mailcore/io/clamd_scanner.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "mailcore/io/clamd_answer.h"
#include "mailcore/io/deadline_socket.h"
#include "mailcore/io/scanner_link.h"

namespace mailsec::io {
namespace {

using policy::ScanContent;
using policy::ScanResult;

constexpr size_t kMaxAnswerOctets = 4096;  // Ours; a signature's name is short.
constexpr absl::string_view kInstream("zINSTREAM\0", 10);
constexpr absl::string_view kSession("zIDSESSION\0", 11);
constexpr absl::string_view kVersion("zVERSION\0", 9);

// Four octets, big endian.
void AppendLength(size_t length, std::string& out) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    out += static_cast<char>(length >> shift & 0xFF);
  }
}

// Reads up to the NUL, which is taken off.
absl::StatusOr<std::string> ReadAnswer(DeadlineSocket& socket) {
  std::string answer;
  while (answer.size() <= kMaxAnswerOctets) {
    char buffer[512];
    const absl::StatusOr<size_t> got = socket.Read(buffer, sizeof(buffer));
    if (!got.ok()) return got.status();
    if (*got == 0) {
      return absl::UnavailableError(answer.empty()
                                        ? "clamd gave no answer"
                                        : "clamd gave half an answer");
    }
    answer.append(buffer, *got);
    const size_t end = answer.find('\0');
    if (end == std::string::npos) continue;
    if (end + 1 != answer.size()) {
      return absl::UnavailableError("clamd said more than its answer");
    }
    answer.resize(end);
    return answer;
  }
  return absl::UnavailableError("clamd's answer does not end");
}

// Sends content in chunks, each with its length before it.
class ChunkWriter {
 public:
  // `begin` goes before the first chunk.
  ChunkWriter(DeadlineSocket& socket, size_t chunk_octets,
              absl::string_view begin)
      : socket_(socket), chunk_octets_(chunk_octets), out_(begin) {}

  absl::Status Add(absl::string_view octets) {
    while (!octets.empty()) {
      const size_t room = chunk_octets_ - chunk_.size();
      absl::StrAppend(&chunk_, octets.substr(0, room));
      octets.remove_prefix(std::min(room, octets.size()));
      if (chunk_.size() < chunk_octets_) break;
      if (absl::Status sent = Send(); !sent.ok()) return sent;
    }
    return absl::OkStatus();
  }

  // The rest, and the chunk of length 0 that ends the stream.
  absl::Status Finish() {
    PackChunk();
    AppendLength(0, out_);
    return Flush();
  }

 private:
  void PackChunk() {
    if (chunk_.empty()) return;
    AppendLength(chunk_.size(), out_);
    out_ += chunk_;
    chunk_.clear();
  }
  absl::Status Send() {
    PackChunk();
    return Flush();
  }
  // Aborted: clamd has answered before it had everything.
  absl::Status Flush() {
    if (socket_.HasInput()) return absl::AbortedError("an early answer");
    absl::Status sent = socket_.Write(out_);
    out_.clear();
    return sent;
  }

  DeadlineSocket& socket_;
  const size_t chunk_octets_;
  std::string out_;
  std::string chunk_;
};

}  // namespace

class ClamdScanner::Impl {
 public:
  explicit Impl(Options options)
      : options_(std::move(options)),
        link_({.server = options_.server,
               .time_limit = options_.time_limit,
               .max_octets = options_.max_octets,
               .max_kept_connections = options_.max_kept_connections,
               .keep = options_.keep,
               .stopped = options_.stopped}) {
    options_.chunk_octets = std::max<size_t>(options_.chunk_octets, 1);
  }

  const Options& options() const { return options_; }

  ScanResult Scan(ScanContent& content) {
    return link_.Scan(content, [&](KeptConnection& connection) {
      return Ask(connection, content);
    });
  }

  absl::StatusOr<absl::Time> SignatureTime() {
    absl::StatusOr<DeadlineSocket> socket = link_.Connect();
    if (!socket.ok()) return socket.status();
    if (absl::Status sent = socket->Write(kVersion); !sent.ok()) return sent;
    const absl::StatusOr<std::string> answer = ReadAnswer(*socket);
    if (!answer.ok()) return answer.status();
    return ReadClamdVersion(*answer, absl::LocalTimeZone());
  }

 private:
  absl::StatusOr<ScanResult> Ask(KeptConnection& connection,
                                 ScanContent& content) {
    const bool is_first = ++connection.uses == 1;
    ChunkWriter writer(
        connection.socket, options_.chunk_octets,
        absl::StrCat(link_.keeps() && is_first ? kSession : "", kInstream));
    absl::Status sent = SendContent(
        content, [&](absl::string_view piece) { return writer.Add(piece); });
    if (sent.ok()) sent = writer.Finish();
    if (absl::IsDataLoss(sent) || absl::IsDeadlineExceeded(sent)) return sent;
    // If the connection broke, clamd may have said why before.
    absl::StatusOr<std::string> answer = ReadAnswer(connection.socket);
    if (!answer.ok()) return sent.ok() ? answer.status() : Why(sent, answer);
    if (link_.keeps() && !ConsumeNumber(connection.uses, *answer)) {
      return absl::UnavailableError("clamd answered another question");
    }
    ScanResult result = ReadClamdAnswer(*answer);
    if (!sent.ok() && result.outcome == ScanResult::Outcome::kClean) {
      return absl::UnavailableError("clamd answered before it had everything");
    }
    const bool is_answer =
        result.outcome != ScanResult::Outcome::kCannotTell &&
        result.outcome != ScanResult::Outcome::kTooLarge;  // It closes then.
    if (sent.ok() && is_answer && link_.keeps()) {
      link_.Keep(std::move(connection));
    }
    return result;
  }

  static absl::Status Why(const absl::Status& sent,
                          const absl::StatusOr<std::string>& answer) {
    return absl::IsAborted(sent) ? answer.status() : sent;
  }

  // In a session answers are numbered: "3: stream: OK".
  static bool ConsumeNumber(uint32_t number, std::string& answer) {
    absl::string_view rest = answer;
    if (!absl::ConsumePrefix(&rest, absl::StrCat(number, ": "))) return false;
    answer = std::string(rest);
    return true;
  }

  Options options_;
  ScannerLink link_;
};

ClamdScanner::ClamdScanner(Options options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
ClamdScanner::~ClamdScanner() = default;

std::string ClamdScanner::name() const { return impl_->options().name; }

ScanResult ClamdScanner::Scan(const policy::ScanRequest&,
                              ScanContent& content) {
  return impl_->Scan(content);
}

absl::StatusOr<absl::Time> ClamdScanner::SignatureTime() {
  return impl_->SignatureTime();
}

}  // namespace mailsec::io
