#include "bindings/python/gil.h"

#include <unistd.h>

namespace mailsec::python {
namespace {

namespace py = pybind11;

// This thread's outermost GilAcquire has made its Python state.
thread_local bool own_thread = false;
// An exception with its traceback, or null. Owned.
thread_local PyObject* kept = nullptr;

bool HasThreadState() { return PyGILState_GetThisThreadState() != nullptr; }

PyGILState_STATE Acquire() {
  // The interpreter has ended, and this thread was never one of its own.
  if (!HasThreadState() && !Py_IsInitialized()) ParkThread();
  return EnterInterpreter([] { return PyGILState_Ensure(); });
}

}  // namespace

void ParkThread() {
  while (true) pause();
}

GilAcquire::GilAcquire() : is_first_(!HasThreadState()), state_(Acquire()) {
  if (is_first_) own_thread = true;
}

GilAcquire::~GilAcquire() {
  if (is_first_) own_thread = false;
  PyGILState_Release(state_);
}

std::shared_ptr<py::object> Share(const py::object& object) {
  return {new py::object(object), [](py::object* shared) {
            const GilAcquire gil;
            delete shared;
          }};
}

bool IsOwnThread() { return own_thread; }

bool IsMainThread() {
  if (!HasThreadState()) return false;
  const GilAcquire gil;
  try {
    const py::object main =
        py::module_::import("threading").attr("main_thread");
    return main().attr("ident").cast<unsigned long>() ==
           PyThread_get_thread_ident();
  } catch (...) {  // Nothing waits for signals then, and nothing else fails.
    PyErr_Clear();
    return false;
  }
}

void KeepException() {
  PyObject* type = nullptr;
  PyObject* traceback = nullptr;
  PyObject* value = nullptr;
  PyErr_Fetch(&type, &value, &traceback);
  PyErr_NormalizeException(&type, &value, &traceback);
  if (traceback != nullptr) PyException_SetTraceback(value, traceback);
  Py_XDECREF(type);
  Py_XDECREF(traceback);
  if (kept == nullptr) {
    kept = value;
  } else {
    Py_XDECREF(value);  // The first one says it all.
  }
}

bool HasKeptException() { return kept != nullptr; }

void RaiseKept() {
  if (kept == nullptr) return;
  PyObject* const raised = std::exchange(kept, nullptr);
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(raised)), raised);
  Py_DECREF(raised);
  throw py::error_already_set();
}

}  // namespace mailsec::python
