// record.h: which octets of a segment are a record?
//
// FORMAT.md says how these lie on the disk. Nothing here trusts the octets that
// it reads: a head is decoded only if its checksum is right for this place in
// this life of the segment, and if its lengths lie inside its batch and the
// batch inside the segment.
//
//   std::optional<RecordHead> head =
//       DecodeRecordHead(octets, segment, offset, segment_octets);

#ifndef MAILCORE_SPOOL_RECORD_H_
#define MAILCORE_SPOOL_RECORD_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace mailsec::spool {

// Every write starts and ends at a multiple of this, the largest sector that
// disks of today tear: a torn write never hurts what was acknowledged before.
inline constexpr uint64_t kBlockOctets = 4096;
inline constexpr uint64_t kHeadOctets = 96;
inline constexpr uint64_t kSaltOctets = 16;
inline constexpr uint64_t kKeyCheckOctets = 16;
// The header is there twice; records begin behind it.
inline constexpr uint64_t kFirstBatch = 2 * kBlockOctets;

// Thread safety: a value.
struct SegmentHeader {
  uint64_t number = 0;    // Counts up; never used twice in a spool.
  std::string salt;       // Fresh and random for each number.
  uint32_t key_id = 0;    // The key that seals it; 0: not sealed.
  std::string key_check;  // A check of its secret; empty if not sealed.
  uint64_t next_id = 0;   // No queue id given out before is this or higher.
};

enum class RecordType : uint8_t {
  kMessage = 1,   // Envelope and content.
  kBig = 2,       // Envelope; the content is in a file of its own.
  kEnvelope = 3,  // A newer envelope of a message.
  kDone = 4,      // The message is gone; guards segment `octets`.
  kClose = 5,     // Where segment `octets` ends.
};

// Thread safety: a value.
struct RecordHead {
  RecordType type = RecordType::kMessage;
  bool held = false;
  bool whole = false;  // Counts only if its whole batch came to the disk.
  uint64_t id = 0;
  uint32_t version = 0;  // The highest of an id holds.
  uint32_t attempts = 0;
  int64_t received = 0;          // Microseconds since 1970.
  int64_t next_attempt = 0;      // The same; kClose: the sure end.
  uint64_t octets = 0;           // Content in clear, or a segment's number.
  uint32_t index = 0;            // The place of this record in its batch.
  uint32_t count = 0;            // How many records the batch has.
  uint32_t batch_octets = 0;     // A multiple of kBlockOctets.
  uint32_t payload_offset = 0;   // From the start of the batch.
  uint32_t envelope_octets = 0;  // As stored, with the tag if sealed.
  uint32_t envelope_crc = 0;     // 0 if sealed.
  uint32_t content_octets = 0;   // As stored.
  uint32_t content_crc = 0;      // 0 if sealed.
};

std::string EncodeSegmentHeader(const SegmentHeader& header);  // A block.
std::optional<SegmentHeader> DecodeSegmentHeader(absl::string_view block);

// Writes kHeadOctets to `out` for a head that will lie at `offset`.
void EncodeRecordHead(const RecordHead& head, const SegmentHeader& segment,
                      uint64_t offset, char* out);
std::optional<RecordHead> DecodeRecordHead(absl::string_view octets,
                                           const SegmentHeader& segment,
                                           uint64_t offset,
                                           uint64_t segment_octets);

}  // namespace mailsec::spool

#endif  // MAILCORE_SPOOL_RECORD_H_
