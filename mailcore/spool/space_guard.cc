#include "mailcore/spool/space_guard.h"

#include "absl/strings/str_cat.h"

namespace mailsec::spool {

absl::Status SpaceGuard::Check(const DiskSpace& space, uint64_t octets) const {
  if (space.free_octets < reserve_.octets ||
      space.free_octets - reserve_.octets < octets) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the spool's disk has ", space.free_octets,
                     " octets free and keeps ", reserve_.octets, " of them"));
  }
  if (space.free_inodes <= reserve_.inodes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the spool's disk has ", space.free_inodes,
                     " inodes free and keeps ", reserve_.inodes, " of them"));
  }
  return absl::OkStatus();
}

}  // namespace mailsec::spool
