#include "mailcore/smtp/data_decoder.h"

#include <algorithm>

namespace mailsec::smtp {
namespace {

// After an unusual octet, this many are looked at one by one before the
// scanner is tried again.
constexpr size_t kSlowOctets = 32;

}  // namespace

DataDecoder::DataDecoder(LineEndPolicy policy, Framing framing,
                         ScanEngine engine)
    : policy_(policy), framing_(framing), engine_(engine) {}

DataDecoder::Piece DataDecoder::Next(absl::string_view input) {
  return Decode(input, nullptr);
}

DataDecoder::Piece DataDecoder::NextInto(absl::string_view input, char* out) {
  Piece piece = Decode(input, out);
  if (piece.content.data() == insert_.data()) {
    std::copy(piece.content.begin(), piece.content.end(), out);
  }
  piece.content = absl::string_view(out, piece.content.size());
  return piece;
}

// If `out` is not null, what is content is copied there as it is passed.
DataDecoder::Piece DataDecoder::Decode(absl::string_view input, char* out) {
  size_t run = 0;  // Where the content that is not yet returned begins.
  size_t at = 0;
  while (at < input.size()) {
    if (at > 0 && CanScan(input[at])) {
      char* const to = out == nullptr ? nullptr : out + (at - run);
      const size_t passed = OrdinaryOctets(engine_, input, at, to, &has_8bit_);
      ScannedTo(input.substr(at, passed));
      at += passed;
    }
    const size_t stop =
        std::min(input.size(), at + (at == 0 ? 1 : kSlowOctets));
    while (at < stop) {
      switch (Look(input[at])) {
        case Action::kKeep:
          if (out != nullptr) out[at - run] = input[at];
          ++at;
          break;
        case Action::kLeaveOut:
          ++at;
          if (done() || at - 1 > run) {
            return {at, input.substr(run, at - 1 - run)};
          }
          run = at;
          break;
        case Action::kInsert:
          // What stands before it goes first; the octet is seen again, in the
          // same state, by the next call.
          if (at > run) return {at, input.substr(run, at - run)};
          return {at, Insert()};
      }
    }
  }
  return {at, input.substr(run)};
}

absl::string_view DataDecoder::Insert() {
  const bool before_lf = state_ == State::kMid || state_ == State::kLineStart;
  state_ = before_lf ? State::kAddedCr : State::kMid;
  return insert_;
}

absl::string_view DataDecoder::Finish() {
  if (state_ != State::kCr) return {};
  faults_.bare_cr = true;
  state_ = State::kMid;
  return policy_ == LineEndPolicy::kNormalise ? "\n" : "";
}

// The scanner judges an octet by the one before it, so the state must follow
// from that octet alone.
bool DataDecoder::CanScan(char next) const {
  switch (state_) {
    case State::kMid:
    case State::kCr:
      return true;
    case State::kLineStart:
      return next != '.';
    case State::kAddedCr:
    case State::kDot:
    case State::kDotCr:
    case State::kDone:
      return false;
  }
  return false;
}

void DataDecoder::ScannedTo(absl::string_view passed) {
  if (passed.empty()) return;
  switch (passed.back()) {
    case '\n':
      state_ = State::kLineStart;
      break;
    case '\r':
      state_ = State::kCr;
      break;
    default:
      state_ = State::kMid;
  }
}

DataDecoder::Action DataDecoder::Look(char c) {
  switch (state_) {
    case State::kLineStart:
      if (c == '.' && framing_ == Framing::kDotStuffed) {
        state_ = State::kDot;
        return Action::kLeaveOut;
      }
      break;
    case State::kCr:
      return LookAfterCr(c);
    case State::kAddedCr:
      state_ = State::kMid;
      return Action::kKeep;
    case State::kDot:
      if (c == '\r') {
        state_ = State::kDotCr;
        return Action::kLeaveOut;
      }
      break;
    case State::kDotCr:
      return LookAfterDotCr(c);
    case State::kMid:
    case State::kDone:
      break;
  }
  if (c == '\n') return BareLf();
  if (c == '\0') faults_.nul = true;
  if (static_cast<unsigned char>(c) > 0x7F) has_8bit_ = true;
  state_ = c == '\r' ? State::kCr : State::kMid;
  return Action::kKeep;
}

DataDecoder::Action DataDecoder::LookAfterCr(char c) {
  if (c == '\n') {
    state_ = State::kLineStart;
    return Action::kKeep;
  }
  faults_.bare_cr = true;
  if (policy_ == LineEndPolicy::kNormalise) {
    insert_ = "\n";
    return Action::kInsert;
  }
  state_ = State::kMid;
  return Look(c);
}

DataDecoder::Action DataDecoder::LookAfterDotCr(char c) {
  if (c == '\n') {
    state_ = State::kDone;
    return Action::kLeaveOut;
  }
  faults_.bare_cr = true;
  if (policy_ == LineEndPolicy::kNormalise) {
    insert_ = "\r\n";
    return Action::kInsert;
  }
  state_ = State::kMid;
  return Look(c);
}

DataDecoder::Action DataDecoder::BareLf() {
  faults_.bare_lf = true;
  if (policy_ == LineEndPolicy::kNormalise) {
    if (state_ == State::kDot) state_ = State::kMid;
    insert_ = "\r";
    return Action::kInsert;
  }
  state_ = State::kMid;
  return Action::kKeep;
}

}  // namespace mailsec::smtp
