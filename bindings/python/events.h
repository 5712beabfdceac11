// events.h: what does an event of a session look like in Python?
//
// An object of a class of its own, with the names of the C++ struct, that can
// be matched: `case mailsec.RcptTo(path=path): ...`. It is a value (values.h).

#ifndef BINDINGS_PYTHON_EVENTS_H_
#define BINDINGS_PYTHON_EVENTS_H_

#include <pybind11/pybind11.h>

#include <string>
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

}  // namespace mailsec::python

#endif  // BINDINGS_PYTHON_EVENTS_H_
