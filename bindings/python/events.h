// events.h: what does an event of a session look like in Python?
//
// An object of a class of its own, with the names of the C++ struct, that can
// be matched: `case mailsec.RcptTo(path=path): ...`. It is a value (values.h).

#ifndef BINDINGS_PYTHON_EVENTS_H_
#define BINDINGS_PYTHON_EVENTS_H_

#include <pybind11/pybind11.h>

#include <string>
#include <variant>
#include <vector>

#include "bindings/python/values.h"

namespace mailsec::python {

// Binds `Event`, which only sessions make. `fields` are those that a pattern
// takes by position and that repr() shows; the caller binds each. `members` are
// all of the struct.
template <typename Event, typename... Members>
pybind11::class_<Event> BindEvent(pybind11::module_& module, const char* name,
                                  const char* doc,
                                  const std::vector<std::string>& fields = {},
                                  Members Event::*... members) {
  pybind11::class_<Event> bound(module, name, doc);
  bound.attr("__match_args__") = pybind11::tuple(pybind11::cast(fields));
  MakeValue(bound, fields, members...);
  return bound;
}

namespace internal {

template <typename First, typename... Rest>
pybind11::object UnionOf(const std::variant<First, Rest...>*) {
  const pybind11::object either =
      pybind11::module_::import("operator").attr("or_");
  pybind11::object all = pybind11::type::of<First>();
  ((all = either(all, pybind11::type::of<Rest>())), ...);
  return all;
}

}  // namespace internal

// Binds the union of the types of a std::variant as `name`, for annotations.
template <typename Variant>
void BindUnion(pybind11::module_& module, const char* name) {
  module.attr(name) = internal::UnionOf(static_cast<const Variant*>(nullptr));
}

}  // namespace mailsec::python

#endif  // BINDINGS_PYTHON_EVENTS_H_
