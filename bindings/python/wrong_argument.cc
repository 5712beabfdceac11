#include "bindings/python/wrong_argument.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"

namespace mailsec::python {
namespace {

namespace py = pybind11;

// Elements of a list that are looked at. Ours.
constexpr py::ssize_t kMaxElements = 1000;

// The type that `signature` has for the parameter `name`; empty: it has none.
std::string TypeOf(absl::string_view signature, absl::string_view name) {
  size_t at = std::string::npos;
  for (const char* before : {"(", ", "}) {
    const std::string start = absl::StrCat(before, name, ": ");
    at = signature.find(start);
    if (at != absl::string_view::npos) {
      at += start.size();
      break;
    }
  }
  if (at == absl::string_view::npos) return "";
  const absl::string_view rest = signature.substr(at);
  int depth = 0;
  size_t end = 0;
  for (; end < rest.size(); ++end) {
    const char c = rest[end];
    if (depth == 0 && (c == ',' || c == ')' || rest.substr(end, 3) == " = ")) {
      break;
    }
    if (c == '[' || c == '(') ++depth;
    if (c == ']' || c == ')') --depth;
  }
  return std::string(rest.substr(0, end));
}

// "str", "list[int]": what the caller gave.
std::string Describe(py::handle value) {
  std::string type = Py_TYPE(value.ptr())->tp_name;
  if (value.is_none()) return "None";
  if (PyList_Check(value.ptr()) == 0 && PyTuple_Check(value.ptr()) == 0) {
    return type;
  }
  std::vector<std::string> elements;
  const py::ssize_t size = PySequence_Fast_GET_SIZE(value.ptr());
  for (py::ssize_t i = 0; i < std::min(size, kMaxElements); ++i) {
    const std::string element =
        Py_TYPE(PySequence_Fast_GET_ITEM(value.ptr(), i))->tp_name;
    if (std::find(elements.begin(), elements.end(), element) ==
        elements.end()) {
      elements.push_back(element);
    }
  }
  if (elements.empty()) return "empty " + type;
  return absl::StrCat(type, "[", absl::StrJoin(elements, " | "), "]");
}

}  // namespace

std::string FullName(const py::detail::function_record& function) {
  std::string scope;
  if (function.scope && PyType_Check(function.scope.ptr()) != 0) {
    scope = py::str(function.scope.attr("__name__"));
  }
  if (absl::string_view(function.name) == "__init__") return scope;
  return scope.empty() ? function.name
                       : absl::StrCat(scope, ".", function.name);
}

void RaiseWrongArgument(const py::detail::function_call& call, size_t index) {
  const py::detail::function_record& function = call.func;
  const bool has_name =
      index < function.args.size() && function.args[index].name != nullptr;
  const std::string name = has_name ? function.args[index].name : "";
  const std::string type =
      TypeOf(function.signature == nullptr ? "" : function.signature, name);
  std::string text = absl::StrCat(FullName(function), "() argument ");
  if (has_name) {
    absl::StrAppend(&text, "'", name, "'");
  } else {
    absl::StrAppend(&text, index);
  }
  absl::StrAppend(&text, type.empty() ? " cannot be " : " must be ", type,
                  type.empty() ? "" : ", not ", Describe(call.args[index]));
  throw py::type_error(text);
}

}  // namespace mailsec::python
