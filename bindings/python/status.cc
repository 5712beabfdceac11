#include "bindings/python/status.h"

namespace mailsec::python {

PyObject* ExceptionFor(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return PyExc_ValueError;
    case absl::StatusCode::kNotFound:
      return PyExc_LookupError;
    case absl::StatusCode::kAlreadyExists:
      return PyExc_FileExistsError;
    case absl::StatusCode::kUnavailable:
      return PyExc_ConnectionError;
    case absl::StatusCode::kDeadlineExceeded:
      return PyExc_TimeoutError;
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
      return PyExc_PermissionError;
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kDataLoss:
      return PyExc_OSError;
    case absl::StatusCode::kUnimplemented:
      return PyExc_NotImplementedError;
    default:  // Abseil's own catch-all: the enumeration is open.
      return PyExc_RuntimeError;
  }
}

void RaiseIfError(const absl::Status& status) {
  if (!status.ok()) throw StatusError(status);
}

void RegisterStatusErrors() {
  pybind11::register_exception_translator([](std::exception_ptr error) {
    try {
      if (error) std::rethrow_exception(error);
    } catch (const StatusError& e) {
      PyErr_SetString(ExceptionFor(e.code()), e.what());
    }
  });
}

}  // namespace mailsec::python
