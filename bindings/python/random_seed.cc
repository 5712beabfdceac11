#include "bindings/python/random_seed.h"

#include <pybind11/pybind11.h>

#include <cstring>
#include <string>

namespace mailsec::python {

std::array<uint64_t, 2> RandomSeed() {
  namespace py = pybind11;
  std::array<uint64_t, 2> seed = {};
  const std::string octets =
      py::module_::import("os").attr("urandom")(sizeof(seed)).cast<py::bytes>();
  std::memcpy(seed.data(), octets.data(), sizeof(seed));
  return seed;
}

}  // namespace mailsec::python
