// typed.h: what does a signature call a Python object that C++ takes as it is?
//
//   Typed<"Optional[logging.Logger]">   an object of which C++ knows nothing
//
// The text is an expression of Python's types, in which the names of the module
// are whole ("mailsec.Scanner"). It stands in the docstring, and the stubs are
// made of it: write what a type checker shall accept. Nothing is checked here.

#ifndef BINDINGS_PYTHON_TYPED_H_
#define BINDINGS_PYTHON_TYPED_H_

#include <pybind11/pybind11.h>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace mailsec::python {

template <size_t kSize>
struct TypeText {
  // NOLINTNEXTLINE(google-explicit-constructor): written as a literal.
  constexpr TypeText(const char (&from)[kSize]) {
    std::copy_n(from, kSize, text);
  }
  char text[kSize] = {};
};

// Thread safety: as pybind11::object, under the GIL.
template <TypeText kText>
class Typed : public pybind11::object {
 public:
  using pybind11::object::object;
  // NOLINTNEXTLINE(google-explicit-constructor): it is the same object.
  Typed(pybind11::object from) : pybind11::object(std::move(from)) {}
  static bool check_(pybind11::handle) { return true; }
};

}  // namespace mailsec::python

namespace pybind11::detail {

template <mailsec::python::TypeText kText>
struct handle_type_name<mailsec::python::Typed<kText>> {
  static constexpr auto name = const_name(kText.text);
};

}  // namespace pybind11::detail

#endif  // BINDINGS_PYTHON_TYPED_H_
