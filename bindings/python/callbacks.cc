#include "bindings/python/callbacks.h"

#include <utility>

namespace mailsec::python {

namespace py = pybind11;

void RefuseCoroutines(const py::object& base,
                      std::vector<std::string> methods) {
  const auto refuse = [methods = std::move(methods)](const py::object& subclass,
                                                     const py::kwargs&) {
    const py::object is_coroutine =
        py::module_::import("inspect").attr("iscoroutinefunction");
    for (const std::string& name : methods) {
      const py::object method = py::getattr(subclass, name.c_str(), py::none());
      if (!is_coroutine(method).cast<bool>()) continue;
      throw py::type_error(
          py::cast<std::string>(subclass.attr("__qualname__")) + "." + name +
          "() is a coroutine function, and nobody would await it: make it a "
          "plain function, which may block");
    }
  };
  base.attr("__init_subclass__") =
      py::module_::import("builtins")
          .attr("classmethod")(py::cpp_function(
              refuse, py::name("__init_subclass__"), py::is_method(base),
              "Refuses a subclass with coroutine functions for methods."));
}

}  // namespace mailsec::python
