// override.h: how does C++ ask a Python class?
//
//   class PyMxAuthority : public MxAuthority {
//     MxVerdict HoldsMxFor(const address::Domain& domain) override {
//       std::string error;
//       auto verdict = CallOverride<MxVerdict>(static_cast<MxAuthority*>(this),
//                                              "holds_mx_for", &error, domain);
//       ...
//
// Python code may raise anything; the library throws nothing. An exception is
// reported to sys.unraisablehook, and the caller gets "cannot tell".

#ifndef BINDINGS_PYTHON_OVERRIDE_H_
#define BINDINGS_PYTHON_OVERRIDE_H_

#include <pybind11/pybind11.h>

#include <optional>
#include <string>

#include "bindings/python/status.h"

namespace mailsec::python {

[[noreturn]] inline void RaiseWrongType(const char* where,
                                        const pybind11::object& result) {
  PyErr_Format(PyExc_TypeError, "%s returned a %s", where,
               Py_TYPE(result.ptr())->tp_name);
  throw pybind11::error_already_set();
}

// Calls `function` with the GIL held by the caller; nothing if it raised or
// returned no R, and then what went wrong is in `error`.
template <typename R, typename... Args>
std::optional<R> CallReporting(const pybind11::function& function,
                               const char* where, std::string* error,
                               const Args&... args) {
  try {
    pybind11::object result = function(args...);
    try {
      return result.template cast<R>();
    } catch (const pybind11::cast_error&) {
      RaiseWrongType(where, result);
    } catch (const pybind11::reference_cast_error&) {  // None, for a value.
      RaiseWrongType(where, result);
    }
  } catch (pybind11::error_already_set& raised) {
    *error = ReportUnraisable(raised, where);
    return std::nullopt;
  }
}

// Takes the GIL and calls the method `name` of the Python object behind
// `self`, a pointer to the bound base class. As CallReporting(); what stands
// there and is no method is as wrong as one that raises.
template <typename R, typename Base, typename... Args>
std::optional<R> CallOverride(const Base* self, const char* name,
                              std::string* error, const Args&... args) {
  const pybind11::gil_scoped_acquire gil;
  try {
    const pybind11::function method = pybind11::get_override(self, name);
    if (method) return CallReporting<R>(method, name, error, args...);
    *error = std::string(name) + "() is not implemented";
  } catch (const pybind11::builtin_exception& mistaken) {
    mistaken.set_error();
    pybind11::error_already_set raised;
    *error = ReportUnraisable(raised, name);
  }
  return std::nullopt;
}

// True if the object behind `self` has something of this name, with the GIL
// held by the caller.
template <typename Base>
bool IsOverridden(const Base* self, const char* name) {
  try {
    return static_cast<bool>(pybind11::get_override(self, name));
  } catch (const pybind11::builtin_exception&) {
    return true;  // CallOverride() says what is wrong with it.
  }
}

}  // namespace mailsec::python

#endif  // BINDINGS_PYTHON_OVERRIDE_H_
