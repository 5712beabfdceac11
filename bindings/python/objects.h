// objects.h: is there a C++ object behind this Python object?
//
// Not if its __init__() was never called, as after Cls.__new__(Cls), or in the
// __init__() of a subclass before super().__init__(). pybind11 would hand out
// memory in which nothing was made; here every use of such an object raises
// TypeError.

#ifndef BINDINGS_PYTHON_OBJECTS_H_
#define BINDINGS_PYTHON_OBJECTS_H_

#include <pybind11/pybind11.h>

#include <type_traits>

namespace mailsec::python {

// Raises TypeError if `source` is of a class of ours and was not made. The GIL
// is held.
void RequireMade(pybind11::handle source);

// Templates have casters of their own: std::vector, TextOr ...
template <typename T>
struct IsTemplate : std::false_type {};
template <template <typename...> class Template, typename... Args>
struct IsTemplate<Template<Args...>> : std::true_type {};

// True for what py::class_ binds.
template <typename T>
inline constexpr bool kIsBound =
    std::is_class_v<T> && !pybind11::detail::is_pyobject<T>::value &&
    !IsTemplate<T>::value;

}  // namespace mailsec::python

namespace pybind11::detail {

template <typename T>
class type_caster<T, enable_if_t<mailsec::python::kIsBound<T>>>
    : public type_caster_base<T> {
 public:
  bool load(handle source, bool convert) {
    mailsec::python::RequireMade(source);
    return type_caster_base<T>::load(source, convert);
  }
};

}  // namespace pybind11::detail

#endif  // BINDINGS_PYTHON_OBJECTS_H_
