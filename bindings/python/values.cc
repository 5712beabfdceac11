#include "bindings/python/values.h"

namespace mailsec::python {
namespace {

namespace py = pybind11;

// `value` as what can be hashed.
py::object Hashable(const py::object& value) {
  if (py::isinstance<py::list>(value)) return py::tuple(value);
  if (py::isinstance<py::dict>(value)) {
    return py::tuple(value.attr("items")());
  }
  return value;
}

py::tuple AttributesOf(const py::object& self,
                       const std::vector<std::string>& names) {
  py::tuple values(names.size());
  for (size_t i = 0; i < names.size(); ++i) {
    values[i] = Hashable(self.attr(names[i].c_str()));
  }
  return values;
}

// "<mailsec.Hello name='x', extended=True>".
std::string Show(const py::object& self,
                 const std::vector<std::string>& names) {
  std::string text = std::string("<") + Py_TYPE(self.ptr())->tp_name;
  const char* separator = " ";
  for (const std::string& name : names) {
    text += separator + name + "=";
    text += py::repr(self.attr(name.c_str())).cast<std::string>();
    separator = ", ";
  }
  return text + ">";
}

py::object IsEqual(const py::object& self, const py::object& other,
                   const std::vector<std::string>& names) {
  if (Py_TYPE(self.ptr()) != Py_TYPE(other.ptr())) {
    return py::reinterpret_borrow<py::object>(Py_NotImplemented);
  }
  return py::bool_(AttributesOf(self, names).equal(AttributesOf(other, names)));
}

}  // namespace

void CompareBy(const py::object& cls, const std::vector<std::string>& names) {
  const py::dict own(cls.attr("__dict__"));
  const auto add = [&](const char* name, auto function) {
    if (own.contains(name) && !own[name].is_none()) return;
    cls.attr(name) =
        py::cpp_function(function, py::name(name), py::is_method(cls));
  };
  add("__eq__", [names](const py::object& self, const py::object& other) {
    return IsEqual(self, other, names);
  });
  add("__hash__", [names](const py::object& self) {
    return py::hash(AttributesOf(self, names));
  });
  add("__repr__",
      [names](const py::object& self) { return Show(self, names); });
  add("__copy__", [](const py::object& self) { return self; });
  add("__deepcopy__",
      [](const py::object& self, const py::object&) { return self; });
}

void ShowBy(const py::object& cls, const std::vector<std::string>& names) {
  cls.attr("__repr__") = py::cpp_function(
      [names](const py::object& self) { return Show(self, names); },
      py::name("__repr__"), py::is_method(cls));
}

void RaiseBadState() {
  throw py::value_error("not the state of a value that was pickled");
}

}  // namespace mailsec::python
