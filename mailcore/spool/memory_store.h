// memory_store.h: messages in memory, until the process ends.
//
// It is for tests, and for servers that hand mail on before they answer 250.
//
//   auto spool = Spool::OpenStore(SpoolOptions(),
//                                 std::make_unique<MemoryStore>(), nullptr,
//                                 &clock);

#ifndef MAILCORE_SPOOL_MEMORY_STORE_H_
#define MAILCORE_SPOOL_MEMORY_STORE_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "mailcore/spool/store.h"

namespace mailsec::spool {

// Thread safety: as SpoolStore says.
class MemoryStore : public SpoolStore {
 public:
  absl::StatusOr<Recovered> Recover() override;  // Nothing.
  absl::Status Commit(const StoreBatch& batch) override;
  absl::StatusOr<std::string> ReadEnvelope(QueueId id) const override;
  absl::StatusOr<std::unique_ptr<ContentReader>> OpenContent(
      QueueId id) const override;
  absl::StatusOr<std::unique_ptr<ContentFile>> NewContentFile(
      QueueId id) override;
  absl::StatusOr<bool> Maintain() override;  // There is never more to do.

 private:
  class File;
  class Reader;
  struct Message {
    std::string envelope;
    std::shared_ptr<const std::string> content;  // Shared with its readers.
  };

  mutable std::mutex mutex_;
  absl::flat_hash_map<uint64_t, Message> messages_;
};

}  // namespace mailsec::spool

#endif  // MAILCORE_SPOOL_MEMORY_STORE_H_
