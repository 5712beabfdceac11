#include "mailcore/smtp/data_decoder.h"

#include <cstdio>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "gtest/gtest.h"
#include "mailcore/smtp/data_encoder.h"
#include "tests/smtp/slow_data_decoder.h"

namespace mailsec::smtp {
namespace {

struct Decoded {
  bool done = false;
  size_t consumed = 0;
  std::string content;
  ContentFaults faults;
  bool has_8bit = false;
};

// Feeds `input` in pieces: bit i of `cuts` cuts after octet i.
Decoded Decode(DataDecoder decoder, absl::string_view input, uint64_t cuts) {
  Decoded out;
  size_t begin = 0;
  for (size_t end = 1; end <= input.size() && !decoder.done(); ++end) {
    if (end < input.size() && !(end < 65 && (cuts >> (end - 1) & 1))) continue;
    absl::string_view piece = input.substr(begin, end - begin);
    begin = end;
    while (!piece.empty() && !decoder.done()) {
      // Both ways of having the content must give the same.
      std::string copy(piece.size() + 2, '\0');
      DataDecoder copier = decoder;
      const DataDecoder::Piece p = decoder.Next(piece);
      const DataDecoder::Piece c = copier.NextInto(piece, copy.data());
      if (c.content != p.content || c.consumed != p.consumed) return {};
      out.content.append(p.content.data(), p.content.size());
      out.consumed += p.consumed;
      piece.remove_prefix(p.consumed);
    }
  }
  out.done = decoder.done();
  out.faults = decoder.faults();
  out.has_8bit = decoder.has_8bit();
  return out;
}

class DataDecoderTest : public testing::TestWithParam<ScanEngine> {
 protected:
  void SetUp() override {
    if (!IsScanEngineSupported(GetParam())) {
      GTEST_SKIP() << "this machine has no such engine";
    }
  }

  Decoded Run(absl::string_view input, uint64_t cuts = 0,
              LineEndPolicy policy = LineEndPolicy::kRefuse) {
    return Decode(DataDecoder(policy, Framing::kDotStuffed, GetParam()), input,
                  cuts);
  }

  // Nothing of what a decoder says may differ from its twin. True if all is
  // well.
  bool Agrees(absl::string_view input, uint64_t cuts) {
    const SlowDecoded want = SlowDecode(input);
    const Decoded strict = Run(input, cuts);
    if (strict.done != want.done || strict.consumed != want.consumed ||
        !(strict.faults == want.faults)) {
      return false;
    }
    // What is still held back at the end of a cut input is no fault.
    if (want.done && !want.faults.any() && strict.content != want.content) {
      return false;
    }
    const Decoded lax = Run(input, cuts, LineEndPolicy::kNormalise);
    return lax.done == want.done && lax.consumed == want.consumed &&
           lax.faults == want.faults &&
           (!want.done || lax.content == SlowNormalise(want.content));
  }
};

INSTANTIATE_TEST_SUITE_P(Engines, DataDecoderTest,
                         testing::Values(ScanEngine::kPortable,
                                         ScanEngine::kAvx2),
                         [](const auto& info) {
                           return info.param == ScanEngine::kAvx2 ? "Avx2"
                                                                  : "Portable";
                         });

// House rule 21. Cutting is exhaustive as well.
TEST_P(DataDecoderTest, AgreesWithTheSlowTwinOnAllShortStringsCutAnywhere) {
  constexpr char kAlphabet[] = {'\r', '\n', '.', 'a', '\0'};
  uint64_t strings = 0;
  uint64_t runs = 0;
  for (size_t length = 1; length <= 7; ++length) {
    size_t count = 1;
    for (size_t i = 0; i < length; ++i) count *= 5;
    for (size_t n = 0; n < count; ++n) {
      std::string input;
      for (size_t i = 0, rest = n; i < length; ++i, rest /= 5) {
        input += kAlphabet[rest % 5];
      }
      ++strings;
      for (uint64_t cuts = 0; cuts < (1u << (length - 1)); ++cuts, ++runs) {
        ASSERT_TRUE(Agrees(input, cuts))
            << testing::PrintToString(input) << " cut " << cuts;
      }
    }
  }
  EXPECT_EQ(strings, 97655u);
  std::printf("%llu strings, %llu ways of cutting\n",
              static_cast<unsigned long long>(strings),
              static_cast<unsigned long long>(runs));
}

// Mostly clean lines, so that whole vectors are passed, with each fault at
// each place of a vector sooner or later.
TEST_P(DataDecoderTest, AgreesWithTheSlowTwinOnLongStrings) {
  std::mt19937 random(20261125);
  const std::vector<std::string> parts = {"\r\n",
                                          "\r\n",
                                          "\r\n",
                                          ".",
                                          "\r\n.",
                                          "\n",
                                          "\r",
                                          "\xC3\xB6",
                                          "a",
                                          "bcd",
                                          std::string(1, '\0')};
  for (int round = 0; round < 20000; ++round) {
    std::string input;
    while (input.size() < 1400) {
      input.append(random() % 90, 'x');
      input +=
          round % 4 == 0 ? parts[random() % parts.size()] : parts[random() % 5];
    }
    if (round % 2 == 0) input += "\r\n.\r\nQUIT\r\n";
    const uint64_t cuts = round % 3 == 0 ? random() : 0;
    ASSERT_TRUE(Agrees(input, cuts))
        << round << " " << testing::PrintToString(input);
  }
}

TEST_P(DataDecoderTest, SeesAFaultAtEveryPlace) {
  const std::string line(78, 'x');
  std::string clean;
  for (int i = 0; i < 20; ++i) clean += line + "\r\n";
  for (size_t at = 0; at < clean.size(); ++at) {
    for (char c : {'\r', '\n', '\0', '\xC3', '.'}) {
      std::string input = clean + ".\r\n";
      input[at] = c;
      ASSERT_TRUE(Agrees(input, 0)) << at << " " << int{c};
      ASSERT_EQ(Run(input).has_8bit, c == '\xC3') << at;
    }
  }
}

struct ContentCase {
  const char* name;
  absl::string_view sent;
  absl::string_view content;
};

class DataContentTest : public testing::TestWithParam<ContentCase> {};

TEST_P(DataContentTest, DecodesHoweverItIsCut) {
  const ContentCase& c = GetParam();
  for (uint64_t cuts = 0; cuts < (1u << (c.sent.size() - 1)); ++cuts) {
    const Decoded got = Decode(DataDecoder(), c.sent, cuts);
    ASSERT_TRUE(got.done);
    ASSERT_EQ(got.content, c.content);
    ASSERT_FALSE(got.faults.any());
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, DataContentTest,
    testing::Values(ContentCase{"Smug07EndCutAnywhere", "a\r\n.\r\n", "a\r\n"},
                    ContentCase{"Smug12OneDotAtTheStartOfALineOnly",
                                "..\r\n...a\r\n .\r\nb.\r\n.\r\n",
                                ".\r\n..a\r\n .\r\nb.\r\n"},
                    ContentCase{"Smug13Empty", ".\r\n", ""},
                    ContentCase{"Smug13OnlyAnEmptyLine", "\r\n.\r\n", "\r\n"},
                    ContentCase{"Smug13HeaderOnly", "h: v\r\n.\r\n",
                                "h: v\r\n"}),
    [](const auto& info) { return std::string(info.param.name); });

// A hop that takes bare LF for a line end must not find an end that we do not
// know of: what was `\n.\n` goes on as `\r\n..\r\n`.
TEST(DataDecoderNormaliseTest, SmuggledEndIsStuffedWhenSentOn) {
  const Decoded got =
      Decode(DataDecoder(LineEndPolicy::kNormalise), "a\n.\nb\r\n.\r\n", 0);
  EXPECT_EQ(got.content, "a\r\n.\r\nb\r\n");
  std::string wire;
  DataEncoder encoder;
  encoder.Encode(got.content, &wire);
  encoder.Finish(&wire);
  EXPECT_EQ(wire, "a\r\n..\r\nb\r\n.\r\n");
}

TEST(DataDecoderCountedTest, LeavesDotsAloneAndHasNoEnd) {
  DataDecoder decoder(LineEndPolicy::kRefuse, Framing::kCounted);
  const Decoded got = Decode(decoder, "a\r\n.\r\nb\r\n..\r\n", 0);
  EXPECT_FALSE(got.done);
  EXPECT_FALSE(got.faults.any());
  EXPECT_EQ(got.content, "a\r\n.\r\nb\r\n..\r\n");
}

TEST(DataDecoderCountedTest, ALastCrIsBare) {
  DataDecoder decoder(LineEndPolicy::kNormalise, Framing::kCounted);
  EXPECT_EQ(decoder.Next("a\r").content, "a\r");
  EXPECT_EQ(decoder.Finish(), "\n");
  EXPECT_TRUE(decoder.faults().bare_cr);
}

}  // namespace
}  // namespace mailsec::smtp
