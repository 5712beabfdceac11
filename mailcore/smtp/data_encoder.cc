#include "mailcore/smtp/data_encoder.h"

#include <algorithm>

namespace mailsec::smtp {
namespace {

// After an unusual octet, this many are looked at one by one before the
// scanner is tried again.
constexpr size_t kSlowOctets = 32;

}  // namespace

DataEncoder::DataEncoder(Framing framing, ScanEngine engine)
    : framing_(framing), engine_(engine) {}

void DataEncoder::Encode(absl::string_view content, std::string* wire) {
  size_t at = 0;
  while (at < content.size()) {
    if (at > 0 && !(state_ == State::kLineStart && content[at] == '.')) {
      bool has_8bit = false;
      const size_t passed =
          OrdinaryOctets(engine_, content, at, nullptr, &has_8bit);
      if (passed > 0) {
        wire->append(content.data() + at, passed);
        at += passed;
        const char last = content[at - 1];
        state_ = last == '\n'   ? State::kLineStart
                 : last == '\r' ? State::kCr
                                : State::kMid;
      }
    }
    const size_t stop = std::min(content.size(), at + kSlowOctets);
    for (; at < stop; ++at) Look(content[at], wire);
  }
}

void DataEncoder::Look(char c, std::string* wire) {
  if (state_ == State::kCr) {
    *wire += '\n';
    state_ = State::kLineStart;
    if (c == '\n') return;
  }
  if (c == '\n') {
    wire->append("\r\n");
    state_ = State::kLineStart;
    return;
  }
  if (c == '.' && state_ == State::kLineStart &&
      framing_ == Framing::kDotStuffed) {
    *wire += '.';
  }
  *wire += c;
  state_ = c == '\r' ? State::kCr : State::kMid;
}

void DataEncoder::Finish(std::string* wire) {
  if (state_ == State::kCr) {
    *wire += '\n';
    state_ = State::kLineStart;
  }
  if (framing_ == Framing::kCounted) return;
  if (state_ == State::kMid) wire->append("\r\n");
  wire->append(".\r\n");
  state_ = State::kLineStart;
}

}  // namespace mailsec::smtp
