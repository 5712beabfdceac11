#include "mailcore/spool/log_store.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mailcore/spool/content_file.h"
#include "mailcore/spool/crc32c.h"
#include "mailcore/spool/spool_events.h"

namespace mailsec::spool {
namespace {

// Larger batches are written into segments that were not filled: FORMAT.md.
constexpr uint64_t kLargeBatchOctets = 256 * 1024;

uint64_t RoundUp(uint64_t octets) {
  return (octets + kBlockOctets - 1) / kBlockOctets * kBlockOctets;
}

RecordHead ToHead(RecordType type, const StoredState& state) {
  RecordHead head;
  head.type = type;
  head.held = state.held;
  head.id = state.id.value();
  head.version = 1;
  head.attempts = state.attempts;
  head.received = state.received;
  head.next_attempt = state.next_attempt;
  head.octets = state.octets;
  return head;
}

// A content that was read and checked as a whole.
class WholeReader : public ContentReader {
 public:
  explicit WholeReader(std::string content) : content_(std::move(content)) {}
  absl::StatusOr<absl::string_view> Next() override {
    if (done_) return absl::string_view();
    done_ = true;
    return absl::string_view(content_);
  }

 private:
  std::string content_;
  bool done_ = false;
};

}  // namespace

LogStore::LogStore(Options options, Disk* disk, const base::Clock* clock,
                   base::EventSink* events)
    : options_(std::move(options)),
      disk_(disk),
      clock_(clock),
      events_(events) {}

absl::Status LogStore::Commit(const StoreBatch& batch) {
  std::vector<Item> items;
  bool has_files = false;
  for (const StoreBatch::NewMessage& message : batch.messages) {
    const bool big = message.file != nullptr;
    has_files |= big;
    items.push_back(
        {.head = ToHead(big ? RecordType::kBig : RecordType::kMessage,
                        message.state),
         .envelope = message.envelope,
         .content = message.content});
    next_id_ = std::max(next_id_, message.state.id.value() + 1);
  }
  for (const StoreBatch::Update& update : batch.updates) {
    const auto found = index_.find(update.state.id.value());
    if (found == index_.end()) continue;
    items.push_back({.head = ToHead(RecordType::kEnvelope, update.state),
                     .envelope = update.envelope});
    items.back().head.version = found->second.version + 1;
  }
  for (const QueueId id : batch.done) {
    for (Item& item : DoneItems(id)) items.push_back(std::move(item));
  }
  if (items.empty()) return absl::OkStatus();
  for (Item& item : items) item.head.whole = batch.whole;
  if (has_files) {
    absl::Status status = disk_->SyncFolder("big");
    if (!status.ok()) return status;
  }
  absl::Status status = WriteItems(items);
  if (!status.ok()) return status;
  for (const StoreBatch::NewMessage& message : batch.messages) {
    if (message.file != nullptr) message.file->Keep();
  }
  return absl::OkStatus();
}

// One for each segment that holds a record which could bring `id` back.
std::vector<LogStore::Item> LogStore::DoneItems(QueueId id) const {
  std::vector<Item> items;
  const auto found = index_.find(id.value());
  if (found == index_.end()) return items;
  RecordHead head;
  head.type = RecordType::kDone;
  head.id = id.value();
  head.octets = found->second.segment;
  items.push_back({.head = head});
  const auto [begin, end] = shadows_.equal_range(id.value());
  for (auto it = begin; it != end; ++it) {
    items.push_back(items.front());
    items.back().head.octets = it->second;
  }
  return items;
}

// The next batch says where `segment` ends, and where it surely ends.
void LogStore::SayEnd(const Segment& segment, uint64_t end, uint64_t sure_end) {
  Item close;
  close.head.type = RecordType::kClose;
  close.head.octets = segment.header.number;
  close.head.received = static_cast<int64_t>(end);
  close.head.next_attempt = static_cast<int64_t>(sure_end);
  closes_.push_back(std::move(close));
}

absl::Status LogStore::WriteItems(std::vector<Item>& items) {
  uint64_t octets = 0;
  absl::Status status = MakeRoom(items, &octets);
  if (!status.ok()) return status;
  status = Encode(items, *active_, octets);
  if (!status.ok()) return status;  // Nothing was written.
  const uint64_t batch = active_->end;
  status =
      active_->file->WriteAt(batch, absl::string_view(buffer_.data(), octets));
  if (status.ok()) status = active_->file->Sync();
  if (!status.ok()) {
    Abandon(status);
    return status;
  }
  active_->end += octets;
  ++active_->batches;
  closes_.clear();
  Apply(items, batch);
  return absl::OkStatus();
}

// The active segment is full.
void LogStore::CloseActive() {
  SayEnd(*active_, active_->end, active_->end);
  batches_are_large_ =
      active_->batches * kLargeBatchOctets < active_->file_octets;
  active_ = nullptr;
}

// Finds a segment for `items` and adds what has to be said about others.
absl::Status LogStore::MakeRoom(std::vector<Item>& items, uint64_t* octets) {
  uint64_t payload = 0;
  const uint64_t tag = SealingKey() != nullptr ? Sealer::kTagOctets : 0;
  for (Item& item : items) {
    item.Bind();
    payload += item.envelope.size() + item.content.size() + 2 * tag;
  }
  const auto total = [&] {
    return RoundUp((items.size() + closes_.size()) * kHeadOctets + payload);
  };
  if (active_ != nullptr && active_->end + total() > active_->file_octets) {
    CloseActive();
  }
  if (active_ == nullptr) {
    if (armed_.empty()) {
      absl::Status status = PrepareAtOnce();
      if (!status.ok()) return status;
    }
    if (armed_.front()->end + total() > armed_.front()->file_octets) {
      return absl::ResourceExhaustedError(
          "the message does not fit into a segment of the spool");
    }
    active_ = armed_.front();
    armed_.erase(armed_.begin());
  }
  *octets = total();
  items.insert(items.end(), closes_.begin(), closes_.end());
  return absl::OkStatus();
}

absl::Status LogStore::Encode(std::vector<Item>& items, const Segment& segment,
                              uint64_t octets) {
  if (buffer_.size() < octets) buffer_.resize(octets);
  uint64_t at = items.size() * kHeadOctets;
  for (size_t i = 0; i < items.size(); ++i) {
    items[i].Bind();
    RecordHead& head = items[i].head;
    head.index = static_cast<uint32_t>(i);
    head.count = static_cast<uint32_t>(items.size());
    head.batch_octets = static_cast<uint32_t>(octets);
    head.payload_offset = static_cast<uint32_t>(at);
    absl::Status status =
        EncodePayload(items[i], segment, &buffer_[at], segment.end + at);
    if (!status.ok()) return status;
    at += head.envelope_octets + head.content_octets;
    EncodeRecordHead(head, segment.header, segment.end + i * kHeadOctets,
                     &buffer_[i * kHeadOctets]);
  }
  // What is left of an earlier batch in the buffer must not reach the disk.
  std::fill(buffer_.begin() + at, buffer_.begin() + octets, '\0');
  return absl::OkStatus();
}

absl::Status LogStore::EncodePayload(Item& item, const Segment& segment,
                                     char* out, uint64_t at) {
  RecordHead& head = item.head;
  if (segment.sealer) {
    const uint32_t tag = Sealer::kTagOctets;
    const auto seal = [&](absl::string_view clear, char part,
                          uint32_t* octets) {
      *octets = 0;
      if (clear.empty()) return absl::OkStatus();
      absl::Status status =
          segment.sealer->Seal(at, Segment::Context(head, part), clear, out);
      *octets = static_cast<uint32_t>(clear.size()) + tag;
      out += *octets;
      at += *octets;
      return status;
    };
    absl::Status status = seal(item.envelope, 'e', &head.envelope_octets);
    if (status.ok()) status = seal(item.content, 'c', &head.content_octets);
    return status;
  }
  head.envelope_octets = static_cast<uint32_t>(item.envelope.size());
  head.content_octets = static_cast<uint32_t>(item.content.size());
  head.envelope_crc = Crc32c(item.envelope);
  head.content_crc = Crc32c(item.content);
  if (!item.envelope.empty()) {
    std::memcpy(out, item.envelope.data(), item.envelope.size());
  }
  if (!item.content.empty()) {
    std::memcpy(out + item.envelope.size(), item.content.data(),
                item.content.size());
  }
  return absl::OkStatus();
}

void LogStore::AddLive(uint64_t segment, int64_t octets) {
  const auto found = segments_.find(segment);
  if (found != segments_.end()) found->second->live += octets;
}

void LogStore::ApplyMessage(const RecordHead& head, uint64_t at) {
  const uint32_t number = static_cast<uint32_t>(active_->header.number);
  const uint32_t octets = static_cast<uint32_t>(RecordOctets(head));
  Place& place = index_[head.id];
  AddLive(place.envelope_segment, -int64_t{place.envelope_octets});
  if (head.type == RecordType::kEnvelope) {
    place.envelope_segment = number;
    place.envelope_offset = static_cast<uint32_t>(at);
    place.envelope_octets = octets;
  } else {
    AddLive(place.segment, -int64_t{place.octets});
    place = {.segment = number,
             .offset = static_cast<uint32_t>(at),
             .octets = octets,
             .big = head.type == RecordType::kBig};
  }
  place.version = head.version;
  active_->live += octets;
}

void LogStore::Apply(const std::vector<Item>& items, uint64_t batch) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (size_t i = 0; i < items.size(); ++i) {
    const RecordHead& head = items[i].head;
    if (head.type != RecordType::kDone && head.type != RecordType::kClose) {
      ApplyMessage(head, batch + i * kHeadOctets);
      continue;
    }
    if (head.type == RecordType::kDone) {
      const auto found = index_.find(head.id);
      if (found != index_.end()) {
        AddLive(found->second.segment, -int64_t{found->second.octets});
        AddLive(found->second.envelope_segment,
                -int64_t{found->second.envelope_octets});
        if (found->second.big) gone_.push_back(QueueId(head.id));
        index_.erase(found);
        shadows_.erase(head.id);
      }
    }
    if (head.octets != active_->header.number &&
        segments_.contains(head.octets)) {
      active_->guards[head.octets] += kHeadOctets;
      active_->live += kHeadOctets;
    }
  }
}

// After a failed write nobody knows what is on the disk: the segment keeps what
// it had, is never written again, and the next one says where it ends.
void LogStore::Abandon(const absl::Status& why) {
  events_->Record(base::Event(events::kWriteFailed, clock_->Now())
                      .With("file", active_->name)
                      .With("error", why.message()));
  active_->failed = true;
  SayEnd(*active_, active_->end, active_->end);
  active_ = nullptr;
}

absl::StatusOr<LogStore::Found> LogStore::FindRecord(QueueId id,
                                                     bool envelope) const {
  Found found;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto place = index_.find(id.value());
    if (place == index_.end()) {
      return absl::NotFoundError(
          absl::StrCat("there is no message ", id.ToString()));
    }
    const bool apart = envelope && place->second.envelope_octets > 0;
    const auto segment = segments_.find(apart ? place->second.envelope_segment
                                              : place->second.segment);
    if (segment == segments_.end()) {
      return absl::InternalError("the index names a segment that is gone");
    }
    found.segment = segment->second;
    found.record.offset =
        apart ? place->second.envelope_offset : place->second.offset;
  }
  absl::StatusOr<RecordHead> head =
      found.segment->ReadHead(found.record.offset);
  if (!head.ok()) return head.status();
  if (head->id != id.value()) return absl::DataLossError("a wrong record");
  found.record.head = *head;
  return found;
}

absl::StatusOr<std::string> LogStore::ReadEnvelope(QueueId id) const {
  // A second try, in case compaction moved it away meanwhile.
  for (int attempt = 0;; ++attempt) {
    absl::StatusOr<Found> found = FindRecord(id, true);
    if (absl::IsNotFound(found.status())) return found.status();
    absl::StatusOr<std::string> envelope =
        found.ok() ? found->segment->ReadEnvelope(found->record)
                   : absl::StatusOr<std::string>(found.status());
    if (envelope.ok() || attempt == 2) return envelope;
  }
}

absl::StatusOr<std::unique_ptr<ContentReader>> LogStore::OpenContent(
    QueueId id) const {
  for (int attempt = 0;; ++attempt) {
    absl::StatusOr<Found> found = FindRecord(id, false);
    if (absl::IsNotFound(found.status())) return found.status();
    if (found.ok() && found->record.head.type == RecordType::kBig) {
      return OpenContentFile(disk_, id, found->record.head.octets,
                             options_.keys);
    }
    absl::StatusOr<std::string> content =
        found.ok() ? found->segment->ReadContent(found->record)
                   : absl::StatusOr<std::string>(found.status());
    if (content.ok()) {
      return std::make_unique<WholeReader>(*std::move(content));
    }
    if (attempt == 2) return content.status();
  }
}

absl::StatusOr<std::unique_ptr<ContentFile>> LogStore::NewContentFile(
    QueueId id) {
  return CreateContentFile(disk_, id, SealingKey());
}

}  // namespace mailsec::spool
