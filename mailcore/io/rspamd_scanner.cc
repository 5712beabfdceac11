#include "mailcore/io/rspamd_scanner.h"

#include <glob.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "boost/beast/core/flat_buffer.hpp"
#include "boost/beast/http.hpp"
#include "mailcore/base/utf8.h"
#include "mailcore/io/deadline_socket.h"
#include "mailcore/io/scanner_link.h"

namespace mailsec::io {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using policy::ScanContent;
using policy::ScanRequest;
using policy::ScanResult;

constexpr uint64_t kMaxBodyOctets =
    1024 * 1024;  // As ReadRspamdAnswer(). Ours.
constexpr uint32_t kMaxHeaderOctets = 16 * 1024;  // In the answer. Ours.
constexpr size_t kMaxValueOctets = 1024;          // One header field. Ours.

using Head = http::request<http::empty_body>;

// `text` as the value of an HTTP field: UTF-8 on one line. Nothing that a
// client said can end the field.
std::string FieldValue(absl::string_view text) {
  std::string out;
  text = text.substr(0, kMaxValueOctets);
  while (!text.empty()) {
    const base::Utf8Character c = base::NextUtf8(text);
    const bool is_control =
        c.code_point < 0x20 || (c.code_point >= 0x7F && c.code_point <= 0x9F);
    if (!c.valid || is_control) {
      out += '?';
    } else {
      absl::StrAppend(&out, text.substr(0, c.octets));
    }
    text.remove_prefix(c.octets);
  }
  return out;
}

void Insert(absl::string_view name, absl::string_view value, Head& head) {
  if (value.empty()) return;
  head.insert(beast::string_view(name.data(), name.size()), FieldValue(value));
}

absl::Status ToStatus(const beast::error_code& error) {
  const std::string text = absl::StrCat("rspamd: ", error.message());
  if (error == boost::system::errc::timed_out) {
    return absl::DeadlineExceededError(text);
  }
  return absl::UnavailableError(text);
}

// The times of all files that match.
std::optional<absl::Time> NewestFile(const std::vector<std::string>& patterns) {
  std::optional<absl::Time> newest;
  for (const std::string& pattern : patterns) {
    glob_t found = {};
    if (glob(pattern.c_str(), 0, nullptr, &found) == 0) {
      for (size_t i = 0; i < found.gl_pathc; ++i) {
        struct stat file;
        if (stat(found.gl_pathv[i], &file) != 0) continue;
        const absl::Time made = absl::TimeFromTimespec(file.st_mtim);
        newest = newest ? std::max(*newest, made) : made;
      }
    }
    globfree(&found);
  }
  return newest;
}

}  // namespace

class RspamdScanner::Impl {
 public:
  explicit Impl(Options options)
      : options_(std::move(options)),
        link_({.server = options_.server,
               .time_limit = options_.time_limit,
               .max_octets = options_.max_octets,
               .max_kept_connections = options_.max_kept_connections,
               .keep = options_.keep,
               .stopped = options_.stopped}) {}

  const Options& options() const { return options_; }

  ScanResult Scan(const ScanRequest& request, ScanContent& content) {
    const Head head = MakeHead(request, content.octets());
    return link_.Scan(content, [&](KeptConnection& connection) {
      return Ask(connection, head, content);
    });
  }

 private:
  // rspamd's protocol: what it is told besides the content.
  Head MakeHead(const ScanRequest& request, uint64_t octets) const {
    Head head(http::verb::post, "/checkv2", 11);
    head.set(http::field::host, "rspamd");
    head.set(http::field::user_agent, "mailsec");
    head.content_length(octets);
    head.keep_alive(link_.keeps());
    Insert("Password", options_.password, head);
    if (!request.client.IsUnspecified()) {
      Insert("IP", request.client.ToString(), head);
    }
    Insert("Helo", request.helo, head);
    Insert("User", request.user, head);
    Insert("Queue-Id", request.queue_id, head);
    Insert("From", request.sender.ToString(), head);
    for (const address::ForwardPath& recipient : request.recipients) {
      Insert("Rcpt", recipient.ToString(), head);
    }
    return head;
  }

  absl::StatusOr<ScanResult> Ask(KeptConnection& connection, const Head& head,
                                 ScanContent& content) {
    const absl::Status sent = Send(connection.socket, head, content);
    if (absl::IsDataLoss(sent) || absl::IsDeadlineExceeded(sent)) return sent;
    // If the connection broke, rspamd may have said why before.
    http::response_parser<http::string_body> parser;
    parser.body_limit(kMaxBodyOctets);
    parser.header_limit(kMaxHeaderOctets);
    beast::flat_buffer buffer;
    beast::error_code error;
    http::read(connection.socket, buffer, parser, error);
    if (error) return ToStatus(error);
    const auto& response = parser.get();
    if (response.result() != http::status::ok) {
      return ScanResult{.why = absl::StrCat("rspamd answered with HTTP status ",
                                            response.result_int())};
    }
    if (!sent.ok()) {
      return absl::UnavailableError("rspamd answered before it had everything");
    }
    if (response.keep_alive() && buffer.size() == 0) {
      link_.Keep(std::move(connection));
    }
    return ReadRspamdAnswer(response.body(), options_.symbols);
  }

  // DataLoss: the content cannot be read. Aborted: rspamd has answered before
  // it had everything.
  static absl::Status Send(DeadlineSocket& socket, const Head& head,
                           ScanContent& content) {
    beast::error_code error;
    http::request_serializer<http::empty_body> serializer(head);
    http::write_header(socket, serializer, error);
    if (error) return ToStatus(error);
    return SendContent(content, [&](absl::string_view piece) {
      return socket.HasInput() ? absl::AbortedError("an early answer")
                               : socket.Write(piece);
    });
  }

  const Options options_;
  ScannerLink link_;
};

RspamdScanner::RspamdScanner(Options options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
RspamdScanner::~RspamdScanner() = default;

std::string RspamdScanner::name() const { return impl_->options().name; }

ScanResult RspamdScanner::Scan(const ScanRequest& request,
                               ScanContent& content) {
  return impl_->Scan(request, content);
}

absl::StatusOr<absl::Time> RspamdScanner::SignatureTime() {
  const std::vector<std::string>& files = impl_->options().signature_files;
  if (files.empty()) {
    return absl::NotFoundError("no files of rspamd's are configured");
  }
  const std::optional<absl::Time> newest = NewestFile(files);
  if (!newest) {
    return absl::UnavailableError("none of rspamd's files can be seen");
  }
  return *newest;
}

}  // namespace mailsec::io
