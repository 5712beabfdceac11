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
// reported (exception_text.h), and the caller gets "cannot tell".

#ifndef BINDINGS_PYTHON_OVERRIDE_H_
#define BINDINGS_PYTHON_OVERRIDE_H_

#include <pybind11/pybind11.h>

#include <optional>
#include <string>

#include "bindings/python/exception_text.h"
#include "bindings/python/gil.h"

namespace mailsec::python {

// function(*arguments), with the GIL held by the caller; throws what it raises.
inline pybind11::object Call(pybind11::handle function,
                             const pybind11::tuple& arguments) {
  PyObject* const result = EnterInterpreter(
      [&] { return PyObject_CallObject(function.ptr(), arguments.ptr()); });
  if (result == nullptr) throw pybind11::error_already_set();
  return pybind11::reinterpret_steal<pybind11::object>(result);
}

[[noreturn]] inline void RaiseWrongType(const char* where,
                                        const pybind11::object& result) {
  PyErr_Format(PyExc_TypeError, "%s() returned a %s", where,
               Py_TYPE(result.ptr())->tp_name);
  throw pybind11::error_already_set();
}

// `result` as an R; TypeError says what the method `where` returned instead.
template <typename R>
R ToResult(const pybind11::object& result, const char* where) {
  try {
    return result.template cast<R>();
  } catch (const pybind11::cast_error&) {
    RaiseWrongType(where, result);
  } catch (const pybind11::reference_cast_error&) {  // None, for a value.
    RaiseWrongType(where, result);
  }
}

// Calls `function` with the GIL held by the caller; nothing if it raised or
// returned no R, and then what went wrong is in `error`.
template <typename R, typename... Args>
std::optional<R> CallReporting(pybind11::handle function, const char* where,
                               std::string* error, const Args&... args) {
  if (HasKeptException()) {
    *error = "interrupted";
    return std::nullopt;
  }
  try {
    return ToResult<R>(Call(function, pybind11::make_tuple(args...)), where);
  } catch (...) {
    *error = ReportException(where);
    return std::nullopt;
  }
}

// The method `name` of the Python object behind `self`, a pointer to the bound
// base class; null if it has none. The GIL is held; throws if what stands there
// is no method.
template <typename Base>
pybind11::function FindOverride(const Base* self, const char* name) {
  return EnterInterpreter([&] { return pybind11::get_override(self, name); });
}

// Takes the GIL and calls the method `name` of the Python object behind
// `self`. As CallReporting(); what stands there and is no method is as wrong as
// one that raises.
template <typename R, typename Base, typename... Args>
std::optional<R> CallOverride(const Base* self, const char* name,
                              std::string* error, const Args&... args) {
  const GilAcquire gil;
  try {
    const pybind11::function method = FindOverride(self, name);
    if (method) return CallReporting<R>(method, name, error, args...);
    *error = std::string(name) + "() is not implemented";
  } catch (...) {
    *error = ReportException(name);
  }
  return std::nullopt;
}

// True if the object behind `self` has something of this name, with the GIL
// held by the caller.
template <typename Base>
bool IsOverridden(const Base* self, const char* name) {
  try {
    return static_cast<bool>(FindOverride(self, name));
  } catch (...) {
    return true;  // CallOverride() says what is wrong with it.
  }
}

}  // namespace mailsec::python

#endif  // BINDINGS_PYTHON_OVERRIDE_H_
