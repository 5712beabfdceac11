// How a LogStore gets and gives back space: FORMAT.md, "Giving space back".

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "mailcore/spool/content_file.h"
#include "mailcore/spool/log_store.h"

namespace mailsec::spool {
namespace {

constexpr uint64_t kFillStepOctets = 1 << 20;
constexpr uint64_t kFillFlushOctets = 8 << 20;
// A segment with a smaller share of live octets is compacted.
constexpr uint64_t kLiveShare = 4;
constexpr uint64_t kMoveOctets = 4 << 20;  // Contents held at once.

}  // namespace

absl::StatusOr<bool> LogStore::Maintain() {
  for (const QueueId id : gone_) (void)disk_->Remove(BigFileName(id));
  gone_.clear();
  if (armed_.size() < options_.armed_segments) {
    absl::Status status = Prepare();
    if (!status.ok()) return status;
    return true;
  }
  if (std::shared_ptr<Segment> dead = FindDead()) {
    absl::Status status = RemoveSegment(dead);
    if (!status.ok()) return status;
    return true;
  }
  if (std::shared_ptr<Segment> victim = FindVictim()) {
    absl::Status status = Compact(victim);
    if (!status.ok()) return status;
    return true;
  }
  return false;
}

// One more armed segment, or a step towards it.
absl::Status LogStore::Prepare() {
  if (std::shared_ptr<Segment> dead = FindDead(); dead && !dead->failed) {
    return Arm(std::move(dead));
  }
  if (batches_are_large_ && filling_ == nullptr) return ArmUnfilled();
  return FillStep();
}

// One more armed segment, while sessions wait for it.
absl::Status LogStore::PrepareAtOnce() {
  if (std::shared_ptr<Segment> dead = FindDead(); dead && !dead->failed) {
    return Arm(std::move(dead));
  }
  return ArmUnfilled();
}

// To fill a segment takes longer than a client should wait. Without that, each
// flush has metadata to write too, until its next life. There must be room for
// all that is armed, so that no batch finds the disk full.
absl::Status LogStore::ArmUnfilled() {
  absl::StatusOr<DiskSpace> space = disk_->Space();
  if (!space.ok()) return space.status();
  if (space->free_octets < options_.segment_octets * (armed_.size() + 1)) {
    return absl::ResourceExhaustedError(
        "no room for another segment of the spool");
  }
  absl::StatusOr<std::shared_ptr<Segment>> segment = CreateSegment();
  if (!segment.ok()) return segment.status();
  absl::Status status = (*segment)->file->WriteAt(
      (*segment)->file_octets - kBlockOctets, std::string(kBlockOctets, '\0'));
  if (status.ok()) status = (*segment)->file->Sync();
  if (status.ok()) status = disk_->SyncFolder("log");
  if (!status.ok()) {
    (void)disk_->Remove((*segment)->name);
    return status;
  }
  return Arm(*std::move(segment));
}

absl::StatusOr<std::shared_ptr<Segment>> LogStore::CreateSegment() {
  auto segment = std::make_shared<Segment>();
  segment->name =
      absl::StrCat("log/", absl::Dec(next_number_++, absl::kZeroPad10), ".seg");
  segment->file_octets = options_.segment_octets / kBlockOctets * kBlockOctets;
  absl::StatusOr<std::unique_ptr<DiskFile>> file =
      disk_->Open(segment->name, Disk::Mode::kCreate);
  if (!file.ok()) return file.status();
  segment->file = *std::move(file);
  return segment;
}

// Zeros are really written: blocks that are only reserved would cost a flush of
// metadata each time one is first used.
absl::Status LogStore::FillStep() {
  if (filling_ == nullptr) {
    absl::StatusOr<std::shared_ptr<Segment>> segment = CreateSegment();
    if (!segment.ok()) return segment.status();
    filling_ = *std::move(segment);
    filled_ = 0;
  }
  const std::string zeros(
      std::min(kFillStepOctets, filling_->file_octets - filled_), '\0');
  absl::Status status = filling_->file->WriteAt(filled_, zeros);
  if (status.ok()) {
    filled_ += zeros.size();
    const bool whole = filled_ == filling_->file_octets;
    // Now and then, so that no flush has much to do.
    if (whole || filled_ % kFillFlushOctets == 0) {
      status = filling_->file->Sync();
    }
    if (status.ok() && !whole) return absl::OkStatus();
  }
  if (status.ok()) status = disk_->SyncFolder("log");
  if (!status.ok()) {
    (void)disk_->Remove(filling_->name);
    filling_ = nullptr;
    return status;
  }
  return Arm(std::exchange(filling_, nullptr));
}

absl::Status LogStore::Arm(std::shared_ptr<Segment> segment) {
  auto next = std::make_shared<Segment>();
  next->name = segment->name;
  next->file = segment->file;
  next->file_octets = segment->file_octets;
  absl::Status status = next->WriteHeader({.number = next_number_++,
                                           .salt = NewSalt(),
                                           .key_id = 0,
                                           .key_check = "",
                                           .next_id = next_id_},
                                          SealingKey());
  if (!status.ok()) {
    segment->failed = true;
    return status;
  }
  Forget(segment->header.number);
  const std::lock_guard<std::mutex> lock(mutex_);
  segments_[next->header.number] = next;
  armed_.push_back(std::move(next));
  return absl::OkStatus();
}

// The segment `number` is durably gone: nothing has to guard it any more.
void LogStore::Forget(uint64_t number) {
  const std::lock_guard<std::mutex> lock(mutex_);
  segments_.erase(number);
  for (auto& [other, segment] : segments_) {
    const auto guard = segment->guards.find(number);
    if (guard == segment->guards.end()) continue;
    segment->live -= guard->second;
    segment->guards.erase(guard);
  }
  std::erase_if(shadows_, [&](const auto& s) { return s.second == number; });
  std::erase_if(closes_,
                [&](const Item& close) { return close.head.octets == number; });
}

absl::Status LogStore::RemoveSegment(const std::shared_ptr<Segment>& segment) {
  absl::Status status = disk_->Remove(segment->name);
  if (status.ok()) status = disk_->SyncFolder("log");
  if (status.ok()) Forget(segment->header.number);
  return status;
}

std::shared_ptr<Segment> LogStore::FindDead() const {
  for (const auto& [number, segment] : segments_) {
    if (segment->live == 0 && !segment->pinned && segment != active_ &&
        std::find(armed_.begin(), armed_.end(), segment) == armed_.end()) {
      return segment;
    }
  }
  return nullptr;
}

// The fullest first would move the most; the emptiest gives back the most.
std::shared_ptr<Segment> LogStore::FindVictim() const {
  const uint32_t key_id = SealingKey() == nullptr ? 0 : SealingKey()->id;
  std::shared_ptr<Segment> victim;
  for (const auto& [number, segment] : segments_) {
    if (segment == active_ || segment->pinned || segment->live == 0) continue;
    const bool sparse =
        segment->live * kLiveShare < segment->file_octets - kFirstBatch;
    const bool old_key =
        segment->header.key_id != key_id &&
        (segment->header.key_id == 0 || segment->sealer.has_value());
    if ((sparse || old_key) &&
        (victim == nullptr || segment->live < victim->live)) {
      victim = segment;
    }
  }
  return victim;
}

absl::Status LogStore::Compact(const std::shared_ptr<Segment>& victim) {
  ScanResult scan;
  absl::Status status = victim->Scan(victim->end, &scan);
  if (!status.ok()) return status;
  status = DropTorn(*victim, &scan).status();
  if (!status.ok()) return status;  // It stays as it is.
  // What is moved must not go back into a segment that is as sparse.
  const uint64_t limit =
      std::min(kMoveOctets, (options_.segment_octets - kFirstBatch) / 4);
  std::vector<Item> items;
  uint64_t octets = 0;
  const auto flush = [&] {
    if (items.empty()) return absl::OkStatus();
    absl::Status written = WriteItems(items);
    items.clear();
    octets = 0;
    return written;
  };
  for (const FoundRecord& record : scan.records) {
    const uint64_t next = RecordOctets(record.head);
    if (octets + next > limit) status = flush();
    if (status.ok()) status = MoveRecord(*victim, record, &items);
    if (absl::IsDataLoss(status) || absl::IsFailedPrecondition(status)) {
      victim->pinned = true;  // Kept as it is, for the operator.
      status = absl::OkStatus();
      continue;
    }
    if (!status.ok()) return status;
    octets += next;
  }
  if (status = flush(); !status.ok()) return status;
  // What guarded others has been written again, elsewhere.
  for (const auto& [number, octets_guarding] : victim->guards) {
    victim->live -= octets_guarding;
  }
  victim->guards.clear();
  return absl::OkStatus();
}

// Adds to `items` what must be written again of `record`.
absl::Status LogStore::MoveRecord(const Segment& victim,
                                  const FoundRecord& record,
                                  std::vector<Item>* items) {
  Item item = {.head = record.head};
  item.head.whole = false;
  const RecordHead& head = record.head;
  if (head.type == RecordType::kDone || head.type == RecordType::kClose) {
    if (head.octets != victim.header.number &&
        segments_.contains(head.octets)) {
      items->push_back(std::move(item));
    }
    return absl::OkStatus();
  }
  const auto found = index_.find(head.id);
  if (found == index_.end()) return absl::OkStatus();
  const Place& place = found->second;
  const uint64_t number = victim.header.number;
  const bool has_content =
      place.segment == number && place.offset == record.offset;
  const bool has_envelope = place.envelope_octets > 0 &&
                            place.envelope_segment == number &&
                            place.envelope_offset == record.offset;
  // With the content goes the newest envelope; a record of its own for it in
  // the same segment needs no move then.
  if (!has_content && (!has_envelope || place.segment == number)) {
    return absl::OkStatus();
  }
  absl::StatusOr<Found> newest = FindRecord(QueueId(head.id), true);
  if (!newest.ok()) return newest.status();
  absl::StatusOr<std::string> envelope =
      newest->segment->ReadEnvelope(newest->record);
  if (!envelope.ok()) return envelope.status();
  item.head = newest->record.head;
  item.head.whole = false;
  item.head.type = head.type;
  item.head.octets = head.octets;
  item.head.version = place.version + 1;
  item.own_envelope = *std::move(envelope);
  if (has_content) {
    absl::StatusOr<std::string> content = victim.ReadContent(record);
    if (!content.ok()) return content.status();
    item.own_content = *std::move(content);
    shadows_.emplace(head.id, number);
  }
  items->push_back(std::move(item));
  return absl::OkStatus();
}

}  // namespace mailsec::spool
