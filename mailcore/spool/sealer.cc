#include "mailcore/spool/sealer.h"

#include <array>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "openssl/aead.h"
#include "openssl/digest.h"
#include "openssl/hkdf.h"

namespace mailsec::spool {
namespace {

constexpr size_t kKeyOctets = 32;
constexpr absl::string_view kInfo = "mailsec spool v1";
// No position in a file is as high.
constexpr uint64_t kCheckNonce = UINT64_MAX;

const uint8_t* Octets(absl::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

std::array<uint8_t, 12> MakeNonce(uint64_t nonce) {
  std::array<uint8_t, 12> octets = {};
  std::memcpy(octets.data(), &nonce, sizeof(nonce));
  return octets;
}

}  // namespace

absl::Status MissingKey(uint32_t id) {
  return absl::FailedPreconditionError(absl::StrCat(
      "the spool holds mail that is sealed with key ", id,
      ", which is not configured, or with another secret: configure it again "
      "until that mail is delivered"));
}

void Sealer::Free::operator()(evp_aead_ctx_st* context) const {
  EVP_AEAD_CTX_free(context);
}

absl::StatusOr<Sealer> Sealer::Create(const SpoolKey& key,
                                      absl::string_view salt) {
  if (key.id == 0 || key.secret.size() != kKeyOctets) {
    return absl::InvalidArgumentError(
        "a spool key has 32 octets and an id other than 0");
  }
  std::array<uint8_t, kKeyOctets> derived;
  Sealer sealer;
  if (HKDF(derived.data(), derived.size(), EVP_sha256(), Octets(key.secret),
           key.secret.size(), Octets(salt), salt.size(), Octets(kInfo),
           kInfo.size()) == 1) {
    sealer.context_.reset(EVP_AEAD_CTX_new(EVP_aead_aes_256_gcm(),
                                           derived.data(), derived.size(),
                                           EVP_AEAD_DEFAULT_TAG_LENGTH));
  }
  if (sealer.context_ == nullptr) {
    return absl::InternalError("cannot derive a spool key");
  }
  return sealer;
}

absl::StatusOr<std::optional<Sealer>> Sealer::Find(
    const std::vector<SpoolKey>& keys, uint32_t id, absl::string_view salt,
    absl::string_view check) {
  for (const SpoolKey& key : keys) {
    if (key.id != id) continue;
    absl::StatusOr<Sealer> sealer = Create(key, salt);
    if (!sealer.ok()) return sealer.status();
    if (sealer->Open(kCheckNonce, "", check).ok()) {
      return std::optional<Sealer>(*std::move(sealer));
    }
  }
  return std::optional<Sealer>();
}

absl::StatusOr<std::string> Sealer::Check() const {
  std::string check(kTagOctets, '\0');
  absl::Status status = Seal(kCheckNonce, "", "", check.data());
  if (!status.ok()) return status;
  return check;
}

absl::Status Sealer::Seal(uint64_t nonce, absl::string_view context,
                          absl::string_view clear, char* out) const {
  const auto octets = MakeNonce(nonce);
  size_t length = 0;
  if (EVP_AEAD_CTX_seal(context_.get(), reinterpret_cast<uint8_t*>(out),
                        &length, clear.size() + kTagOctets, octets.data(),
                        octets.size(), Octets(clear), clear.size(),
                        Octets(context), context.size()) != 1) {
    return absl::InternalError("cannot seal");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> Sealer::Open(uint64_t nonce,
                                         absl::string_view context,
                                         absl::string_view sealed) const {
  const auto octets = MakeNonce(nonce);
  std::string clear(sealed.size(), '\0');
  size_t length = 0;
  if (EVP_AEAD_CTX_open(
          context_.get(), reinterpret_cast<uint8_t*>(clear.data()), &length,
          clear.size(), octets.data(), octets.size(), Octets(sealed),
          sealed.size(), Octets(context), context.size()) != 1) {
    return absl::DataLossError("the seal does not hold");
  }
  clear.resize(length);
  return clear;
}

}  // namespace mailsec::spool
