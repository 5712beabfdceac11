#include "bindings/python/objects.h"

#include <string>

namespace mailsec::python {

void RequireMade(pybind11::handle source) {
  namespace detail = pybind11::detail;
  auto* const base =
      reinterpret_cast<PyTypeObject*>(detail::get_internals().instance_base);
  if (!PyObject_TypeCheck(source.ptr(), base)) return;
  auto* const instance = reinterpret_cast<detail::instance*>(source.ptr());
  for (const detail::value_and_holder& part :
       detail::values_and_holders(instance)) {
    if (part.value_ptr() == nullptr) {
      throw pybind11::type_error(std::string(Py_TYPE(source.ptr())->tp_name) +
                                 ".__init__() was not called");
    }
  }
}

}  // namespace mailsec::python
