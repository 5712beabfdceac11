// Property: whatever a segment's file holds, the spool opens or says why not;
// each content that it returns passes the check in a record of its message;
// and maintenance changes none of them.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "mailcore/spool/crc32c.h"
#include "mailcore/spool/record.h"
#include "mailcore/spool/spool.h"
#include "mailcore/testing/manual_clock.h"
#include "mailcore/testing/recording_event_sink.h"
#include "mailcore/testing/simulated_disk.h"

namespace mailsec::spool {
namespace {

// The first octet of the input.
constexpr uint8_t kAddHeader = 1;      // A right header is put in front.
constexpr uint8_t kFillUp = 2;         // Zeros up to the size of a segment.
constexpr uint8_t kAddKey = 4;         // A key is configured.
constexpr uint8_t kRightChecksum = 8;  // What looks like a head gets one.

constexpr uint64_t kSegmentOctets = 64 << 10;
constexpr uint64_t kMaxInput = 2 * kSegmentOctets;
// Heads lie at multiples of 96 behind a multiple of 4,096.
constexpr uint64_t kHeadStep = 32;
// What the corpus has sealed; nobody without the key can seal anything else.
constexpr absl::string_view kSealedStart("Subject: sealed");

void Require(bool holds) {
  if (!holds) std::abort();
}

std::optional<SegmentHeader> FindHeader(absl::string_view file) {
  std::optional<SegmentHeader> best;
  for (const uint64_t at : {uint64_t{0}, kBlockOctets}) {
    if (file.size() < at + kBlockOctets) break;
    const auto found = DecodeSegmentHeader(file.substr(at, kBlockOctets));
    if (found && (!best || found->number > best->number)) best = found;
  }
  return best;
}

// As FORMAT.md says it: over salt, number and offset, then the head.
void WriteChecksums(const SegmentHeader& header, std::string* file) {
  for (uint64_t at = kFirstBatch; at + kHeadOctets <= file->size();
       at += kHeadStep) {
    char* const head = &(*file)[at];
    if (head[4] < 1 || head[4] > 5) continue;
    std::memcpy(head + 8, header.salt.data(), 8);
    char place[16];
    std::memcpy(place, &header.number, 8);
    std::memcpy(place + 8, &at, 8);
    const uint32_t crc = Crc32c(
        absl::string_view(head + 4, kHeadOctets - 4),
        Crc32c(absl::string_view(place, sizeof(place)), Crc32c(header.salt)));
    std::memcpy(head, &crc, sizeof(crc));
  }
}

std::string MakeFile(uint8_t mode, absl::string_view input) {
  std::string file;
  if (mode & kAddHeader) {
    SegmentHeader header;
    header.number = 7;
    header.salt = "0123456789abcdef";
    file = EncodeSegmentHeader(header);
    file += file;
  }
  file.append(input.data(), input.size());
  if (mode & kFillUp) {
    file.resize(std::max<uint64_t>(file.size(), kSegmentOctets));
  }
  const std::optional<SegmentHeader> header = FindHeader(file);
  if ((mode & kRightChecksum) && header) WriteChecksums(*header, &file);
  return file;
}

// Checksums of contents that the heads in `file` speak of, with their ids.
std::set<std::pair<uint64_t, uint32_t>> FindChecksums(
    absl::string_view file, const SegmentHeader& header) {
  std::set<std::pair<uint64_t, uint32_t>> found;
  const uint64_t octets = file.size() / kBlockOctets * kBlockOctets;
  for (uint64_t at = kFirstBatch; at + kHeadOctets <= octets; at += kHeadStep) {
    const auto head =
        DecodeRecordHead(file.substr(at, kHeadOctets), header, at, octets);
    if (head) found.emplace(head->id, head->content_crc);
  }
  return found;
}

std::optional<std::string> Read(const Spool& spool, QueueId id,
                                uint64_t max_octets) {
  (void)spool.ReadEnvelope(id);
  auto reader = spool.OpenContent(id);
  if (!reader.ok()) return std::nullopt;
  std::string content;
  for (;;) {
    const auto piece = (*reader)->Next();
    if (!piece.ok()) return std::nullopt;
    if (piece->empty()) return content;
    content.append(piece->data(), piece->size());
    Require(content.size() <= max_octets);
  }
}

void Check(uint8_t mode, absl::string_view input) {
  const std::string file = MakeFile(mode, input);
  SimulatedDisk disk(1);
  auto inode = std::make_shared<SimulatedDisk::Inode>();
  inode->octets = file;
  inode->durable = file;
  disk.files()["log/0000000007.seg"] = std::move(inode);
  SpoolOptions options;
  options.segment_octets = kSegmentOctets;
  if (mode & kAddKey) {
    options.keys.push_back({.id = 1, .secret = std::string(32, 'k')});
  }
  const ManualClock clock;
  RecordingEventSink events;
  const auto spool = Spool::Open(std::move(options), &disk, &clock, &events);
  if (!spool.ok()) return;

  const std::optional<SegmentHeader> header = FindHeader(file);
  std::set<std::pair<uint64_t, uint32_t>> checksums;
  if (header) checksums = FindChecksums(file, *header);
  std::map<QueueId, std::string> contents;
  for (const QueueEntry& entry : (*spool)->List()) {
    Require(header.has_value());
    auto content = Read(**spool, entry.id, file.size());
    if (!content) continue;
    if (header->key_id == 0) {
      Require(checksums.contains({entry.id.value(), Crc32c(*content)}));
    } else {
      Require(content->empty() || absl::StartsWith(*content, kSealedStart));
    }
    contents[entry.id] = *std::move(content);
  }
  for (int i = 0; i < 16; ++i) {
    const absl::StatusOr<bool> more = (*spool)->Maintain();
    if (!more.ok() || !*more) break;
  }
  for (const auto& [id, content] : contents) {
    Require(Read(**spool, id, file.size()) == content);
  }
}

}  // namespace
}  // namespace mailsec::spool

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0 || size > mailsec::spool::kMaxInput) return 0;
  mailsec::spool::Check(
      data[0],
      absl::string_view(reinterpret_cast<const char*>(data) + 1, size - 1));
  return 0;
}
