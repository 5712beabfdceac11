// maildir.h: is the mail in its mailbox?
//
// Delivers into a Maildir: written and flushed in tmp/, then renamed into
// new/, then the folder is flushed, so that after an OK the message is there
// whatever happens, and never half.
//
//   io::MaildirDelivery delivery(root, "alice", unique_name);
//   absl::Status status = delivery.Open();
//   if (status.ok()) status = delivery.Append(content);
//   if (status.ok()) status = delivery.Commit();

#ifndef MAILCORE_IO_MAILDIR_H_
#define MAILCORE_IO_MAILDIR_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace mailsec::io {

// OK if mailboxes can be made and mail be written below `root`. NotFound if it
// is missing or no folder, PermissionDenied if it is not ours to write to or
// read only, ResourceExhausted if disk or inodes are used up,
// FailedPrecondition if everybody may write there (R7). The message names the
// path and what the system says. Thread safety: pure but for the disk.
absl::Status CheckMaildirRoot(const std::string& root);

// True if `name` can be that of a Maildir below a root: one component of a path
// that is safe in a log and does not begin with '.'. Thread safety: pure.
bool CanBeMaildir(absl::string_view name);

// Thread safety: none; one thread at a time. Blocks on the disk.
class MaildirDelivery {
 public:
  // Delivers to <root>/<mailbox>/. `root` must exist; the Maildir is made,
  // owner-only (R7), if it does not. `name` is unique for this message and
  // mailbox, and the same when delivery is tried again: a copy that is in new/
  // or cur/ already is not delivered a second time.
  MaildirDelivery(std::string root, std::string mailbox, std::string name);
  // Removes what was not committed.
  ~MaildirDelivery();
  MaildirDelivery(const MaildirDelivery&) = delete;
  MaildirDelivery& operator=(const MaildirDelivery&) = delete;

  // Creates the file in tmp/. InvalidArgument if the mailbox cannot be the
  // name of a folder ("", ".", "..", with '/' or a control octet);
  // FailedPrecondition if a part of the path is a symbolic link; else as
  // ErrnoStatus(): ResourceExhausted if disk, inodes or the file system's quota
  // are used up. The message names the path.
  absl::Status Open();
  absl::Status Append(absl::string_view octets);
  // Durable on return.
  absl::Status Commit();

  // After Open(): the mail is there from an earlier attempt, and Append() and
  // Commit() do nothing.
  bool was_delivered() const { return delivered_; }
  // Given to Append() so far.
  uint64_t octets() const { return octets_; }

 private:
  std::string Path() const;  // The mailbox's.
  bool IsDelivered() const;
  absl::Status Flush();

  const std::string root_, mailbox_, name_;
  int maildir_ = -1;  // Owned.
  int tmp_ = -1;      // Owned.
  int new_ = -1;      // Owned.
  int file_ = -1;     // Owned.
  bool delivered_ = false;
  uint64_t octets_ = 0;
  std::string buffer_;
};

}  // namespace mailsec::io

#endif  // MAILCORE_IO_MAILDIR_H_
