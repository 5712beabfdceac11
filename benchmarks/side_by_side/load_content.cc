#include "benchmarks/side_by_side/load_content.h"

#include "absl/strings/string_view.h"

namespace mailsec::benchmarks {
namespace {

constexpr absl::string_view kHeader =
    "From: \"Load Sender\" <sender@load.example>\r\n"
    "To: <user@bench.example>\r\n"
    "Subject: a subject of the usual length for a message\r\n"
    "Date: Tue, 24 Nov 2026 10:00:00 +0000\r\n"
    "MIME-Version: 1.0\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n"
    "\r\n";
constexpr absl::string_view kLine =
    "The quick brown fox jumps over the lazy dog while it reads a standard's "
    "rule\r\n";
constexpr absl::string_view kDotLine = "..a line that starts with a dot\r\n";
constexpr absl::string_view kEnd = "\r\n.\r\n";
constexpr int kLinesForADot = 50;

}  // namespace

std::string MakeLoadContent(size_t octets) {
  std::string content(kHeader.data(), kHeader.size());
  for (int i = 1; content.size() + kLine.size() < octets; ++i) {
    const absl::string_view line = i % kLinesForADot == 0 ? kDotLine : kLine;
    content.append(line.data(), line.size());
  }
  while (content.size() + 2 < octets) content += 'x';
  content.append(kEnd.data(), kEnd.size());
  return content;
}

}  // namespace mailsec::benchmarks
