#include "mailcore/spool/record.h"

#include <bit>
#include <cstring>

#include "mailcore/spool/crc32c.h"

namespace mailsec::spool {
namespace {

static_assert(std::endian::native == std::endian::little,
              "the format is little-endian");

constexpr absl::string_view kMagic("mailsec1", 8);

// Fields of a segment header: magic 0, number 8, salt 16, key id 32, next id
// 40, key check 48, checksum of all before it 64.
constexpr size_t kKeyCheckAt = 48;
constexpr size_t kHeaderCrcAt = kKeyCheckAt + kKeyCheckOctets;

// Flags in octet 5 of a head.
constexpr uint8_t kHeldFlag = 1;
constexpr uint8_t kWholeFlag = 2;

template <typename T>
void Put(char* at, T value) {
  std::memcpy(at, &value, sizeof(value));
}

template <typename T>
T Get(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof(value));
  return value;
}

uint32_t HeadCrc(const char* head, const SegmentHeader& segment,
                 uint64_t offset) {
  char place[16];
  Put(place, segment.number);
  Put(place + 8, offset);
  const uint32_t seed =
      Crc32c(absl::string_view(place, sizeof(place)), Crc32c(segment.salt));
  return Crc32c(absl::string_view(head + 4, kHeadOctets - 4), seed);
}

bool IsWithinBounds(const RecordHead& head, uint64_t offset,
                    uint64_t segment_octets) {
  const uint64_t index_octets = uint64_t{head.index} * kHeadOctets;
  if (head.index >= head.count || index_octets > offset) return false;
  const uint64_t start = offset - index_octets;
  const uint64_t payload_end = uint64_t{head.payload_offset} +
                               head.envelope_octets + head.content_octets;
  return start % kBlockOctets == 0 && start >= kFirstBatch &&
         head.batch_octets > 0 && head.batch_octets % kBlockOctets == 0 &&
         head.batch_octets <= segment_octets &&
         start <= segment_octets - head.batch_octets &&
         uint64_t{head.count} * kHeadOctets <= head.payload_offset &&
         payload_end <= head.batch_octets;
}

}  // namespace

std::string EncodeSegmentHeader(const SegmentHeader& header) {
  std::string block(kBlockOctets, '\0');
  std::memcpy(&block[0], kMagic.data(), kMagic.size());
  Put(&block[8], header.number);
  std::memcpy(&block[16], header.salt.data(), kSaltOctets);
  Put(&block[32], header.key_id);
  Put(&block[40], header.next_id);
  if (header.key_id != 0) {
    std::memcpy(&block[kKeyCheckAt], header.key_check.data(), kKeyCheckOctets);
  }
  Put(&block[kHeaderCrcAt],
      Crc32c(absl::string_view(block.data(), kHeaderCrcAt)));
  return block;
}

std::optional<SegmentHeader> DecodeSegmentHeader(absl::string_view block) {
  if (block.size() < kHeaderCrcAt + 4 ||
      block.substr(0, kMagic.size()) != kMagic ||
      Get<uint32_t>(block.data() + kHeaderCrcAt) !=
          Crc32c(block.substr(0, kHeaderCrcAt))) {
    return std::nullopt;
  }
  const char* p = block.data();
  SegmentHeader header = {.number = Get<uint64_t>(p + 8),
                          .salt = std::string(p + 16, kSaltOctets),
                          .key_id = Get<uint32_t>(p + 32),
                          .key_check = "",
                          .next_id = Get<uint64_t>(p + 40)};
  if (header.key_id != 0) {
    header.key_check.assign(p + kKeyCheckAt, kKeyCheckOctets);
  }
  return header;
}

void EncodeRecordHead(const RecordHead& head, const SegmentHeader& segment,
                      uint64_t offset, char* out) {
  std::memset(out, 0, kHeadOctets);
  out[4] = static_cast<char>(head.type);
  out[5] = static_cast<char>((head.held ? kHeldFlag : 0) |
                             (head.whole ? kWholeFlag : 0));
  std::memcpy(out + 8, segment.salt.data(), 8);
  Put(out + 16, head.id);
  Put(out + 24, head.version);
  Put(out + 28, head.attempts);
  Put(out + 32, head.received);
  Put(out + 40, head.next_attempt);
  Put(out + 48, head.octets);
  Put(out + 56, head.index);
  Put(out + 60, head.count);
  Put(out + 64, head.batch_octets);
  Put(out + 68, head.payload_offset);
  Put(out + 72, head.envelope_octets);
  Put(out + 76, head.envelope_crc);
  Put(out + 80, head.content_octets);
  Put(out + 84, head.content_crc);
  Put(out, HeadCrc(out, segment, offset));
}

std::optional<RecordHead> DecodeRecordHead(absl::string_view octets,
                                           const SegmentHeader& segment,
                                           uint64_t offset,
                                           uint64_t segment_octets) {
  if (octets.size() < kHeadOctets || segment.salt.size() != kSaltOctets ||
      octets.substr(8, 8) != absl::string_view(segment.salt).substr(0, 8) ||
      Get<uint32_t>(octets.data()) != HeadCrc(octets.data(), segment, offset)) {
    return std::nullopt;
  }
  const char* p = octets.data();
  const uint8_t type = static_cast<uint8_t>(p[4]);
  if (type < 1 || type > static_cast<uint8_t>(RecordType::kClose)) {
    return std::nullopt;
  }
  const RecordHead head = {.type = static_cast<RecordType>(type),
                           .held = (p[5] & kHeldFlag) != 0,
                           .whole = (p[5] & kWholeFlag) != 0,
                           .id = Get<uint64_t>(p + 16),
                           .version = Get<uint32_t>(p + 24),
                           .attempts = Get<uint32_t>(p + 28),
                           .received = Get<int64_t>(p + 32),
                           .next_attempt = Get<int64_t>(p + 40),
                           .octets = Get<uint64_t>(p + 48),
                           .index = Get<uint32_t>(p + 56),
                           .count = Get<uint32_t>(p + 60),
                           .batch_octets = Get<uint32_t>(p + 64),
                           .payload_offset = Get<uint32_t>(p + 68),
                           .envelope_octets = Get<uint32_t>(p + 72),
                           .envelope_crc = Get<uint32_t>(p + 76),
                           .content_octets = Get<uint32_t>(p + 80),
                           .content_crc = Get<uint32_t>(p + 84)};
  if (!IsWithinBounds(head, offset, segment_octets)) return std::nullopt;
  return head;
}

}  // namespace mailsec::spool
