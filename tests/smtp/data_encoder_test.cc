#include "mailcore/smtp/data_encoder.h"

#include <cstdint>
#include <random>
#include <string>

#include "gtest/gtest.h"
#include "tests/smtp/slow_data_decoder.h"

namespace mailsec::smtp {
namespace {

std::string Encode(absl::string_view content, uint64_t cuts, ScanEngine engine,
                   Framing framing = Framing::kDotStuffed) {
  DataEncoder encoder(framing, engine);
  std::string wire;
  size_t begin = 0;
  for (size_t end = 1; end <= content.size(); ++end) {
    if (end < content.size() && !(end < 65 && (cuts >> (end - 1) & 1))) {
      continue;
    }
    encoder.Encode(content.substr(begin, end - begin), &wire);
    begin = end;
  }
  encoder.Finish(&wire);
  return wire;
}

// What a decoder has to find again: CRLF everywhere, also at the end.
std::string Whole(absl::string_view content) {
  std::string whole = SlowNormalise(content);
  if (!whole.empty() && whole.back() != '\n') whole += "\r\n";
  return whole;
}

bool ComesBack(absl::string_view content, uint64_t cuts, ScanEngine engine) {
  const std::string wire = Encode(content, cuts, engine);
  const SlowDecoded got = SlowDecode(wire);
  return got.done && got.consumed == wire.size() && !got.faults.bare_cr &&
         !got.faults.bare_lf && got.content == Whole(content) &&
         Encode(content, cuts, engine, Framing::kCounted) ==
             SlowNormalise(content);
}

class DataEncoderTest : public testing::TestWithParam<ScanEngine> {
 protected:
  void SetUp() override {
    if (!IsScanEngineSupported(GetParam())) {
      GTEST_SKIP() << "this machine has no such engine";
    }
  }
};

INSTANTIATE_TEST_SUITE_P(Engines, DataEncoderTest,
                         testing::Values(ScanEngine::kPortable,
                                         ScanEngine::kAvx2));

// SMUG-08 Whatever is stored, the wire has one end and no bare CR or LF.
TEST_P(DataEncoderTest, AllShortStringsComeBackNormalised) {
  constexpr char kAlphabet[] = {'\r', '\n', '.', 'a', '\0'};
  for (size_t length = 0; length <= 7; ++length) {
    size_t count = 1;
    for (size_t i = 0; i < length; ++i) count *= 5;
    for (size_t n = 0; n < count; ++n) {
      std::string content;
      for (size_t i = 0, rest = n; i < length; ++i, rest /= 5) {
        content += kAlphabet[rest % 5];
      }
      for (uint64_t cuts = 0; cuts < (1u << (length > 0 ? length - 1 : 0));
           ++cuts) {
        ASSERT_TRUE(ComesBack(content, cuts, GetParam()))
            << testing::PrintToString(content) << " cut " << cuts;
      }
    }
  }
}

TEST_P(DataEncoderTest, LongStringsComeBackNormalised) {
  std::mt19937 random(20261125);
  const std::string parts[] = {"\r\n", "\r\n.", "\r\n", "\n", "\r", ".", "\n."};
  for (int round = 0; round < 5000; ++round) {
    std::string content;
    while (content.size() < 1400) {
      content.append(random() % 90, 'x');
      content += parts[random() % (round % 2 == 0 ? 7 : 3)];
    }
    ASSERT_TRUE(ComesBack(content, random(), GetParam()))
        << testing::PrintToString(content);
  }
}

}  // namespace
}  // namespace mailsec::smtp
