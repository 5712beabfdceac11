#include "bindings/python/call_check.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "bindings/python/wrong_argument.h"

namespace mailsec::python {
namespace {

namespace py = pybind11;
using py::detail::function_record;

// pybind11's own: what CheckedCall() stands in front of.
PyCFunctionWithKeywords g_call = nullptr;

const function_record& RecordOf(PyObject* capsule) {
  return *static_cast<const function_record*>(
      PyCapsule_GetPointer(capsule, nullptr));
}

// Where `function` has the parameter `name`; its size if it has none.
size_t IndexOf(const function_record& function, absl::string_view name) {
  size_t index = 0;
  while (index < function.args.size() && name != function.args[index].name) {
    ++index;
  }
  return index;
}

// True if all of its parameters have names, and nothing else is taken.
bool CanBeChecked(const function_record& function) {
  return function.next == nullptr && !function.is_operator &&
         !function.has_args && !function.has_kwargs &&
         function.args.size() == function.nargs &&
         std::all_of(
             function.args.begin(), function.args.end(),
             [](const auto& argument) { return argument.name != nullptr; });
}

// What is wrong with the call; empty: nothing.
std::string FindFault(const function_record& function, PyObject* given,
                      PyObject* named) {
  const size_t positional = static_cast<size_t>(PyTuple_GET_SIZE(given));
  const size_t self = function.is_method ? 1 : 0;
  if (positional > function.nargs_pos) {
    return absl::StrCat(" takes at most ", function.nargs_pos - self,
                        " arguments by position, not ", positional - self);
  }
  if (named != nullptr) {
    for (const auto& [key, value] : py::reinterpret_borrow<py::dict>(named)) {
      const std::string name = py::str(key);
      const size_t index = IndexOf(function, name);
      if (index == function.args.size()) {
        return absl::StrCat(" has no argument '", name, "'");
      }
      if (index < positional) {
        return absl::StrCat(" has two values for its argument '", name, "'");
      }
    }
  }
  for (size_t i = positional; i < function.args.size(); ++i) {
    const py::detail::argument_record& argument = function.args[i];
    if (!argument.value &&
        (named == nullptr ||
         PyDict_GetItemString(named, argument.name) == nullptr)) {
      return absl::StrCat(" lacks the argument '", argument.name, "'");
    }
  }
  return "";
}

PyObject* CheckedCall(PyObject* capsule, PyObject* given, PyObject* named) {
  const function_record& function = RecordOf(capsule);
  if (CanBeChecked(function)) {
    try {
      const std::string fault = FindFault(function, given, named);
      if (!fault.empty()) {
        PyErr_SetString(PyExc_TypeError,
                        absl::StrCat(FullName(function), "()", fault).c_str());
        return nullptr;
      }
    } catch (py::error_already_set& raised) {
      raised.restore();
      return nullptr;
    }
  }
  return g_call(capsule, given, named);
}

void Check(py::handle thing);

void CheckAll(const py::dict& things) {
  for (const auto& [name, thing] : things) Check(thing);
}

void Check(py::handle thing) {
  if (PyModule_Check(thing.ptr()) != 0 ||
      py::isinstance(thing, py::module_::import("builtins").attr("type"))) {
    CheckAll(py::dict(thing.attr("__dict__")));
    return;
  }
  py::object function = py::reinterpret_borrow<py::object>(thing);
  if (py::hasattr(function, "__func__")) function = function.attr("__func__");
  function =
      py::reinterpret_borrow<py::object>(py::detail::get_function(function));
  if (PyCFunction_Check(function.ptr()) == 0) return;
  PyMethodDef* const method =
      reinterpret_cast<PyCFunctionObject*>(function.ptr())->m_ml;
  // Every function that pybind11 makes is called through one.
  const auto call = reinterpret_cast<PyCFunctionWithKeywords>(
      reinterpret_cast<void (*)()>(method->ml_meth));
  if (call != g_call) return;
  method->ml_meth =
      reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(&CheckedCall));
}

}  // namespace

void CheckCalls(const py::module_& module) {
  const py::cpp_function any([] {});
  g_call = reinterpret_cast<PyCFunctionWithKeywords>(
      reinterpret_cast<void (*)()>(PyCFunction_GET_FUNCTION(any.ptr())));
  Check(module);
}

}  // namespace mailsec::python
