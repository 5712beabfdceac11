#include "bindings/python/exception_text.h"

#include <exception>

#include "absl/strings/str_cat.h"
#include "bindings/python/gil.h"
#include "bindings/python/status.h"
#include "mailcore/base/log_safe.h"

namespace mailsec::python {
namespace {

namespace py = pybind11;

// A longer text of a Python exception is cut in a Decision. Ours.
constexpr size_t kMaxTextOctets = 200;

// Makes the C++ exception that is being handled the Python error.
void SetError() {
  try {
    throw;
  } catch (py::error_already_set& raised) {
    raised.restore();
  } catch (const py::builtin_exception& raised) {
    raised.set_error();
  } catch (const StatusError& raised) {
    PyErr_SetString(ExceptionFor(raised.code()), raised.what());
  } catch (abi::__forced_unwind&) {
    ParkThread();
  } catch (const std::exception& raised) {
    PyErr_SetString(PyExc_RuntimeError, raised.what());
  } catch (...) {
    PyErr_SetString(PyExc_RuntimeError, "unknown C++ exception");
  }
}

// Null, without an error, if it cannot be had.
py::object Utf8Of(PyObject* value) {
  const py::object text = py::reinterpret_steal<py::object>(
      EnterInterpreter([value] { return PyObject_Str(value); }));
  py::object octets;
  if (text) {
    octets = py::reinterpret_steal<py::object>(
        PyUnicode_AsEncodedString(text.ptr(), "utf-8", "backslashreplace"));
  }
  PyErr_Clear();
  return octets;
}

// As it is: not log-safe.
std::string MessageOf(PyObject* value) {
  const py::object octets = Utf8Of(value);
  if (!octets) return "(its text cannot be read)";
  return std::string(PyBytes_AS_STRING(octets.ptr()),
                     static_cast<size_t>(PyBytes_GET_SIZE(octets.ptr())));
}

// What sys.unraisablehook is told; it cannot raise.
void WriteUnraisable(const char* where) {
  PyObject *type = nullptr, *value = nullptr, *traceback = nullptr;
  PyErr_Fetch(&type, &value, &traceback);
  const py::object place =
      py::reinterpret_steal<py::object>(PyUnicode_FromString(where));
  PyErr_Restore(type, value, traceback);
  EnterInterpreter([&] { return PyErr_WriteUnraisable(place.ptr()); });
}

}  // namespace

std::string ExceptionMessage(py::handle exception) noexcept {
  return base::LogSafe(MessageOf(exception.ptr()), kMaxTextOctets);
}

std::string ExceptionText(py::handle exception) noexcept {
  return base::LogSafe(absl::StrCat(Py_TYPE(exception.ptr())->tp_name, ": ",
                                    MessageOf(exception.ptr())),
                       kMaxTextOctets);
}

std::string ReportException(const char* where) noexcept {
  SetError();
  PyObject *type = nullptr, *value = nullptr, *traceback = nullptr;
  PyErr_Fetch(&type, &value, &traceback);
  PyErr_NormalizeException(&type, &value, &traceback);
  if (traceback != nullptr) PyException_SetTraceback(value, traceback);
  std::string text = ExceptionText(value);
  const bool is_plain = PyErr_GivenExceptionMatches(type, PyExc_Exception) != 0;
  PyErr_Restore(type, value, traceback);
  if (is_plain || IsOwnThread()) {
    WriteUnraisable(where);
  } else {
    KeepException();
  }
  return text;
}

}  // namespace mailsec::python
