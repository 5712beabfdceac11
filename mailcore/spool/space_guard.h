// space_guard.h: is there room for this message, with the reserve kept? (R10)
//
//   const SpaceGuard guard({.octets = 64 << 20, .inodes = 1000});
//   absl::Status ok = guard.Check(space, 50'000'000);

#ifndef MAILCORE_SPOOL_SPACE_GUARD_H_
#define MAILCORE_SPOOL_SPACE_GUARD_H_

#include <cstdint>

#include "absl/status/status.h"
#include "mailcore/spool/disk.h"

namespace mailsec::spool {

// Thread safety: immutable.
class SpaceGuard {
 public:
  // What new mail never uses up, so that what is there can still be delivered
  // and reported on.
  struct Reserve {
    uint64_t octets = 64 << 20;
    uint64_t inodes = 1000;
  };

  explicit SpaceGuard(const Reserve& reserve) : reserve_(reserve) {}

  // ResourceExhausted, saying what is short, if `octets` more would touch the
  // reserve.
  absl::Status Check(const DiskSpace& space, uint64_t octets) const;

 private:
  Reserve reserve_;
};

}  // namespace mailsec::spool

#endif  // MAILCORE_SPOOL_SPACE_GUARD_H_
