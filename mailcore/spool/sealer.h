// sealer.h: who may read and forge what lies on the disk? (R4)
//
// AES-256-GCM under a key of its own for each file, derived by HKDF-SHA-256
// (RFC 5869) from the operator's key and the file's random salt. A position in
// a file is written once in the life of a salt, so it serves as the nonce.
//
//   absl::StatusOr<Sealer> sealer = Sealer::Create(key, salt);
//   sealer->Seal(offset, context, clear, out);  // clear.size() + 16 octets

#ifndef MAILCORE_SPOOL_SEALER_H_
#define MAILCORE_SPOOL_SEALER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct evp_aead_ctx_st;  // Of BoringSSL.

namespace mailsec::spool {

struct SpoolKey {
  uint32_t id = 0;          // Not 0, which means "not sealed".
  std::string secret = {};  // 32 random octets.
};

// FailedPrecondition: no configured key fits what is sealed with key `id`.
absl::Status MissingKey(uint32_t id);

// Thread safety: immutable once created.
class Sealer {
 public:
  static constexpr size_t kTagOctets = 16;

  // InvalidArgument if the key's id is 0 or its secret not 32 octets long.
  static absl::StatusOr<Sealer> Create(const SpoolKey& key,
                                       absl::string_view salt);

  // The sealer for the key in `keys` with this id whose secret gives `check`,
  // or none.
  static absl::StatusOr<std::optional<Sealer>> Find(
      const std::vector<SpoolKey>& keys, uint32_t id, absl::string_view salt,
      absl::string_view check);

  // Stored beside what is sealed, so that a wrong secret can be told from
  // damage. It is the seal of an empty text.
  absl::StatusOr<std::string> Check() const;

  // Writes clear.size() + kTagOctets octets to `out`, which may not overlap
  // `clear`. `context` must be given again to open. `nonce` is below 2^64 - 1.
  absl::Status Seal(uint64_t nonce, absl::string_view context,
                    absl::string_view clear, char* out) const;

  // DataLoss if anything was altered.
  absl::StatusOr<std::string> Open(uint64_t nonce, absl::string_view context,
                                   absl::string_view sealed) const;

 private:
  struct Free {
    void operator()(evp_aead_ctx_st* context) const;
  };
  std::unique_ptr<evp_aead_ctx_st, Free> context_;
};

}  // namespace mailsec::spool

#endif  // MAILCORE_SPOOL_SEALER_H_
