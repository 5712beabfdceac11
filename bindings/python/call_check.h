// call_check.h: which argument is missing, and which is not known?
//
//   TypeError: Reply() has no argument 'kode'
//   TypeError: Reply() lacks the argument 'text'
//
// pybind11 says of such a call that it fits none of the signatures. What was
// given is looked at before, for every function that has one signature.
//
// An argument of the wrong type: wrong_argument.h.

#ifndef BINDINGS_PYTHON_CALL_CHECK_H_
#define BINDINGS_PYTHON_CALL_CHECK_H_

#include <pybind11/pybind11.h>

namespace mailsec::python {

// Has all functions of `module`, its classes and its modules check their calls.
// Call it once, when all are bound. The GIL is held.
void CheckCalls(const pybind11::module_& module);

}  // namespace mailsec::python

#endif  // BINDINGS_PYTHON_CALL_CHECK_H_
