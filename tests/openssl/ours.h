// ours.h: what libmailsec does with BoringSSL, for a program that has OpenSSL.

#ifndef TESTS_OPENSSL_OURS_H_
#define TESTS_OPENSSL_OURS_H_

// True if libmailsec seals and opens as it should.
bool OursWorks();

#endif  // TESTS_OPENSSL_OURS_H_
