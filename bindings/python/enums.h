// enums.h: how does an enumeration cross into Python and back?
//
// As a member of a real enum.Enum, which no integer can stand for: a value that
// the library does not know cannot be made, Cause(99) is a ValueError, and where
// one is wanted nothing else will do.
//
//   BindEnum<Protocol>(module, "Protocol", "The dialect that is spoken.",
//                      {{"SMTP", Protocol::kSmtp, "RFC 5321."}, ...});

#ifndef BINDINGS_PYTHON_ENUMS_H_
#define BINDINGS_PYTHON_ENUMS_H_

#include <pybind11/pybind11.h>

#include <type_traits>
#include <utility>
#include <vector>

#include "bindings/python/enum_names.h"

namespace mailsec::python {

template <typename E>
struct EnumValue {
  const char* name;
  E value;
  const char* doc = "";  // One line.
};

// The members of the type that Python has for E.
// Thread safety: filled while the module is imported; read with the GIL held.
template <typename E>
struct EnumMembers {
  std::vector<std::pair<E, pybind11::object>> all;

  // Never destroyed: the interpreter has ended before.
  static EnumMembers& Get() {
    static auto* const members = new EnumMembers;
    return *members;
  }
};

// `doc`, and the members with their own.
std::string EnumDoc(const char* doc,
                    const std::vector<std::pair<const char*, const char*>>&);

// Binds E as `name` and returns the type. Raises what enum.Enum raises for
// names or values that are there twice.
template <typename E>
pybind11::object BindEnum(pybind11::module_& module, const char* name,
                          const char* doc,
                          const std::vector<EnumValue<E>>& values) {
  namespace py = pybind11;
  py::list members;
  std::vector<std::pair<const char*, const char*>> docs;
  for (const EnumValue<E>& one : values) {
    members.append(py::make_tuple(one.name, static_cast<int>(one.value)));
    docs.emplace_back(one.name, one.doc);
  }
  py::object type = py::module_::import("enum").attr("Enum")(
      name, members, py::arg("module") = module.attr("__name__"),
      py::arg("qualname") = name);
  type.attr("__doc__") = EnumDoc(doc, docs);
  for (const EnumValue<E>& one : values) {
    py::object member = type.attr(one.name);
    member.attr("__doc__") = one.doc;
    EnumMembers<E>::Get().all.emplace_back(one.value, std::move(member));
  }
  module.attr(name) = type;
  return type;
}

}  // namespace mailsec::python

namespace pybind11::detail {

template <typename E>
struct type_caster<E, enable_if_t<std::is_enum_v<E>>> {
  PYBIND11_TYPE_CASTER(E, mailsec::python::kEnumName<E>);

  bool load(handle source, bool) {
    for (const auto& [known, member] :
         mailsec::python::EnumMembers<E>::Get().all) {
      if (member.is(source)) {
        value = known;
        return true;
      }
    }
    return false;
  }

  static handle cast(E value, return_value_policy, handle) {
    for (const auto& [known, member] :
         mailsec::python::EnumMembers<E>::Get().all) {
      if (known == value) return member.inc_ref();
    }
    throw value_error("a value that Python has no name for");
  }
};

}  // namespace pybind11::detail

#endif  // BINDINGS_PYTHON_ENUMS_H_
