// absl_casters.h: how do Abseil's types cross into Python and back?
//
//   absl::string_view   str (as UTF-8), and bytes on the way in, as for
//                       base::StringView. The view
//                       points into the argument: use it within the call.
//   absl::Status        None, or an exception (status.h)
//   absl::StatusOr<T>   T, or an exception
//   absl::Time          datetime in UTC; on the way in, aware ones only
//   absl::Duration      timedelta, in whole microseconds; infinite if it is
//                       longer than 292,000 years

#ifndef BINDINGS_PYTHON_ABSL_CASTERS_H_
#define BINDINGS_PYTHON_ABSL_CASTERS_H_

#include <pybind11/pybind11.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "bindings/python/status.h"
#include "mailcore/base/string_view.h"

namespace pybind11::detail {

#ifndef ABSL_USES_STD_STRING_VIEW
template <>
struct type_caster<absl::string_view> {
  PYBIND11_TYPE_CASTER(absl::string_view, const_name("Union[str, bytes]"));

  bool load(handle source, bool) {
    if (PyUnicode_Check(source.ptr())) {
      Py_ssize_t size = 0;
      const char* data = PyUnicode_AsUTF8AndSize(source.ptr(), &size);
      if (data == nullptr) throw error_already_set();  // A lone surrogate.
      value = absl::string_view(data, static_cast<size_t>(size));
      return true;
    }
    if (PyBytes_Check(source.ptr())) {
      value = absl::string_view(
          PyBytes_AS_STRING(source.ptr()),
          static_cast<size_t>(PyBytes_GET_SIZE(source.ptr())));
      return true;
    }
    return false;
  }

  static handle cast(absl::string_view view, return_value_policy, handle) {
    PyObject* text = PyUnicode_DecodeUTF8(
        view.data(), static_cast<Py_ssize_t>(view.size()), "replace");
    if (text == nullptr) throw error_already_set();
    return text;
  }
};

template <>
struct type_caster<mailsec::base::StringView> {
  using View = type_caster<absl::string_view>;
  PYBIND11_TYPE_CASTER(mailsec::base::StringView, View::name);

  bool load(handle source, bool convert) {
    View view;
    if (!view.load(source, convert)) return false;
    value = static_cast<absl::string_view>(view);
    return true;
  }
};
#endif

template <>
struct type_caster<absl::Status> {
  PYBIND11_TYPE_CASTER(absl::Status, const_name("None"));

  bool load(handle, bool) { return false; }

  static handle cast(const absl::Status& status, return_value_policy, handle) {
    mailsec::python::RaiseIfError(status);
    return none().release();
  }
};

template <typename T>
struct type_caster<absl::StatusOr<T>> {
  using Inner = make_caster<T>;
  static constexpr auto name = Inner::name;

  static handle cast(absl::StatusOr<T>&& result, return_value_policy policy,
                     handle parent) {
    mailsec::python::RaiseIfError(result.status());
    return Inner::cast(*std::move(result),
                       return_value_policy_override<T>::policy(policy), parent);
  }
};

template <>
struct type_caster<absl::Time> {
  PYBIND11_TYPE_CASTER(absl::Time, const_name("datetime.datetime"));

  bool load(handle source, bool) {
    const module_ datetime = module_::import("datetime");
    if (!isinstance(source, datetime.attr("datetime"))) return false;
    if (source.attr("tzinfo").is_none()) {
      throw value_error("a time without a time zone is not one moment");
    }
    const object since = source - Epoch(datetime);
    const object microseconds = since.attr("__floordiv__")(
        datetime.attr("timedelta")(arg("microseconds") = 1));
    value = absl::FromUnixMicros(microseconds.cast<int64_t>());
    return true;
  }

  static handle cast(absl::Time time, return_value_policy, handle) {
    const module_ datetime = module_::import("datetime");
    const object since = datetime.attr("timedelta")(
        arg("microseconds") = absl::ToUnixMicros(time));
    return (Epoch(datetime) + since).release();
  }

 private:
  static object Epoch(const module_& datetime) {
    return datetime.attr("datetime")(
        1970, 1, 1, arg("tzinfo") = datetime.attr("timezone").attr("utc"));
  }
};

template <>
struct type_caster<absl::Duration> {
  PYBIND11_TYPE_CASTER(absl::Duration, const_name("datetime.timedelta"));

  bool load(handle source, bool) {
    const object timedelta = module_::import("datetime").attr("timedelta");
    if (!isinstance(source, timedelta)) return false;
    const object microseconds =
        source.attr("__floordiv__")(timedelta(arg("microseconds") = 1));
    int overflow = 0;
    const long long count =
        PyLong_AsLongLongAndOverflow(microseconds.ptr(), &overflow);
    if (count == -1 && PyErr_Occurred()) throw error_already_set();
    value = overflow == 0  ? absl::Microseconds(count)
            : overflow > 0 ? absl::InfiniteDuration()
                           : -absl::InfiniteDuration();
    return true;
  }

  static handle cast(absl::Duration duration, return_value_policy, handle) {
    return module_::import("datetime")
        .attr("timedelta")(arg("microseconds") =
                               absl::ToInt64Microseconds(duration))
        .release();
  }
};

}  // namespace pybind11::detail

#endif  // BINDINGS_PYTHON_ABSL_CASTERS_H_
