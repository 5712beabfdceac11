// How a LogStore comes back: FORMAT.md, "Coming back".

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "mailcore/spool/content_file.h"
#include "mailcore/spool/log_store.h"
#include "mailcore/spool/sealer.h"
#include "mailcore/spool/spool_events.h"

namespace mailsec::spool {
namespace {

using base::Event;

// Each start gives out ids from a fresh range, so that an id which a crash
// made us forget is not given out again.
constexpr uint64_t kIdsPerStart = uint64_t{1} << 20;
// Ours count up from 1 and never come near these (2^31 segments of 64 MiB are
// 128 PiB of mail). What has more is foreign, and must not make ours overflow:
// the index keeps 32 bits of a segment's number.
constexpr uint64_t kMaxSegmentNumber = (uint64_t{1} << 31) - 1;
constexpr uint64_t kMaxId = (uint64_t{1} << 63) - 1;

struct SegmentEnd {
  uint64_t sure = 0;  // Everything in front was acknowledged.
  uint64_t end = 0;   // Behind it lies what never counted.
};

// What could not be read is neither foreign nor empty: it may hold mail that
// was acknowledged. So the start ends, and the file stays as it is.
absl::Status CannotRead(const std::string& name, const absl::Status& why) {
  return absl::Status(
      why.code(),
      absl::StrCat(name, " of the spool cannot be read: ", why.message(),
                   "; it may hold mail and was left as it is. Mend the disk or "
                   "the rights of the file, then start again"));
}

}  // namespace

struct LogStore::Recovery {
  struct Candidate {
    Place place;
    StoredState state;
    uint32_t message_version = 0;  // 0: no record with the content.
    uint32_t envelope_version = 0;
    std::vector<uint64_t> segments;  // Those with a record of the content.
  };
  absl::flat_hash_map<uint64_t, Candidate> messages;
  absl::flat_hash_set<uint64_t> done;
  std::map<uint64_t, SegmentEnd> ends;
  uint64_t highest_id = 0;
};

absl::StatusOr<SpoolStore::Recovered> LogStore::Recover() {
  for (const SpoolKey& key : options_.keys) {
    const absl::Status usable = Sealer::Create(key, "").status();
    if (!usable.ok()) return usable;
  }
  Recovery recovery;
  absl::Status status = OpenSegments(&recovery);
  if (!status.ok()) return status;
  // From the newest to the oldest: where one ends is written in a later one.
  for (auto it = segments_.rbegin(); it != segments_.rend(); ++it) {
    status = ReadSegment(*it->second, &recovery);
    if (!status.ok()) return status;
  }
  Recovered out;
  BuildIndex(&recovery, &out);
  status = CheckKeys();
  if (!status.ok()) return status;
  status = CheckBigFiles(&recovery);
  if (!status.ok()) return status;
  next_id_ = (recovery.highest_id / kIdsPerStart + 1) * kIdsPerStart;
  out.next_id = next_id_;
  // The first message shall not have to wait for a segment. A full disk is no
  // reason not to start: what is there can still be delivered.
  while (armed_.empty() && Prepare().ok()) {
  }
  return out;
}

void LogStore::SetAside(absl::string_view folder, const std::string& leaf,
                        const std::string& why) {
  events_->Record(Event(events::kSetAside, clock_->Now())
                      .With("file", absl::StrCat(folder, "/", leaf))
                      .With("why", why));
  (void)disk_->SetAside(folder, leaf);
}

absl::Status LogStore::OpenSegments(Recovery* recovery) {
  absl::StatusOr<std::vector<DiskEntry>> entries = disk_->List("log");
  if (!entries.ok()) return entries.status();
  for (const DiskEntry& entry : *entries) {
    uint64_t number = 0;
    if (!entry.regular || !absl::EndsWith(entry.name, ".seg") ||
        !absl::SimpleAtoi(entry.name.substr(0, entry.name.size() - 4),
                          &number) ||
        number > kMaxSegmentNumber) {
      SetAside("log", entry.name, "not a segment");
      continue;
    }
    auto segment = std::make_shared<Segment>();
    segment->name = absl::StrCat("log/", entry.name);
    absl::StatusOr<std::unique_ptr<DiskFile>> file =
        disk_->Open(segment->name, Disk::Mode::kOpen);
    if (absl::IsNotFound(file.status())) continue;  // It is gone already.
    if (!file.ok()) return CannotRead(segment->name, file.status());
    segment->file = *std::move(file);
    segment->file_octets = entry.octets / kBlockOctets * kBlockOctets;
    next_number_ = std::max(next_number_, number + 1);
    const absl::StatusOr<Segment::Life> life = segment->ReadHeader();
    if (!life.ok()) return CannotRead(segment->name, life.status());
    if (*life == Segment::Life::kUnfinished) {
      (void)disk_->Remove(segment->name);
      continue;
    }
    if (*life == Segment::Life::kForeign) {
      SetAside("log", entry.name, "no header of a segment");
      continue;
    }
    if (segment->header.number > kMaxSegmentNumber ||
        segment->header.next_id > kMaxId) {
      SetAside("log", entry.name, "not a header of ours");
      continue;
    }
    if (segments_.contains(segment->header.number)) {
      SetAside("log", entry.name, "a second copy of a segment");
      continue;
    }
    absl::Status status = segment->CompleteHeader();
    if (!status.ok()) {
      segment->pinned = true;  // So that nothing touches the right copy.
      events_->Record(Event(events::kWriteFailed, clock_->Now())
                          .With("file", segment->name)
                          .With("error", status.message()));
    }
    status = segment->MakeSealer(options_.keys);
    if (!status.ok()) return status;
    recovery->highest_id =
        std::max(recovery->highest_id, segment->header.next_id);
    next_number_ = std::max(next_number_, segment->header.number + 1);
    segments_[segment->header.number] = std::move(segment);
  }
  return absl::OkStatus();
}

// Drops the records of a batch that may be torn whose payload never came to the
// disk, and with one of them, or a lost head, those that count only together.
// Says how many they were. The code that scans a segment needs the number. An
// error if one could not be read: then nobody knows whether it is torn.
absl::StatusOr<uint64_t> LogStore::DropTorn(const Segment& segment,
                                            ScanResult* scan) {
  absl::Status unreadable;
  const auto is_torn = [&](const absl::Status& read) {
    // Without its key nothing can be said of it; CheckKeys() does that.
    const bool is_known =
        read.ok() || absl::IsDataLoss(read) || absl::IsFailedPrecondition(read);
    if (!is_known) unreadable.Update(read);
    return absl::IsDataLoss(read);
  };
  uint64_t dropped = std::erase_if(scan->records, [&](const auto& record) {
    return record.offset >= segment.torn &&
           (is_torn(segment.ReadEnvelope(record).status()) ||
            is_torn(segment.ReadContent(record).status()));
  });
  if (!unreadable.ok()) return CannotRead(segment.name, unreadable);
  if (dropped > 0 || !scan->last_batch_whole) {
    dropped += std::erase_if(scan->records, [&](const FoundRecord& record) {
      return record.offset >= segment.torn && record.head.whole;
    });
  }
  return dropped;
}

// Where a segment ends that no later one speaks of: it was the one written to
// last. Its last batch counts as far as it is whole.
absl::Status LogStore::ReadOpenEnd(Segment& segment, ScanResult* scan) {
  segment.torn = scan->last_batch;
  const absl::StatusOr<uint64_t> dropped = DropTorn(segment, scan);
  if (!dropped.ok()) return dropped.status();
  if (*dropped > 0) scan->last_batch_whole = false;
  if (!scan->last_batch_whole) {
    events_->Record(Event(events::kTornTail, clock_->Now())
                        .With("file", segment.name)
                        .With("offset", static_cast<int64_t>(scan->last_batch))
                        .With("records", static_cast<int64_t>(*dropped)));
  }
  if (scan->end == kFirstBatch) return absl::OkStatus();  // Never used.
  SayEnd(segment, scan->end,
         scan->last_batch_whole ? scan->end : scan->last_batch);
  return absl::OkStatus();
}

absl::Status LogStore::ReadSegment(Segment& segment, Recovery* recovery) {
  const auto known = recovery->ends.find(segment.header.number);
  const bool closed = known != recovery->ends.end();
  ScanResult scan;
  absl::Status status =
      segment.Scan(closed ? std::min(known->second.end, segment.file_octets)
                          : segment.file_octets,
                   &scan);
  if (!status.ok()) return CannotRead(segment.name, status);
  uint64_t damaged = scan.damaged_octets;
  if (!closed) {
    status = ReadOpenEnd(segment, &scan);
    if (!status.ok()) return status;
  } else {
    if (scan.end < known->second.sure) {
      damaged += known->second.sure - scan.end;
    } else if (!scan.last_batch_whole && scan.last_batch < known->second.sure) {
      damaged += kHeadOctets;
    }
    scan.end =
        std::max(scan.end, std::min(known->second.end, segment.file_octets));
    segment.torn = known->second.sure;
    status = DropTorn(segment, &scan).status();
    if (!status.ok()) return status;
  }
  if (damaged > 0) {
    segment.pinned = true;
    events_->Record(Event(events::kDamage, clock_->Now())
                        .With("file", segment.name)
                        .With("octets", static_cast<int64_t>(damaged)));
  }
  segment.end = scan.end;
  for (const FoundRecord& record : scan.records) {
    Collect(segment, record, recovery);
    if (record.head.type == RecordType::kClose) {
      recovery->ends[record.head.octets] = {
          .sure = static_cast<uint64_t>(record.head.next_attempt),
          .end = static_cast<uint64_t>(record.head.received)};
    }
  }
  return absl::OkStatus();
}

void LogStore::Collect(const Segment& segment, const FoundRecord& record,
                       Recovery* recovery) {
  const RecordHead& head = record.head;
  const uint32_t number = static_cast<uint32_t>(segment.header.number);
  if (head.type == RecordType::kClose || head.type == RecordType::kDone) {
    if (head.type == RecordType::kDone) recovery->done.insert(head.id);
    if (head.octets != number && segments_.contains(head.octets)) {
      Segment& own = *segments_[number];
      own.guards[head.octets] += kHeadOctets;
      own.live += kHeadOctets;
    }
    recovery->highest_id = std::max(recovery->highest_id, head.id);
    return;
  }
  recovery->highest_id = std::max(recovery->highest_id, head.id);
  Recovery::Candidate& candidate = recovery->messages[head.id];
  const bool newest = head.version > candidate.message_version &&
                      head.version > candidate.envelope_version;
  const uint64_t octets = candidate.state.octets;
  if (newest) {
    candidate.state = {.id = QueueId(head.id),
                       .received = head.received,
                       .next_attempt = head.next_attempt,
                       .octets = octets,
                       .attempts = head.attempts,
                       .held = head.held};
  }
  const uint32_t at = static_cast<uint32_t>(record.offset);
  const uint32_t length = static_cast<uint32_t>(RecordOctets(head));
  if (head.type == RecordType::kEnvelope) {
    if (head.version <= candidate.envelope_version) return;
    candidate.envelope_version = head.version;
    candidate.place.envelope_segment = number;
    candidate.place.envelope_offset = at;
    candidate.place.envelope_octets = length;
    return;
  }
  candidate.segments.push_back(number);
  if (head.version <= candidate.message_version) return;
  candidate.message_version = head.version;
  candidate.state.octets = head.octets;
  candidate.place.segment = number;
  candidate.place.offset = at;
  candidate.place.octets = length;
  candidate.place.big = head.type == RecordType::kBig;
}

// Mail that cannot be read cannot be delivered: better no start than that.
absl::Status LogStore::CheckKeys() const {
  for (const auto& [id, place] : index_) {
    for (const uint64_t number :
         {uint64_t{place.segment}, uint64_t{place.envelope_segment}}) {
      const auto it = segments_.find(number);
      if (it == segments_.end() || it->second->header.key_id == 0 ||
          it->second->sealer.has_value()) {
        continue;
      }
      return MissingKey(it->second->header.key_id);
    }
    if (!place.big) continue;
    // Its file keeps the key that it was written with. What else is wrong
    // there concerns this message only, and reading it says so.
    const absl::Status status =
        OpenContentFile(disk_, QueueId(id), 0, options_.keys).status();
    if (absl::IsFailedPrecondition(status)) return status;
  }
  return absl::OkStatus();
}

void LogStore::BuildIndex(Recovery* recovery, Recovered* out) {
  for (auto& [id, candidate] : recovery->messages) {
    if (candidate.message_version == 0 || recovery->done.contains(id)) continue;
    Place place = candidate.place;
    if (candidate.envelope_version < candidate.message_version) {
      place.envelope_octets = 0;
      place.envelope_segment = 0;
    }
    place.version =
        std::max(candidate.message_version, candidate.envelope_version);
    AddLive(place.segment, place.octets);
    AddLive(place.envelope_segment, place.envelope_octets);
    for (const uint64_t segment : candidate.segments) {
      if (segment != place.segment) shadows_.emplace(id, segment);
    }
    index_[id] = place;
    out->messages.push_back(candidate.state);
  }
}

// A file without a record was never acknowledged. A record without its file is
// damage; the message is kept, and reading it says DataLoss.
absl::Status LogStore::CheckBigFiles(Recovery* recovery) {
  absl::StatusOr<std::vector<DiskEntry>> entries = disk_->List("big");
  if (!entries.ok()) return entries.status();
  absl::flat_hash_set<uint64_t> there;
  for (const DiskEntry& entry : *entries) {
    const absl::StatusOr<QueueId> id = QueueId::Parse(entry.name);
    if (!entry.regular || !id.ok() || id->value() > kMaxId) {
      SetAside("big", entry.name, "not the content of a message");
      continue;
    }
    recovery->highest_id = std::max(recovery->highest_id, id->value());
    there.insert(id->value());
    const auto found = index_.find(id->value());
    if (found == index_.end() || !found->second.big) {
      (void)disk_->Remove(BigFileName(*id));
    }
  }
  for (const auto& [id, place] : index_) {
    if (place.big && !there.contains(id)) {
      events_->Record(Event(events::kDamage, clock_->Now())
                          .With("file", BigFileName(QueueId(id)))
                          .With("why", "the file is gone"));
    }
  }
  return absl::OkStatus();
}

}  // namespace mailsec::spool
