// How fast is content decoded and copied out, next to memcpy() alone? The
// bound to keep is half of memcpy's rate, in one run, on 64 KiB of 78-octet
// lines.

#include <cstring>
#include <string>

#include "benchmark/benchmark.h"
#include "mailcore/smtp/data_decoder.h"
#include "mailcore/smtp/data_encoder.h"

namespace mailsec::smtp {
namespace {

constexpr size_t kOctets = 64 * 1024;

// Lines of 78 octets with their CRLF; every `dots`-th begins with a dot, which
// is doubled. 0: none does.
std::string Lines(size_t dots) {
  std::string text;
  for (size_t n = 1; text.size() + 80 < kOctets; ++n) {
    const bool dot = dots > 0 && n % dots == 0;
    text += (dot ? ".." : "xx") + std::string(74, 'x') + "\r\n";
  }
  return text + ".\r\n";
}

void Memcpy(benchmark::State& state) {
  const std::string text = Lines(0);
  std::string out(text.size(), '\0');
  for (auto _ : state) {
    std::memcpy(out.data(), text.data(), text.size());
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * text.size());
}
BENCHMARK(Memcpy);

void DecodeAndCopy(benchmark::State& state, ScanEngine engine, size_t dots) {
  const std::string text = Lines(dots);
  std::string out(text.size() + 2, '\0');
  for (auto _ : state) {
    DataDecoder decoder(LineEndPolicy::kRefuse, Framing::kDotStuffed, engine);
    absl::string_view input = text;
    char* to = out.data();
    while (!decoder.done()) {
      const DataDecoder::Piece piece = decoder.NextInto(input, to);
      to += piece.content.size();
      input.remove_prefix(piece.consumed);
    }
    if (decoder.faults().any()) state.SkipWithError("a fault in clean text");
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * text.size());
}
BENCHMARK_CAPTURE(DecodeAndCopy, avx2_no_dots, ScanEngine::kAvx2, 0);
BENCHMARK_CAPTURE(DecodeAndCopy, avx2_dot_each_100th, ScanEngine::kAvx2, 100);
BENCHMARK_CAPTURE(DecodeAndCopy, avx2_dot_each_10th, ScanEngine::kAvx2, 10);
BENCHMARK_CAPTURE(DecodeAndCopy, portable_no_dots, ScanEngine::kPortable, 0);

void EncodeAndCopy(benchmark::State& state) {
  const std::string text = Lines(0);
  std::string wire;
  for (auto _ : state) {
    wire.clear();
    DataEncoder encoder;
    encoder.Encode(text, &wire);
    encoder.Finish(&wire);
    benchmark::DoNotOptimize(wire.data());
  }
  state.SetBytesProcessed(state.iterations() * text.size());
}
BENCHMARK(EncodeAndCopy);

}  // namespace
}  // namespace mailsec::smtp
