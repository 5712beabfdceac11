// random_seed.h: where does a secret come from that no caller has given?

#ifndef BINDINGS_PYTHON_RANDOM_SEED_H_
#define BINDINGS_PYTHON_RANDOM_SEED_H_

#include <array>
#include <cstdint>

namespace mailsec::python {

// From os.urandom(); raises OSError without it. Call it with the GIL held.
std::array<uint64_t, 2> RandomSeed();

}  // namespace mailsec::python

#endif  // BINDINGS_PYTHON_RANDOM_SEED_H_
