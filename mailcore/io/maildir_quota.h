// maildir_quota.h: how full is this Maildir?
//
// Quotas as Maildir++ has them, so that IMAP servers and we read and write one
// file: <maildir>/maildirsize. Its first line is the quota, "10000000S,1000C"
// (octets, messages), and each further line what came or went, "2048 1" or
// "-2048 -1"; the sum is what is there.
//
//   absl::StatusOr<MaildirUsage> usage =
//       ReadMaildirUsage("/var/mail", "alice", {.octets = 1 << 30}, now);
//   if (usage.ok() && !usage->HasRoomFor(4096)) GiveUp();
//
// The file is a memory of the sum, and everybody who delivers may forget to
// write it. All messages are counted anew, and the file is written anew, if it is
// missing, damaged, no regular file, longer than kMaxMaildirSizeOctets, or of
// another quota; and if it says that there is no room and it has not exactly one
// line of sums or is older than 15 minutes. Not counted are messages in .Trash
// and those that are marked as deleted (flag T).
//
// Thread safety: pure functions but for the disk; they may run concurrently, and
// then the sum may be wrong until the messages are counted again. They block on
// the disk.

#ifndef MAILCORE_IO_MAILDIR_QUOTA_H_
#define MAILCORE_IO_MAILDIR_QUOTA_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace mailsec::io {

// Of the file; then it is written anew (Maildir++).
inline constexpr size_t kMaxMaildirSizeOctets = 5120;

// Messages that are counted of one Maildir; there are more only if something is
// wrong. Ours. What is above them is not in the sum, and the file is not written.
inline constexpr size_t kMaxMessagesCounted = 1000000;

// 0: no limit. Thread safety: a value.
struct MaildirQuota {
  uint64_t octets = 0;
  uint64_t messages = 0;
  bool is_set() const { return octets > 0 || messages > 0; }
  friend bool operator==(const MaildirQuota&, const MaildirQuota&) = default;
};

// Thread safety: a value.
struct MaildirUsage {
  MaildirQuota quota = {};
  uint64_t octets = 0;    // What is there,
  uint64_t messages = 0;  // and how many.

  // How large a message may be added still; 0: none. The largest number there is
  // if there is no limit.
  uint64_t room_octets() const;
  bool HasRoomFor(uint64_t more_octets) const {
    return more_octets <= room_octets() && room_octets() > 0;
  }
};

// Of <root>/<mailbox>/. `configured` if it is set, else the quota in the file;
// nothing is counted if there is none either. A Maildir that does not exist is
// empty. `now` tells the age of the file; there is no room if a message of
// `wanted_octets` does not fit. As ErrnoStatus() if the messages cannot be
// counted; InvalidArgument if `mailbox` is no name of a Maildir.
absl::StatusOr<MaildirUsage> ReadMaildirUsage(const std::string& root,
                                              const std::string& mailbox,
                                              const MaildirQuota& configured,
                                              absl::Time now,
                                              uint64_t wanted_octets = 1);

// One message of so many octets was delivered. Writes nothing if there is no
// regular file: whoever needs it next counts.
absl::Status AddToMaildirUsage(const std::string& root,
                               const std::string& mailbox, uint64_t octets);

}  // namespace mailsec::io

#endif  // MAILCORE_IO_MAILDIR_QUOTA_H_
