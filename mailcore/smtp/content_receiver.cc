#include "mailcore/smtp/content_receiver.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"

namespace mailsec::smtp {
namespace {

constexpr uint64_t kHopelessOctets = 64 * 1024 * 1024;
constexpr uint64_t kHopelessFactor = 4;

absl::string_view FaultName(const ContentFaults& faults) {
  if (faults.nul) return "NUL";
  return faults.bare_cr ? "bare <CR>" : "bare <LF>";
}

}  // namespace

ContentReceiver::ContentReceiver(const Options& options)
    : options_(options), decoder_(options.line_ends, options.framing) {}

DataDecoder::Piece ContentReceiver::Next(absl::string_view input) {
  DataDecoder::Piece piece = options_.binary
                                 ? DataDecoder::Piece{input.size(), input}
                                 : decoder_.Next(input);
  received_octets_ += piece.consumed;
  piece.content = Judge(piece.content);
  return piece;
}

absl::string_view ContentReceiver::Finish() {
  return options_.binary ? absl::string_view() : Judge(decoder_.Finish());
}

bool ContentReceiver::IsHopeless(uint64_t octets, uint64_t max_octets) {
  return octets > max_octets && octets / kHopelessFactor > max_octets &&
         octets - max_octets > kHopelessOctets;
}

bool ContentReceiver::IsHopelessWith(uint64_t more) const {
  const uint64_t most = std::numeric_limits<uint64_t>::max();
  const uint64_t sum =
      more > most - received_octets_ ? most : received_octets_ + more;
  return IsHopeless(sum, options_.max_message_octets);
}

bool ContentReceiver::IsUnclean() const {
  const ContentFaults& faults = decoder_.faults();
  return faults.nul || (options_.line_ends == LineEndPolicy::kRefuse &&
                        (faults.bare_cr || faults.bare_lf));
}

std::optional<ContentRefusal> ContentReceiver::refusal() const {
  if (IsUnclean()) {
    const absl::string_view name = FaultName(decoder_.faults());
    return ContentRefusal{
        Reply(554, {5, 6, 0},
              absl::StrCat("A ", name,
                           " in the content is not allowed "
                           "(RFC 5321, 2.3.8); closing connection")),
        absl::StrCat(name, " in content"), true};
  }
  if (content_octets_ > options_.max_message_octets) {
    return ContentRefusal{
        Reply(552, {5, 3, 4},
              absl::StrCat("The message is larger than ",
                           options_.max_message_octets, " octets")),
        "message too large", false};
  }
  if (header_octets_ > options_.max_header_octets) {
    return ContentRefusal{
        Reply(552, {5, 3, 4},
              absl::StrCat("The header section is larger than ",
                           options_.max_header_octets, " octets")),
        "header section too large", false};
  }
  if (long_line_) {
    return ContentRefusal{
        Reply(554, {5, 6, 0},
              absl::StrCat("A line is longer than ",
                           options_.max_text_line_octets, " octets")),
        "line of content too long", false};
  }
  return std::nullopt;
}

absl::string_view ContentReceiver::Judge(absl::string_view content) {
  content_octets_ += content.size();
  if (in_header_) WatchHeader(content);
  if (options_.max_text_line_octets > 0) WatchLines(content);
  const bool refused = IsUnclean() || long_line_ ||
                       content_octets_ > options_.max_message_octets ||
                       header_octets_ > options_.max_header_octets;
  return refused ? absl::string_view() : content;
}

// The header section ends with the first empty line.
void ContentReceiver::WatchHeader(absl::string_view content) {
  for (size_t i = 0; i < content.size(); ++i) {
    if (blank_line_octets_ == 0) {
      // Nothing but a CR can begin the end.
      const size_t cr = content.find('\r', i);
      const size_t next = cr == absl::string_view::npos ? content.size() : cr;
      header_octets_ += next - i;
      i = next;
      if (i == content.size()) break;
    }
    ++header_octets_;
    const bool fits = content[i] == (blank_line_octets_ % 2 == 0 ? '\r' : '\n');
    blank_line_octets_ = fits                 ? blank_line_octets_ + 1
                         : content[i] == '\r' ? 1
                                              : 0;
    if (blank_line_octets_ == 4) {
      in_header_ = false;
      break;
    }
  }
}

void ContentReceiver::WatchLines(absl::string_view content) {
  while (!content.empty()) {
    const size_t end = content.find('\n');
    const size_t octets =
        end == absl::string_view::npos ? content.size() : end + 1;
    line_octets_ += octets;
    if (line_octets_ > options_.max_text_line_octets) long_line_ = true;
    if (end != absl::string_view::npos) line_octets_ = 0;
    content.remove_prefix(octets);
  }
}

}  // namespace mailsec::smtp
