#include "mailcore/smtp/line_buffer.h"

namespace mailsec::smtp {

void LineBuffer::Append(absl::string_view octets) {
  if (begin_ > 0) {
    buffer_.erase(0, begin_);
    begin_ = 0;
  }
  buffer_.append(octets.data(), octets.size());
}

void LineBuffer::Consume(size_t octets) {
  begin_ += octets;
  searched_ = 0;
}

void LineBuffer::Clear() {
  buffer_.clear();
  begin_ = searched_ = skipped_ = 0;
  skipping_ = false;
  head_.clear();
}

LineBuffer::Line LineBuffer::Next(size_t max_octets) {
  if (skipping_) return Skip();
  const absl::string_view text = unread();
  const size_t end = text.find('\n', searched_);
  const size_t octets = end == absl::string_view::npos ? text.size() : end + 1;
  if (octets > max_octets ||
      (end == absl::string_view::npos && octets == max_octets)) {
    skipping_ = true;
    skipped_ = 0;
    skipped_cr_ = false;
    head_.clear();
    return Skip();
  }
  if (end == absl::string_view::npos) {
    searched_ = text.size();
    return {Status::kNone, {}, false};
  }
  Consume(octets);
  const bool bare_lf = end == 0 || text[end - 1] != '\r';
  return {Status::kLine, text.substr(0, bare_lf ? end : end - 1), bare_lf};
}

LineBuffer::Line LineBuffer::Skip() {
  const absl::string_view text = unread();
  const size_t end = text.find('\n');
  const bool whole = end != absl::string_view::npos;
  const size_t octets = whole ? end + 1 : text.size();
  if (octets > (whole ? 1 : 0)) {
    skipped_cr_ = text[octets - (whole ? 2 : 1)] == '\r';
  }
  for (size_t i = 0; i < octets && head_.size() < kHeadOctets; ++i) {
    const bool blank = text[i] == ' ' || text[i] == '\t';
    if (!blank || !head_.empty()) head_ += text[i];
  }
  skipped_ += octets;
  Consume(octets);
  if (skipped_ > kEndlessOctets) return {Status::kEndless, {}, false};
  if (!whole) return {Status::kNone, {}, false};
  skipping_ = false;
  return {Status::kTooLong, head_, !skipped_cr_};
}

void LineBuffer::Shrink() {
  if (size() > 0) return;
  buffer_.clear();
  begin_ = searched_ = 0;
  // Assigning an empty string would keep the capacity.
  std::string().swap(buffer_);
}

}  // namespace mailsec::smtp
