// events.h: what does an event of a session look like in Python?
//
// An object of a class of its own, with the names of the C++ struct, that can
// be matched: `case mailsec.RcptTo(path=path): ...`.

#ifndef BINDINGS_PYTHON_EVENTS_H_
#define BINDINGS_PYTHON_EVENTS_H_

#include <pybind11/pybind11.h>

#include <initializer_list>
#include <string>
#include <vector>

namespace mailsec::python {

// Binds `Event`, which only sessions make. `fields` are those that a pattern
// takes by position and that repr() shows; the caller binds each.
template <typename Event>
pybind11::class_<Event> BindEvent(
    pybind11::module_& module, const char* name, const char* doc,
    std::initializer_list<const char*> fields = {}) {
  pybind11::class_<Event> bound(module, name, doc);
  const std::vector<std::string> names(fields.begin(), fields.end());
  bound.attr("__match_args__") = pybind11::tuple(pybind11::cast(names));
  bound.def("__repr__", [name = std::string(name),
                         names](const pybind11::object& self) {
    std::string text = "<mailsec." + name;
    const char* separator = " ";
    for (const std::string& field : names) {
      text += separator + field + "=";
      text += pybind11::repr(self.attr(field.c_str())).cast<std::string>();
      separator = ", ";
    }
    return text + ">";
  });
  return bound;
}

}  // namespace mailsec::python

#endif  // BINDINGS_PYTHON_EVENTS_H_
