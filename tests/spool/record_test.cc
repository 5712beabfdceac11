// A record's head counts at one place of one life of one segment only.

#include "mailcore/spool/record.h"

#include <string>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace mailsec::spool {
namespace {

constexpr uint64_t kSegmentOctets = 64 << 10;
// The second head of a batch of three, which starts at the fifth block.
constexpr uint64_t kBatch = 4 * kBlockOctets;
constexpr uint64_t kOffset = kBatch + kHeadOctets;
constexpr absl::string_view kSalt("0123456789abcdef");

SegmentHeader Segment(uint64_t number, absl::string_view salt) {
  SegmentHeader header;
  header.number = number;
  header.salt = std::string(salt.data(), salt.size());
  return header;
}

RecordHead Head() {
  RecordHead head;
  head.type = RecordType::kMessage;
  head.held = true;
  head.id = 0x0102030405060708;
  head.version = 3;
  head.attempts = 4;
  head.received = 1764064800000000;
  head.next_attempt = 1764064800000001;
  head.octets = 100;
  head.index = 1;
  head.count = 3;
  head.batch_octets = 2 * kBlockOctets;
  head.payload_offset = 3 * kHeadOctets;
  head.envelope_octets = 50;
  head.envelope_crc = 0x11223344;
  head.content_octets = 100;
  head.content_crc = 0x55667788;
  return head;
}

std::string Encode(const RecordHead& head) {
  std::string octets(kHeadOctets, '\0');
  EncodeRecordHead(head, Segment(7, kSalt), kOffset, octets.data());
  return octets;
}

TEST(RecordTest, SaysWhatWasEncoded) {
  const RecordHead want = Head();
  const auto got = DecodeRecordHead(Encode(want), Segment(7, kSalt), kOffset,
                                    kSegmentOctets);
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(got->type, want.type);
  EXPECT_EQ(got->held, want.held);
  EXPECT_EQ(got->id, want.id);
  EXPECT_EQ(got->version, want.version);
  EXPECT_EQ(got->attempts, want.attempts);
  EXPECT_EQ(got->received, want.received);
  EXPECT_EQ(got->next_attempt, want.next_attempt);
  EXPECT_EQ(got->octets, want.octets);
  EXPECT_EQ(got->index, want.index);
  EXPECT_EQ(got->count, want.count);
  EXPECT_EQ(got->batch_octets, want.batch_octets);
  EXPECT_EQ(got->payload_offset, want.payload_offset);
  EXPECT_EQ(got->envelope_octets, want.envelope_octets);
  EXPECT_EQ(got->envelope_crc, want.envelope_crc);
  EXPECT_EQ(got->content_octets, want.content_octets);
  EXPECT_EQ(got->content_crc, want.content_crc);
}

// The same octets, read elsewhere.
struct PlaceCase {
  const char* name;
  uint64_t number;
  absl::string_view salt;
  uint64_t offset;
  uint64_t segment_octets;
  bool want;
} constexpr kPlaceCases[] = {
    {"ItsOwnPlaceCounts", 7, kSalt, kOffset, kSegmentOctets, true},
    {"ALargerSegmentCounts", 7, kSalt, kOffset, 2 * kSegmentOctets, true},
    {"AnEndRightBehindItsBatchCounts", 7, kSalt, kOffset,
     kBatch + 2 * kBlockOctets, true},
    {"AnEndInsideItsBatchIsRefused", 7, kSalt, kOffset, kBatch + kBlockOctets,
     false},
    {"TheHeadInFrontIsRefused", 7, kSalt, kBatch, kSegmentOctets, false},
    {"TheHeadBehindIsRefused", 7, kSalt, kOffset + kHeadOctets, kSegmentOctets,
     false},
    {"ABlockFurtherIsRefused", 7, kSalt, kOffset + kBlockOctets, kSegmentOctets,
     false},
    {"ABlockEarlierIsRefused", 7, kSalt, kOffset - kBlockOctets, kSegmentOctets,
     false},
    {"AnOffsetThatDiffersAbove32BitsIsRefused", 7, kSalt,
     kOffset + (uint64_t{1} << 32), uint64_t{1} << 40, false},
    {"TheNextSegmentIsRefused", 8, kSalt, kOffset, kSegmentOctets, false},
    {"ANumberThatDiffersAbove32BitsIsRefused", 7 + (uint64_t{1} << 32), kSalt,
     kOffset, kSegmentOctets, false},
    {"AnotherSaltIsRefused", 7, "fedcba9876543210", kOffset, kSegmentOctets,
     false},
    {"ASaltWithTheSameStartIsRefused", 7, "0123456789abcdeF", kOffset,
     kSegmentOctets, false},
    {"ASaltWithTheSameEndIsRefused", 7, "X123456789abcdef", kOffset,
     kSegmentOctets, false},
    {"AnEmptySaltIsRefused", 7, "", kOffset, kSegmentOctets, false},
};

class RecordPlaceTest : public testing::TestWithParam<PlaceCase> {};

TEST_P(RecordPlaceTest, Decodes) {
  const PlaceCase& c = GetParam();
  EXPECT_EQ(DecodeRecordHead(Encode(Head()), Segment(c.number, c.salt),
                             c.offset, c.segment_octets)
                .has_value(),
            c.want);
}

INSTANTIATE_TEST_SUITE_P(Table, RecordPlaceTest, testing::ValuesIn(kPlaceCases),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

TEST(RecordTest, RefusesEachFlippedBit) {
  const std::string whole = Encode(Head());
  for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] ^= 1 << (bit % 8);
    EXPECT_FALSE(
        DecodeRecordHead(flipped, Segment(7, kSalt), kOffset, kSegmentOctets))
        << "bit " << bit;
  }
}

TEST(RecordTest, RefusesEachCut) {
  const std::string whole = Encode(Head());
  for (size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(DecodeRecordHead(absl::string_view(whole).substr(0, length),
                                  Segment(7, kSalt), kOffset, kSegmentOctets))
        << length;
  }
}

// Checksums that are right do not make a head right: one bound each.
struct BoundsCase {
  const char* name;
  void (*change)(RecordHead& head);
  bool want;
} constexpr kBoundsCases[] = {
    {"AsItIs", [](RecordHead&) {}, true},
    {"PayloadUpToTheEndOfTheBatch",
     [](RecordHead& h) {
       h.content_octets = h.batch_octets - h.payload_offset - 50;
     },
     true},
    {"PayloadBeyondTheBatch",
     [](RecordHead& h) {
       h.content_octets = h.batch_octets - h.payload_offset - 49;
     },
     false},
    {"PayloadWhoseSumExceeds32Bits",
     [](RecordHead& h) { h.envelope_octets = h.content_octets = UINT32_MAX; },
     false},
    {"PayloadInsideTheHeads",
     [](RecordHead& h) { h.payload_offset = 3 * kHeadOctets - 1; }, false},
    {"IndexBehindTheLast", [](RecordHead& h) { h.count = 1; }, false},
    {"IndexOfAnotherPlace", [](RecordHead& h) { h.index = 2; }, false},
    {"MoreHeadsThanTheBatchHolds", [](RecordHead& h) { h.count = UINT32_MAX; },
     false},
    {"BatchOfNoOctets", [](RecordHead& h) { h.batch_octets = 0; }, false},
    {"BatchThatIsNoMultipleOfABlock",
     [](RecordHead& h) { h.batch_octets += 1; }, false},
    {"BatchBeyondTheSegment",
     [](RecordHead& h) { h.batch_octets = kSegmentOctets; }, false},
    {"TypeZero", [](RecordHead& h) { h.type = static_cast<RecordType>(0); },
     false},
    {"TypeBehindTheLast",
     [](RecordHead& h) { h.type = static_cast<RecordType>(6); }, false},
};

class RecordBoundsTest : public testing::TestWithParam<BoundsCase> {};

TEST_P(RecordBoundsTest, Decodes) {
  RecordHead head = Head();
  GetParam().change(head);
  EXPECT_EQ(
      DecodeRecordHead(Encode(head), Segment(7, kSalt), kOffset, kSegmentOctets)
          .has_value(),
      GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Table, RecordBoundsTest,
                         testing::ValuesIn(kBoundsCases), [](const auto& info) {
                           return std::string(info.param.name);
                         });

}  // namespace
}  // namespace mailsec::spool
