// segment.h: one file of the log, and what is in it.
//
//   ScanResult found;
//   absl::Status read = segment.Scan(segment.file_octets, &found);

#ifndef MAILCORE_SPOOL_SEGMENT_H_
#define MAILCORE_SPOOL_SEGMENT_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mailcore/spool/disk.h"
#include "mailcore/spool/record.h"
#include "mailcore/spool/sealer.h"

namespace mailsec::spool {

struct FoundRecord {
  RecordHead head;
  uint64_t offset = 0;  // Where the head begins.
};

struct ScanResult {
  std::vector<FoundRecord> records;
  uint64_t end = kFirstBatch;         // Behind the last batch that was found.
  uint64_t last_batch = kFirstBatch;  // Where that one starts.
  bool last_batch_whole = true;       // All its heads are right.
  uint64_t damaged_octets = 0;        // In front of the last batch.
};

// Thread safety: ReadEnvelope() and ReadContent() may run concurrently with
// everything; the rest belongs to the store's writer.
struct Segment {
  std::string name;
  std::shared_ptr<DiskFile> file;
  uint64_t file_octets = 0;
  SegmentHeader header;
  std::optional<Sealer> sealer;  // None: not sealed, or no key fits.

  uint64_t end = kFirstBatch;  // Where the next batch goes.
  uint64_t batches = 0;        // Written in this life by this process.
  uint64_t torn = UINT64_MAX;  // Where a batch starts that may not be whole.
  uint64_t live = 0;           // Octets of records that are still needed.
  bool failed = false;         // A write failed: it is never written again.
  bool pinned = false;         // Has a damaged record that is kept.
  bool half_begun = false;     // The copies of its header differ.
  // How many octets of its DONE and CLOSE records are needed, by the number of
  // the segment that they guard.
  std::map<uint64_t, uint64_t> guards;

  // What the two copies of the header say about the file.
  enum class Life {
    kOurs,        // At least one copy is right; `header` is the newer one.
    kUnfinished,  // It has none yet: a crash came while it was filled.
    kForeign,     // Neither copy is right.
  };
  // Reads the header. An error if either copy could not be read: then nothing
  // is known about the file, and nothing may be done to it.
  absl::StatusOr<Life> ReadHeader();
  // Makes both copies the newer one, durably. A life that was begun must not end
  // again by the loss of one copy: what guarded the life before may be gone by
  // then, and what it had been rid of would come back.
  absl::Status CompleteHeader();
  // Gives the file a new life, in two steps: a crash spoils one copy at most.
  absl::Status WriteHeader(const SegmentHeader& next, const SpoolKey* key);
  absl::Status MakeSealer(const std::vector<SpoolKey>& keys);

  // Finds the records in front of `limit`; never fails for what it finds.
  absl::Status Scan(uint64_t limit, ScanResult* result) const;

  absl::StatusOr<RecordHead> ReadHead(uint64_t offset) const;
  absl::StatusOr<std::string> ReadEnvelope(const FoundRecord& record) const;
  absl::StatusOr<std::string> ReadContent(const FoundRecord& record) const;

  // The context that the payload of `head` is sealed with.
  static std::string Context(const RecordHead& head, char part);
};

inline uint64_t RecordOctets(const RecordHead& head) {
  return kHeadOctets + head.envelope_octets + head.content_octets;
}

}  // namespace mailsec::spool

#endif  // MAILCORE_SPOOL_SEGMENT_H_
