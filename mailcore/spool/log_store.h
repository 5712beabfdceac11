// log_store.h: messages in an append-only log of recycled segments.
//
// One commit is one write and one flush into blocks that were written before,
// so that the file system has no metadata to flush. FORMAT.md has the format
// and the table of legal states.

#ifndef MAILCORE_SPOOL_LOG_STORE_H_
#define MAILCORE_SPOOL_LOG_STORE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "mailcore/base/clock.h"
#include "mailcore/base/event.h"
#include "mailcore/spool/disk.h"
#include "mailcore/spool/sealer.h"
#include "mailcore/spool/segment.h"
#include "mailcore/spool/store.h"

namespace mailsec::spool {

// Thread safety: as SpoolStore says.
class LogStore : public SpoolStore {
 public:
  struct Options {
    uint64_t segment_octets = 64 << 20;
    size_t armed_segments = 2;        // Kept ready ahead of need.
    std::vector<SpoolKey> keys = {};  // The last one seals; empty: not sealed.
  };

  // The pointers are not owned and must outlive the store.
  LogStore(Options options, Disk* disk, const base::Clock* clock,
           base::EventSink* events);

  absl::StatusOr<Recovered> Recover() override;
  absl::Status Commit(const StoreBatch& batch) override;
  absl::StatusOr<std::string> ReadEnvelope(QueueId id) const override;
  absl::StatusOr<std::unique_ptr<ContentReader>> OpenContent(
      QueueId id) const override;
  absl::StatusOr<std::unique_ptr<ContentFile>> NewContentFile(
      QueueId id) override;
  absl::StatusOr<bool> Maintain() override;

 private:
  // Where the records of one message are.
  struct Place {
    uint32_t segment = 0;  // Number of the segment with the content's record.
    uint32_t offset = 0;   // Where that record's head begins.
    uint32_t octets = 0;   // Size of that record.
    uint32_t envelope_segment = 0;
    uint32_t envelope_offset = 0;
    uint32_t envelope_octets = 0;  // 0: the envelope is in the same record.
    uint32_t version = 0;
    bool big = false;
  };
  // A record to be written.
  struct Item {
    RecordHead head = {};
    absl::string_view envelope = {};
    absl::string_view content = {};
    std::string own_envelope = {};  // Instead of the views, if not empty.
    std::string own_content = {};

    void Bind() {  // After the item has moved.
      if (!own_envelope.empty()) envelope = own_envelope;
      if (!own_content.empty()) content = own_content;
    }
  };
  struct Recovery;
  struct Found {
    std::shared_ptr<const Segment> segment;
    FoundRecord record;
  };

  const SpoolKey* SealingKey() const {
    return options_.keys.empty() ? nullptr : &options_.keys.back();
  }

  // log_store.cc
  void SayEnd(const Segment& segment, uint64_t end, uint64_t sure_end);
  absl::Status WriteItems(std::vector<Item>& items);
  absl::Status Encode(std::vector<Item>& items, const Segment& segment,
                      uint64_t octets);
  absl::Status EncodePayload(Item& item, const Segment& segment, char* out,
                             uint64_t at);
  absl::Status MakeRoom(std::vector<Item>& items, uint64_t* octets);
  void Apply(const std::vector<Item>& items, uint64_t batch);
  void ApplyMessage(const RecordHead& head, uint64_t at);
  void CloseActive();
  void Abandon(const absl::Status& why);
  void AddLive(uint64_t segment, int64_t octets);
  std::vector<Item> DoneItems(QueueId id) const;
  absl::StatusOr<Found> FindRecord(QueueId id, bool envelope) const;

  // log_recovery.cc
  absl::Status OpenSegments(Recovery* recovery);
  absl::Status ReadSegment(Segment& segment, Recovery* recovery);
  absl::Status ReadOpenEnd(Segment& segment, ScanResult* scan);
  static absl::StatusOr<uint64_t> DropTorn(const Segment& segment,
                                           ScanResult* scan);
  void Collect(const Segment& segment, const FoundRecord& record,
               Recovery* recovery);
  void BuildIndex(Recovery* recovery, Recovered* out);
  absl::Status CheckKeys() const;
  absl::Status CheckBigFiles(Recovery* recovery);
  void SetAside(absl::string_view folder, const std::string& leaf,
                const std::string& why);

  // log_compaction.cc
  absl::Status Prepare();
  absl::Status PrepareAtOnce();
  absl::Status FillStep();
  absl::Status ArmUnfilled();
  absl::StatusOr<std::shared_ptr<Segment>> CreateSegment();
  absl::Status Arm(std::shared_ptr<Segment> segment);
  std::shared_ptr<Segment> FindDead() const;
  std::shared_ptr<Segment> FindVictim() const;
  absl::Status Compact(const std::shared_ptr<Segment>& victim);
  absl::Status MoveRecord(const Segment& victim, const FoundRecord& record,
                          std::vector<Item>* items);
  absl::Status RemoveSegment(const std::shared_ptr<Segment>& segment);
  void Forget(uint64_t number);

  const Options options_;
  Disk* const disk_;
  const base::Clock* const clock_;
  base::EventSink* const events_;

  mutable std::mutex mutex_;  // Guards segments_ and index_.
  std::map<uint64_t, std::shared_ptr<Segment>> segments_;
  absl::flat_hash_map<uint64_t, Place> index_;

  // The writer's own.
  std::shared_ptr<Segment> active_;
  std::vector<std::shared_ptr<Segment>> armed_;
  std::shared_ptr<Segment> filling_;  // Being made, `filled_` octets so far.
  uint64_t filled_ = 0;
  bool batches_are_large_ = false;  // Those of the last full segment were.
  std::vector<Item> closes_;        // To be written with the next batch.
  // Segments that hold an older copy of a message's record.
  std::multimap<uint64_t, uint64_t> shadows_;
  std::vector<QueueId> gone_;  // Whose big files can be removed.
  std::vector<char> buffer_;
  uint64_t next_number_ = 1;
  uint64_t next_id_ = 1;
};

}  // namespace mailsec::spool

#endif  // MAILCORE_SPOOL_LOG_STORE_H_
