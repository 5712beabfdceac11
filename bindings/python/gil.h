// gil.h: who runs Python code now, and what if Python ends meanwhile?
//
//   GilRelease   gives up the GIL while C++ works or waits
//   GilAcquire   takes it, on a thread of Python's or of our own
//   Unlocked(f)  a function for Python that runs `f` without the GIL
//
// When the interpreter ends, CPython 3.11 ends every other thread that asks for
// the GIL, by unwinding its stack. C++ between the thread's frames would run
// destructors without the GIL, or terminate the process. A thread that is to be
// ended is parked for good instead: the process is about to exit.
//
// An exception that nobody may swallow (KeyboardInterrupt, SystemExit) cannot
// cross the library, which throws nothing. It is kept with its thread, every
// question after it is answered with "cannot tell" at once, and Unlocked()
// raises it again.

#ifndef BINDINGS_PYTHON_GIL_H_
#define BINDINGS_PYTHON_GIL_H_

#include <cxxabi.h>
#include <pybind11/pybind11.h>

#include <memory>
#include <type_traits>
#include <utility>

namespace mailsec::python {

// Never returns. Waits for the process to end.
[[noreturn]] void ParkThread();

// Returns what `enter` does, which calls the interpreter. Parks the thread if
// the interpreter wants to end it meanwhile. Let `enter` own nothing: what it
// owns would be destroyed without the GIL.
template <typename Enter>
auto EnterInterpreter(Enter&& enter) {
  try {
    return enter();
  } catch (abi::__forced_unwind&) {
    ParkThread();
  }
}

// Thread safety: none; lives on the stack of one thread.
class GilAcquire {
 public:
  GilAcquire();
  ~GilAcquire();
  GilAcquire(const GilAcquire&) = delete;
  GilAcquire& operator=(const GilAcquire&) = delete;

 private:
  const bool is_first_;
  const PyGILState_STATE state_;
};

// As above. The GIL is held when it is made, and again when it is destroyed.
class GilRelease {
 public:
  GilRelease() : state_(PyEval_SaveThread()) {}
  ~GilRelease() {
    EnterInterpreter([this] { return PyEval_RestoreThread(state_); });
  }
  GilRelease(const GilRelease&) = delete;
  GilRelease& operator=(const GilRelease&) = delete;

 private:
  PyThreadState* const state_;
};

// `object`, which any thread may let go of. The GIL is held.
std::shared_ptr<pybind11::object> Share(const pybind11::object& object);

// True in code that a thread of our own calls: a thread of a server, which
// cannot wait for that server. The GIL is held.
bool IsOwnThread();

// True on the thread of Python that hears signals. The GIL need not be held.
bool IsMainThread();

// Keeps the exception that is set for RaiseKept(). The GIL is held, and the
// thread is Python's.
void KeepException();
// True while an exception is kept for this thread.
bool HasKeptException();
// Raises the exception that is kept for this thread, if any. The GIL is held.
void RaiseKept();

// Calls `function` without the GIL.
template <typename Function>
auto CallUnlocked(const Function& function) {
  using Result = decltype(function());
  if constexpr (std::is_void_v<Result>) {
    {
      const GilRelease without_gil;
      function();
    }
    RaiseKept();
  } else {
    Result result = [&] {
      const GilRelease without_gil;
      return function();
    }();
    RaiseKept();
    return result;
  }
}

namespace internal {

template <typename Function, typename Result, typename... Args>
auto MakeUnlocked(Function function, Result (Function::*)(Args...) const) {
  return [function](Args... args) -> Result {
    return CallUnlocked(
        [&]() -> Result { return function(std::forward<Args>(args)...); });
  };
}

}  // namespace internal

// `function` as a function that calls it without the GIL. It may not touch
// Python objects.
template <typename Function,
          typename = std::enable_if_t<std::is_class_v<Function>>>
auto Unlocked(Function function) {
  return internal::MakeUnlocked(function, &Function::operator());
}
template <typename Result, typename Class, typename... Args>
auto Unlocked(Result (Class::*method)(Args...)) {
  return [method](Class& self, Args... args) -> Result {
    return CallUnlocked([&]() -> Result {
      return (self.*method)(std::forward<Args>(args)...);
    });
  };
}
template <typename Result, typename Class, typename... Args>
auto Unlocked(Result (Class::*method)(Args...) const) {
  return [method](const Class& self, Args... args) -> Result {
    return CallUnlocked([&]() -> Result {
      return (self.*method)(std::forward<Args>(args)...);
    });
  };
}
template <typename Result, typename... Args>
auto Unlocked(Result (*function)(Args...)) {
  return [function](Args... args) -> Result {
    return CallUnlocked(
        [&]() -> Result { return function(std::forward<Args>(args)...); });
  };
}

}  // namespace mailsec::python

#endif  // BINDINGS_PYTHON_GIL_H_
