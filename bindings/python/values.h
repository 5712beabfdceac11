// values.h: what can be done with a value in Python?
//
// It compares and hashes by its attributes, shows them, and can be copied and
// pickled: it goes to another process then. It cannot be changed.
//
//   py::class_<Hello> hello(module, "Hello", "...");
//   hello.def_readonly("name", &Hello::name, "...");
//   MakeValue(hello, {"name", "extended"}, &Hello::name, &Hello::extended);
//
// A type that is written as a text is pickled as that text (MakeTextValue).

#ifndef BINDINGS_PYTHON_VALUES_H_
#define BINDINGS_PYTHON_VALUES_H_

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstddef>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "bindings/python/absl_casters.h"
#include "bindings/python/enums.h"
#include "bindings/python/objects.h"
#include "bindings/python/status.h"
#include "bindings/python/wrong_argument.h"

namespace mailsec::python {

// Compares, hashes, shows and copies by `attributes`, as far as `cls` does not
// do so itself. The GIL is held.
void CompareBy(const pybind11::object& cls,
               const std::vector<std::string>& attributes);

// Shows `attributes` of what is no value: a session, a store ...
// "<mailsec.RateLimiter burst=10, interval=...>". The GIL is held.
void ShowBy(const pybind11::object& cls,
            const std::vector<std::string>& attributes);

// Raises ValueError: the state is of another version of the module, or nobody's.
[[noreturn]] void RaiseBadState();

namespace internal {

// A text of a peer's may be no UTF-8: it is pickled as bytes.
inline pybind11::object ToState(const std::string& text) {
  return pybind11::bytes(text);
}
inline pybind11::object ToState(const pybind11::bytes& octets) {
  return octets;
}
template <typename T>
pybind11::object ToState(const T& value) {
  return pybind11::cast(value);
}

template <typename T, typename... Members, size_t... kIndex>
T FromState(const pybind11::tuple& state, std::index_sequence<kIndex...>,
            Members T::*... members) {
  if constexpr (std::is_default_constructible_v<T>) {
    T value{};
    ((value.*members = state[kIndex].template cast<Members>()), ...);
    return value;
  } else {
    return T{state[kIndex].template cast<Members>()...};
  }
}

}  // namespace internal

// `save` makes a tuple of a T, and `load` a T of that tuple.
template <typename T, typename... Options, typename Save, typename Load>
void MakePickled(pybind11::class_<T, Options...>& cls,
                 const std::vector<std::string>& attributes, Save save,
                 Load load) {
  namespace py = pybind11;
  cls.def(
      py::pickle([save](const T& value) -> py::tuple { return save(value); },
                 [load](const py::tuple& state) -> T {
                   try {
                     return load(state);
                   } catch (const py::cast_error&) {
                     RaiseBadState();
                   } catch (const py::reference_cast_error&) {
                     RaiseBadState();
                   }
                 }));
  CompareBy(cls, attributes);
}

// `members` are all of T, in their order.
template <typename T, typename... Options, typename... Members>
void MakeValue(pybind11::class_<T, Options...>& cls,
               const std::vector<std::string>& attributes,
               Members T::*... members) {
  namespace py = pybind11;
  MakePickled(
      cls, attributes,
      [members...](const T& value) {
        return py::make_tuple(internal::ToState(value.*members)...);
      },
      [members...](const py::tuple& state) {
        if (state.size() != sizeof...(Members)) RaiseBadState();
        return internal::FromState<T>(
            state, std::index_sequence_for<Members...>(), members...);
      });
}

// `parse` makes a T, or a StatusOr of one, of what `text` says of it.
template <typename T, typename... Options, typename Text, typename Parse>
void MakeTextValue(pybind11::class_<T, Options...>& cls, Text text,
                   Parse parse) {
  namespace py = pybind11;
  cls.def(py::pickle(
      [text](const T& value) { return py::str(std::invoke(text, value)); },
      [parse](const py::str& state) {
        return ValueOrRaise(parse(std::string(state)));
      }));
  CompareBy(cls, {});
}

}  // namespace mailsec::python

#endif  // BINDINGS_PYTHON_VALUES_H_
