// crc32c.h: are these still the same octets?
//
//   uint32_t crc = Crc32c("123456789");  // 0xE3069283
//   Crc32c("456789", Crc32c("123")) == crc;
//
// Thread safety: pure functions.

#ifndef MAILCORE_SPOOL_CRC32C_H_
#define MAILCORE_SPOOL_CRC32C_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace mailsec::spool {

// CRC-32C (Castagnoli; RFC 3720, 12.1) of `octets`, going on from `before`.
// Uses SSE4.2 where the processor has it.
uint32_t Crc32c(absl::string_view octets, uint32_t before = 0);

// The same by table, on any processor: what the fast form is tested against.
uint32_t PortableCrc32c(absl::string_view octets, uint32_t before = 0);

}  // namespace mailsec::spool

#endif  // MAILCORE_SPOOL_CRC32C_H_
