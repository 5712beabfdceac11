#include "mailcore/spool/segment.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "mailcore/spool/crc32c.h"

namespace mailsec::spool {
namespace {

// Any head of the batch that starts with `block`, which lies at `offset`.
std::optional<RecordHead> AnyHead(const Segment& segment,
                                  absl::string_view block, uint64_t offset) {
  // The block is short if the file ends in it.
  for (uint64_t i = 0; i < block.size() / kHeadOctets; ++i) {
    const std::optional<RecordHead> head =
        DecodeRecordHead(block.substr(i * kHeadOctets), segment.header,
                         offset + i * kHeadOctets, segment.file_octets);
    if (head && head->index == i) return head;
  }
  return std::nullopt;
}

absl::StatusOr<std::string> ReadPart(const Segment& segment, uint64_t at,
                                     uint32_t length, uint32_t crc,
                                     const std::string& context) {
  std::string stored(length, '\0');
  absl::StatusOr<size_t> got = segment.file->ReadAt(at, length, stored.data());
  if (!got.ok()) return got.status();
  if (*got != length) return absl::DataLossError("the segment is too short");
  if (segment.header.key_id != 0) {
    if (!segment.sealer) return MissingKey(segment.header.key_id);
    if (length == 0) return stored;
    return segment.sealer->Open(at, context, stored);
  }
  if (Crc32c(stored) != crc)
    return absl::DataLossError("the record is damaged");
  return stored;
}

}  // namespace

absl::StatusOr<Segment::Life> Segment::ReadHeader() {
  std::string blocks(kFirstBatch, '\0');
  const absl::StatusOr<size_t> got =
      file->ReadAt(0, blocks.size(), blocks.data());
  if (!got.ok()) return got.status();
  blocks.resize(*got);
  std::optional<SegmentHeader> best;
  half_begun =
      blocks.size() < kFirstBatch ||
      blocks.compare(0, kBlockOctets, blocks, kBlockOctets, kBlockOctets) != 0;
  for (const uint64_t at : {uint64_t{0}, kBlockOctets}) {
    if (blocks.size() < at + kBlockOctets) continue;
    std::optional<SegmentHeader> found =
        DecodeSegmentHeader(absl::string_view(blocks).substr(at, kBlockOctets));
    if (found && (!best || found->number > best->number)) best = found;
  }
  if (best) {
    header = *best;
    return Life::kOurs;
  }
  return blocks.find_first_not_of('\0') == std::string::npos ? Life::kUnfinished
                                                             : Life::kForeign;
}

absl::Status Segment::WriteHeader(const SegmentHeader& next,
                                  const SpoolKey* key) {
  header = next;
  end = kFirstBatch;
  batches = 0;
  torn = UINT64_MAX;
  live = 0;
  guards.clear();
  sealer.reset();
  header.key_id = 0;
  header.key_check.clear();
  if (key != nullptr) {
    absl::StatusOr<Sealer> created = Sealer::Create(*key, header.salt);
    if (!created.ok()) return created.status();
    absl::StatusOr<std::string> check = created->Check();
    if (!check.ok()) return check.status();
    sealer = *std::move(created);
    header.key_id = key->id;
    header.key_check = *std::move(check);
  }
  const std::string block = EncodeSegmentHeader(header);
  for (const uint64_t at : {uint64_t{0}, kBlockOctets}) {
    absl::Status status = file->WriteAt(at, block);
    if (status.ok()) status = file->Sync();
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Segment::CompleteHeader() {
  // They may be the same, and one of them not be on the disk yet.
  if (!half_begun) return file->Sync();
  const std::string block = EncodeSegmentHeader(header);
  for (const uint64_t at : {uint64_t{0}, kBlockOctets}) {
    std::string stored(kBlockOctets, '\0');
    const absl::StatusOr<size_t> got =
        file->ReadAt(at, stored.size(), stored.data());
    if (!got.ok()) return got.status();
    // The copy that is right stays until the other one is durable.
    if (*got == stored.size() && stored == block) continue;
    absl::Status status = file->WriteAt(at, block);
    if (!status.ok()) return status;
  }
  absl::Status status = file->Sync();
  if (status.ok()) half_begun = false;
  return status;
}

absl::Status Segment::MakeSealer(const std::vector<SpoolKey>& keys) {
  if (header.key_id == 0) return absl::OkStatus();
  absl::StatusOr<std::optional<Sealer>> found =
      Sealer::Find(keys, header.key_id, header.salt, header.key_check);
  if (!found.ok()) return found.status();
  sealer = *std::move(found);
  return absl::OkStatus();
}

absl::Status Segment::Scan(uint64_t limit, ScanResult* result) const {
  uint64_t gap = 0;
  for (uint64_t offset = kFirstBatch; offset < limit;) {
    std::string heads(kBlockOctets, '\0');
    absl::StatusOr<size_t> got =
        file->ReadAt(offset, heads.size(), heads.data());
    if (!got.ok()) return got.status();
    heads.resize(*got);
    const std::optional<RecordHead> any = AnyHead(*this, heads, offset);
    if (!any) {
      gap += kBlockOctets;
      offset += kBlockOctets;
      continue;
    }
    heads.resize(uint64_t{any->count} * kHeadOctets);
    got = file->ReadAt(offset, heads.size(), heads.data());
    if (!got.ok()) return got.status();
    result->damaged_octets += gap;
    if (!result->last_batch_whole) result->damaged_octets += kHeadOctets;
    gap = 0;
    result->last_batch = offset;
    result->last_batch_whole = true;
    for (uint32_t i = 0; i < any->count; ++i) {
      const uint64_t at = offset + i * kHeadOctets;
      const std::optional<RecordHead> head =
          DecodeRecordHead(absl::string_view(heads).substr(i * kHeadOctets),
                           header, at, file_octets);
      if (head && head->index == i) {
        result->records.push_back({*head, at});
      } else {
        result->last_batch_whole = false;
      }
    }
    offset += any->batch_octets;
    result->end = offset;
  }
  return absl::OkStatus();
}

absl::StatusOr<RecordHead> Segment::ReadHead(uint64_t offset) const {
  std::string octets(kHeadOctets, '\0');
  absl::StatusOr<size_t> got =
      file->ReadAt(offset, octets.size(), octets.data());
  if (!got.ok()) return got.status();
  const std::optional<RecordHead> head =
      DecodeRecordHead(octets, header, offset, file_octets);
  if (!head) return absl::DataLossError("the record's head is damaged");
  return *head;
}

absl::StatusOr<std::string> Segment::ReadEnvelope(
    const FoundRecord& record) const {
  const RecordHead& head = record.head;
  const uint64_t at =
      record.offset - head.index * kHeadOctets + head.payload_offset;
  return ReadPart(*this, at, head.envelope_octets, head.envelope_crc,
                  Context(head, 'e'));
}

absl::StatusOr<std::string> Segment::ReadContent(
    const FoundRecord& record) const {
  const RecordHead& head = record.head;
  const uint64_t at = record.offset - head.index * kHeadOctets +
                      head.payload_offset + head.envelope_octets;
  return ReadPart(*this, at, head.content_octets, head.content_crc,
                  Context(head, 'c'));
}

std::string Segment::Context(const RecordHead& head, char part) {
  return absl::StrCat(head.id, "/", head.version, "/", head.octets, "/",
                      std::string(1, part));
}

}  // namespace mailsec::spool
