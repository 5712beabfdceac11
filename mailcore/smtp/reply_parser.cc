#include "mailcore/smtp/reply_parser.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace mailsec::smtp {
namespace {

// Kept of a reply's text, for logs and notifications. Ours.
constexpr size_t kMaxTextOctets = 2048;

constexpr int kGreeting = 220;
constexpr int kFirstRefusal = 400;

// Takes an enhanced status code off the front of `text` (RFC 2034, 4):
//   class "." subject "." detail SP
// and with it a '#' before it, as some servers write.
EnhancedStatus TakeStatus(absl::string_view& text) {
  absl::string_view word = text.substr(0, text.find(' '));
  const size_t octets = word.size();
  if (!word.empty() && word[0] == '#') word.remove_prefix(1);
  const std::vector<absl::string_view> parts = absl::StrSplit(word, '.');
  if (parts.size() != 3) return {};
  int numbers[3] = {};
  for (int i = 0; i < 3; ++i) {
    if (parts[i].empty() || parts[i].size() > 3) return {};
    for (unsigned char c : parts[i]) {
      if (!absl::ascii_isdigit(c)) return {};
      numbers[i] = numbers[i] * 10 + (c - '0');
    }
  }
  if (numbers[0] != 2 && numbers[0] != 4 && numbers[0] != 5) return {};
  text.remove_prefix(octets);
  if (!text.empty()) text.remove_prefix(1);
  return {numbers[0], numbers[1], numbers[2]};
}

}  // namespace

ReplyParser::ReplyParser(size_t max_reply_octets)
    : max_reply_octets_(max_reply_octets) {}

void ReplyParser::Append(absl::string_view octets) {
  if (begin_ > 0) buffer_.erase(0, std::exchange(begin_, 0));
  buffer_.append(octets.data(), octets.size());
}

ReplyParser::Result ReplyParser::Next() {
  for (;;) {
    const absl::string_view unread = absl::string_view(buffer_).substr(begin_);
    const size_t end = unread.find('\n');
    const bool whole = end != absl::string_view::npos;
    const size_t octets = whole ? end + 1 : unread.size();
    if (reply_octets_ + octets > max_reply_octets_) {
      return {Status::kTooLong, std::nullopt, {}};
    }
    if (!whole) return {Status::kNeedInput, std::nullopt, {}};
    begin_ += octets;
    reply_octets_ += octets;
    absl::string_view line = unread.substr(0, end);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    switch (TakeLine(line)) {
      case Status::kReply:
        return Finish();
      case Status::kMalformed:
        return {Status::kMalformed, std::nullopt, {std::string(line)}};
      case Status::kNeedInput:
      case Status::kTooLong:
        break;
    }
  }
}

// Reply-code = %x32-35 %x30-35 %x30-39; the second digit is taken as it comes.
ReplyParser::Status ReplyParser::TakeLine(absl::string_view line) {
  if (line.size() < 3 || line[0] < '2' || line[0] > '5') {
    return Status::kMalformed;
  }
  int code = 0;
  for (unsigned char c : line.substr(0, 3)) {
    if (!absl::ascii_isdigit(c)) return Status::kMalformed;
    code = code * 10 + (c - '0');
  }
  if (line.size() > 3 && line[3] != ' ' && line[3] != '-') {
    return Status::kMalformed;
  }
  // RFC 5321, 4.2.1: the same code in each line. A greeting is an exception:
  // servers say "220-" while they make up their mind, and the refusal holds.
  if (!lines_.empty() && code != code_) {
    if (code_ != kGreeting || code < kFirstRefusal) return Status::kMalformed;
    lines_.clear();
  }
  code_ = code;
  lines_.emplace_back(line.size() > 4 ? line.substr(4) : "");
  const bool goes_on = line.size() > 3 && line[3] == '-';
  return goes_on ? Status::kNeedInput : Status::kReply;
}

ReplyParser::Result ReplyParser::Finish() {
  EnhancedStatus status;
  std::string text;
  for (absl::string_view line : lines_) {
    const EnhancedStatus found = TakeStatus(line);
    if (status.IsNone()) status = found;
    if (line.empty() || text.size() >= kMaxTextOctets) continue;
    absl::StrAppend(&text, text.empty() ? "" : " ",
                    line.substr(0, kMaxTextOctets - text.size()));
  }
  Result result{Status::kReply, Reply(code_, status, text),
                std::exchange(lines_, {})};
  reply_octets_ = 0;
  return result;
}

}  // namespace mailsec::smtp
