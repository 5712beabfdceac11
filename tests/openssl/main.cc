#include <cstdio>

#include "tests/openssl/ours.h"
#include "tests/openssl/theirs.h"

// Uses both by turns, and says which one failed.
int main() {
  for (int round = 0; round < 3; ++round) {
    if (!OursWorks()) return std::puts("libmailsec does not work"), 1;
    if (!TheirsWorks()) return std::puts("OpenSSL does not work"), 1;
  }
  return 0;
}
