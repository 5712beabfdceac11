// status.h: which Python exception is this status?
//
//   InvalidArgument, OutOfRange       ValueError
//   NotFound                          LookupError
//   AlreadyExists                     FileExistsError
//   FailedPrecondition, Aborted       RuntimeError
//   Unavailable                       ConnectionError
//   DeadlineExceeded                  TimeoutError
//   PermissionDenied, Unauthenticated PermissionError
//   ResourceExhausted, DataLoss       OSError
//   Unimplemented                     NotImplementedError
//   anything else                     RuntimeError
//
// What a policy refuses is a result and never raises.

#ifndef BINDINGS_PYTHON_STATUS_H_
#define BINDINGS_PYTHON_STATUS_H_

#include <pybind11/pybind11.h>

#include <stdexcept>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace mailsec::python {

// A status on its way to Python; never crosses into the C++ library.
// Thread safety: a value.
class StatusError : public std::runtime_error {
 public:
  explicit StatusError(const absl::Status& status)
      : std::runtime_error(std::string(status.message())),
        code_(status.code()) {}
  absl::StatusCode code() const { return code_; }

 private:
  absl::StatusCode code_;
};

// Throws StatusError unless `status` is OK.
void RaiseIfError(const absl::Status& status);

// Returns the value, or throws StatusError.
template <typename T>
T ValueOrRaise(absl::StatusOr<T> result) {
  RaiseIfError(result.status());
  return *std::move(result);
}

// The type of the table above; borrowed.
PyObject* ExceptionFor(absl::StatusCode code);

// Makes StatusError the exception of the table above.
void RegisterStatusErrors();

}  // namespace mailsec::python

#endif  // BINDINGS_PYTHON_STATUS_H_
