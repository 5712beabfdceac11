// theirs.h: what a program does with OpenSSL.

#ifndef TESTS_OPENSSL_THEIRS_H_
#define TESTS_OPENSSL_THEIRS_H_

// True if OpenSSL hashes as it should and makes a TLS context.
bool TheirsWorks();

#endif  // TESTS_OPENSSL_THEIRS_H_
