#include "absl/strings/string_view.h"
#include "bindings/python/absl_casters.h"
#include "bindings/python/bind.h"
#include "mailcore/base/log_safe.h"

namespace mailsec::python {

namespace py = pybind11;

void BindText(py::module_& module) {
  module.def("log_safe", &base::LogSafe, py::arg("text"),
             py::arg("max_octets") = base::kMaxLogSafeOctets,
             R"(Writes text from a peer so that it cannot forge a line of a log.

Control characters, backslashes, octets that are not UTF-8 and the Unicode
controls that reorder text become \xHH; a longer result is cut and ends in
"...". Takes str or bytes.

>>> mailsec.log_safe(b"a\r\nb\x1b[2J")
'a\\x0d\\x0ab\\x1b[2J'
)");
  module.def("is_log_safe", &base::IsLogSafe, py::arg("text"),
             R"(True if log_safe(text) would change nothing.

>>> mailsec.is_log_safe("Grüße"), mailsec.is_log_safe("a\nb")
(True, False)
)");
}

}  // namespace mailsec::python
