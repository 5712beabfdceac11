// Property: however it is cut, and whatever the engine, DataDecoder says what
// the obvious decoder says; and what DataEncoder makes of the content has one
// end and decodes to the content with its line ends made CRLF.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "mailcore/smtp/data_decoder.h"
#include "mailcore/smtp/data_encoder.h"
#include "tests/smtp/slow_data_decoder.h"

namespace mailsec::smtp {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

std::string Decode(DataDecoder& decoder, absl::string_view input, size_t step,
                   size_t& consumed) {
  std::string out;
  while (!input.empty() && !decoder.done()) {
    absl::string_view piece = input.substr(0, step);
    input.remove_prefix(piece.size());
    while (!piece.empty() && !decoder.done()) {
      const DataDecoder::Piece p = decoder.Next(piece);
      out.append(p.content.data(), p.content.size());
      consumed += p.consumed;
      piece.remove_prefix(p.consumed);
    }
  }
  return out;
}

void Check(absl::string_view input, size_t step, ScanEngine engine) {
  const SlowDecoded want = SlowDecode(input);
  for (LineEndPolicy policy :
       {LineEndPolicy::kRefuse, LineEndPolicy::kNormalise}) {
    DataDecoder decoder(policy, Framing::kDotStuffed, engine);
    size_t consumed = 0;
    const std::string content = Decode(decoder, input, step, consumed);
    Require(decoder.done() == want.done && consumed == want.consumed);
    Require(decoder.faults() == want.faults);
    if (!want.done) continue;
    if (policy == LineEndPolicy::kNormalise) {
      Require(content == SlowNormalise(want.content));
    } else if (!want.faults.any()) {
      Require(content == want.content);
    }
  }
  DataEncoder encoder(Framing::kDotStuffed, engine);
  std::string wire;
  for (size_t i = 0; i < input.size(); i += step) {
    encoder.Encode(input.substr(i, step), &wire);
  }
  encoder.Finish(&wire);
  const SlowDecoded back = SlowDecode(wire);
  Require(back.done && back.consumed == wire.size());
  Require(!back.faults.bare_cr && !back.faults.bare_lf);
  std::string whole = SlowNormalise(input);
  if (!whole.empty() && whole.back() != '\n') whole += "\r\n";
  Require(back.content == whole);
}

}  // namespace
}  // namespace mailsec::smtp

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using mailsec::smtp::ScanEngine;
  if (size == 0) return 0;
  const absl::string_view input(reinterpret_cast<const char*>(data) + 1,
                                size - 1);
  const size_t step = data[0] == 0 ? size : data[0];
  for (ScanEngine engine : {ScanEngine::kPortable, ScanEngine::kAvx2}) {
    if (mailsec::smtp::IsScanEngineSupported(engine)) {
      mailsec::smtp::Check(input, step, engine);
    }
  }
  return 0;
}
