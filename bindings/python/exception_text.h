// exception_text.h: what does a Python exception say?
//
// Its type may be anybody's and its __str__ may raise, return no str, or return
// what is no UTF-8. Whoever reports an exception must not fail of it.
//
//   try {
//     answer = Ask(question);
//   } catch (...) {
//     error = ReportException("find");  // "KeyError: 'alice'"
//   }

#ifndef BINDINGS_PYTHON_EXCEPTION_TEXT_H_
#define BINDINGS_PYTHON_EXCEPTION_TEXT_H_

#include <pybind11/pybind11.h>

#include <string>

namespace mailsec::python {

// What str() makes of it, in one log-safe line of at most 200 octets; if that
// fails, words that say so. The GIL is held; no Python error is set before or
// after.
std::string ExceptionMessage(pybind11::handle exception) noexcept;

// "KeyError: 'alice'": its type and its message, likewise.
std::string ExceptionText(pybind11::handle exception) noexcept;

// For calls from C++ into Python code that must not throw. Called where an
// exception has been caught, any one, with the GIL held. Writes it to
// sys.unraisablehook, with the `where` that it came from, and returns its text.
//
// What is no Exception (KeyboardInterrupt, SystemExit) is not written but kept,
// for the call from Python that led here (gil.h); on a thread of our own there
// is none, and it is written.
std::string ReportException(const char* where) noexcept;

}  // namespace mailsec::python

#endif  // BINDINGS_PYTHON_EXCEPTION_TEXT_H_
