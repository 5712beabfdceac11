// store.h: where do messages lie, durably?
//
// The spool decides what happens to messages; a SpoolStore keeps them.
// LogStore keeps them on a disk, MemoryStore until the process ends.

#ifndef MAILCORE_SPOOL_STORE_H_
#define MAILCORE_SPOOL_STORE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mailcore/spool/disk.h"
#include "mailcore/spool/queue_id.h"

namespace mailsec::spool {

// What is known of a message without reading it. Times are microseconds since
// 1970, INT64_MIN and INT64_MAX for the infinite past and future.
// Thread safety: a value.
struct StoredState {
  QueueId id;
  int64_t received = 0;
  int64_t next_attempt = 0;
  uint64_t octets = 0;  // Size of the content.
  uint32_t attempts = 0;
  bool held = false;
};

// Reads one content piece by piece. Thread safety: none.
class ContentReader {
 public:
  virtual ~ContentReader() = default;
  // The next piece, valid until the next call; empty at the end. DataLoss if
  // the content is not what was stored; no such piece is ever returned.
  virtual absl::StatusOr<absl::string_view> Next() = 0;
};

// Gathers a content that is too large for memory. Destroying it without a
// commit leaves nothing behind.
// Thread safety: none; Finish() happens before the commit.
class ContentFile {
 public:
  virtual ~ContentFile() = default;
  virtual absl::Status Append(absl::string_view octets) = 0;
  virtual absl::Status Finish() = 0;  // All of it is durable. Idempotent.
  // After Finish(): what was appended. Must not outlive the file.
  virtual absl::StatusOr<std::unique_ptr<ContentReader>> Read() const = 0;
  virtual void Keep() = 0;  // It now belongs to the store.
};

// One commit. The views and pointers must live until it returns.
struct StoreBatch {
  struct NewMessage {
    StoredState state;
    absl::string_view envelope;
    absl::string_view content;    // Unless there is a file.
    ContentFile* file = nullptr;  // Finished; not owned.
  };
  struct Update {
    StoredState state;
    absl::string_view envelope;
  };
  std::vector<NewMessage> messages;
  std::vector<Update> updates;
  std::vector<QueueId> done;
  // A crash during the commit leaves all of it or nothing. Otherwise whatever
  // came to the disk may count, as nobody was told of it.
  bool whole = false;
};

// Thread safety: reads may run concurrently with everything; the other methods
// belong to one thread at a time.
class SpoolStore {
 public:
  struct Recovered {
    std::vector<StoredState> messages;
    uint64_t next_id = 1;  // Higher than any that was ever given out.
  };

  virtual ~SpoolStore() = default;

  // Called once, before anything else.
  virtual absl::StatusOr<Recovered> Recover() = 0;

  // All of the batch is durable on return, or the status says why it may not
  // be; a failed batch is not there afterwards, unless a crash comes first.
  // ResourceExhausted if there is no room for it.
  virtual absl::Status Commit(const StoreBatch& batch) = 0;

  // NotFound or DataLoss.
  virtual absl::StatusOr<std::string> ReadEnvelope(QueueId id) const = 0;
  virtual absl::StatusOr<std::unique_ptr<ContentReader>> OpenContent(
      QueueId id) const = 0;

  // May be called by many threads at once.
  virtual absl::StatusOr<std::unique_ptr<ContentFile>> NewContentFile(
      QueueId id) = 0;

  // Gives space back, prepares what the next commits need. True if there is
  // more to do.
  virtual absl::StatusOr<bool> Maintain() = 0;
};

}  // namespace mailsec::spool

#endif  // MAILCORE_SPOOL_STORE_H_
