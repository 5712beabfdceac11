// loaded_message.h: what has to be read before a message can be delivered?

#ifndef MAILCORE_SERVER_QUEUE_LOADED_MESSAGE_H_
#define MAILCORE_SERVER_QUEUE_LOADED_MESSAGE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "mailcore/spool/envelope.h"
#include "mailcore/spool/spool.h"

namespace mailsec::server {

// Thread safety: a value.
struct LoadedMessage {
  absl::StatusOr<spool::Envelope> envelope = absl::UnknownError("");
  // Null if it is larger than 16 KiB (ours): then it is read piece by piece
  // when it is sent.
  std::shared_ptr<const std::string> content;
  uint64_t octets = 0;
  absl::Duration age;  // Envelope::age and what has passed since.
};

// Blocks on the disk.
LoadedMessage LoadMessage(const spool::Spool& spool, spool::QueueId id);

// The first `most` octets of a content, or a little more; null if it cannot be
// read, which whoever needs it will find out again. Blocks on the disk.
std::shared_ptr<const std::string> LoadContent(const spool::Spool& spool,
                                               spool::QueueId id,
                                               const spool::Envelope& envelope,
                                               uint64_t most);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_QUEUE_LOADED_MESSAGE_H_
