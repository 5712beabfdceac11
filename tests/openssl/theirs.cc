#include "tests/openssl/theirs.h"

#include <openssl/evp.h>
#include <openssl/opensslv.h>
#include <openssl/ssl.h>

#include <cstring>

#ifndef OPENSSL_VERSION_MAJOR
#error "These are not OpenSSL's headers."
#endif

bool TheirsWorks() {
  // FIPS 180-2, appendix B.1.
  constexpr unsigned char kSha256OfAbc[] = {
      0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
      0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
      0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  EVP_MD_CTX* hash = EVP_MD_CTX_new();
  const bool hashed = EVP_DigestInit_ex(hash, EVP_sha256(), nullptr) == 1 &&
                      EVP_DigestUpdate(hash, "abc", 3) == 1 &&
                      EVP_DigestFinal_ex(hash, digest, &length) == 1;
  EVP_MD_CTX_free(hash);
  SSL_CTX* context = SSL_CTX_new(TLS_method());
  SSL* connection = context == nullptr ? nullptr : SSL_new(context);
  const bool made = connection != nullptr &&
                    SSL_set_tlsext_host_name(connection, "mx.example") == 1;
  SSL_free(connection);
  SSL_CTX_free(context);
  return hashed && made && length == sizeof(kSha256OfAbc) &&
         std::memcmp(digest, kSha256OfAbc, length) == 0 &&
         std::strncmp(OpenSSL_version(OPENSSL_VERSION), "OpenSSL", 7) == 0;
}
