// arguments.h: what may a caller write where a value is wanted?
//
//   TextOr<T>  a T, or a str that is parsed as one: ValueError says why it is
//              none, which pybind11's implicit conversion would not.
//   Octets     bytes, bytearray, memoryview: anything with a flat buffer. It
//              stays locked until the call returns.
//   Typed<T>   any Python object; signatures say T (typed.h)

#ifndef BINDINGS_PYTHON_ARGUMENTS_H_
#define BINDINGS_PYTHON_ARGUMENTS_H_

#include <pybind11/pybind11.h>

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "bindings/python/absl_casters.h"
#include "bindings/python/status.h"
#include "bindings/python/typed.h"

namespace mailsec::python {

// Thread safety: a value.
template <typename T>
struct TextOr {
  std::optional<T> value;
  const T& operator*() const { return *value; }
};

template <typename T>
std::vector<T> Values(const std::vector<TextOr<T>>& arguments) {
  std::vector<T> values;
  values.reserve(arguments.size());
  for (const TextOr<T>& argument : arguments) values.push_back(*argument);
  return values;
}

// Thread safety: none; made, moved and destroyed with the GIL held.
class Octets {
 public:
  Octets() = default;
  Octets(Octets&& other) noexcept { *this = std::move(other); }
  Octets& operator=(Octets&& other) noexcept {
    std::swap(buffer_, other.buffer_);
    return *this;
  }
  ~Octets() { PyBuffer_Release(&buffer_); }

  // False if `source` has no flat buffer.
  bool Lock(PyObject* source) {
    if (PyObject_GetBuffer(source, &buffer_, PyBUF_SIMPLE) == 0) return true;
    PyErr_Clear();
    return false;
  }
  absl::string_view view() const {
    return {static_cast<const char*>(buffer_.buf),
            static_cast<size_t>(buffer_.len)};
  }

 private:
  Py_buffer buffer_ = {};
};

}  // namespace mailsec::python

namespace pybind11::detail {

template <typename T>
struct type_caster<mailsec::python::TextOr<T>> {
  PYBIND11_TYPE_CASTER(mailsec::python::TextOr<T>, const_name("Union[str, ") +
                                                       make_caster<T>::name +
                                                       const_name("]"));

  bool load(handle source, bool) {
    make_caster<T> whole;
    if (whole.load(source, /*convert=*/false)) {
      value.value = cast_op<const T&>(whole);
      return true;
    }
    make_caster<absl::string_view> text;
    if (!PyUnicode_Check(source.ptr()) || !text.load(source, false)) {
      return false;
    }
    value.value = mailsec::python::ValueOrRaise(
        T::Parse(cast_op<absl::string_view>(text)));
    return true;
  }
};

template <>
struct type_caster<mailsec::python::Octets> {
  PYBIND11_TYPE_CASTER(mailsec::python::Octets,
                       const_name("Union[bytes, bytearray, memoryview]"));
  bool load(handle source, bool) { return value.Lock(source.ptr()); }
};

}  // namespace pybind11::detail

#endif  // BINDINGS_PYTHON_ARGUMENTS_H_
