// message_writer.h: the content of one message while it comes in.
//
//   MessageWriter content = spool->NewMessage();
//   absl::Status status = content.Append(octets);
//   if (status.ok()) status = content.Finish();  // May wait for the disk.

#ifndef MAILCORE_SPOOL_MESSAGE_WRITER_H_
#define MAILCORE_SPOOL_MESSAGE_WRITER_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mailcore/base/string_view.h"
#include "mailcore/spool/queue_id.h"
#include "mailcore/spool/store.h"

namespace mailsec::spool {

// How much content all writers may hold in memory together.
// Thread safety: all members may be used concurrently.
struct GatherBudget {
  uint64_t max_octets = 0;
  uint64_t max_message_octets = 0;  // A larger message gets a file.
  std::atomic<uint64_t> octets = 0;
};

// Thread safety: none; may pass from thread to thread. Must not outlive its
// spool. Destroying it unsubmitted leaves nothing behind.
class MessageWriter {
 public:
  MessageWriter(QueueId id, SpoolStore* store,
                std::shared_ptr<GatherBudget> budget);
  MessageWriter(MessageWriter&& other) noexcept;
  MessageWriter& operator=(MessageWriter&& other) noexcept;
  ~MessageWriter();

  // Blocks on the disk once the message is large or memory is short. A failure
  // stays: the commit fails too.
  absl::Status Append(base::StringView octets);

  // Makes the file of a large message durable. Optional: the commit does what
  // was left undone, while others wait. Idempotent.
  absl::Status Finish();

  // What was appended, for code that has to look at it before the commit.
  // Finishes first. The reader must not outlive the writer, and nothing more
  // may be appended while it reads.
  absl::StatusOr<std::unique_ptr<ContentReader>> Read();

  // The id that the message will have.
  QueueId id() const { return id_; }
  uint64_t octets() const { return octets_; }

  // For the spool.
  absl::string_view content() const { return content_; }
  ContentFile* file() const { return file_.get(); }

 private:
  absl::Status MoveToFile();
  void Release();

  QueueId id_;
  SpoolStore* store_;  // Not owned.
  std::shared_ptr<GatherBudget> budget_;
  std::string content_;
  uint64_t reserved_ = 0;  // Taken from the budget.
  std::unique_ptr<ContentFile> file_;
  uint64_t octets_ = 0;
  absl::Status status_;
};

}  // namespace mailsec::spool

#endif  // MAILCORE_SPOOL_MESSAGE_WRITER_H_
