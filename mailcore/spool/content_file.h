// content_file.h: the content of a large message, in a file of its own.
//
// FORMAT.md, "big". Pieces of 64 KiB, each with its checksum or seal; the
// length in the message's record tells when one is missing at the end.

#ifndef MAILCORE_SPOOL_CONTENT_FILE_H_
#define MAILCORE_SPOOL_CONTENT_FILE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "mailcore/spool/disk.h"
#include "mailcore/spool/queue_id.h"
#include "mailcore/spool/sealer.h"
#include "mailcore/spool/store.h"

namespace mailsec::spool {

std::string BigFileName(QueueId id);  // "big/2QK9"

// `key` may be null: not sealed. `disk` is not owned and must outlive it.
absl::StatusOr<std::unique_ptr<ContentFile>> CreateContentFile(
    Disk* disk, QueueId id, const SpoolKey* key);

// `octets`: the length of the content. `keys` must outlive the reader.
absl::StatusOr<std::unique_ptr<ContentReader>> OpenContentFile(
    Disk* disk, QueueId id, uint64_t octets, const std::vector<SpoolKey>& keys);

// Random octets for a salt.
std::string NewSalt();

}  // namespace mailsec::spool

#endif  // MAILCORE_SPOOL_CONTENT_FILE_H_
