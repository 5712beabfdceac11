// callbacks.h: may a class of the caller's be asked by the library?
//
//   RefuseCoroutines(scanner_class, {"scan", "signature_time"});
//
// A coroutine function is no answer to who does not await it: each call would
// fail, and each mail be deferred. It is refused where the class is defined.

#ifndef BINDINGS_PYTHON_CALLBACKS_H_
#define BINDINGS_PYTHON_CALLBACKS_H_

#include <pybind11/pybind11.h>

#include <string>
#include <vector>

namespace mailsec::python {

// Gives the bound class `base` an __init_subclass__() that raises TypeError for a
// subclass in which one of `methods` is a coroutine function. The GIL is held.
void RefuseCoroutines(const pybind11::object& base,
                      std::vector<std::string> methods);

}  // namespace mailsec::python

#endif  // BINDINGS_PYTHON_CALLBACKS_H_
