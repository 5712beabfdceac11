#include <pybind11/stl.h>

#include <cstdint>
#include <string>

#include "bindings/python/arguments.h"
#include "bindings/python/bind.h"
#include "bindings/python/gil.h"
#include "bindings/python/now.h"
#include "bindings/python/values.h"
#include "mailcore/io/maildir_quota.h"

namespace mailsec::python {
namespace {

namespace py = pybind11;
using io::MaildirQuota;
using io::MaildirUsage;

constexpr char kReadDoc[] = R"(How full is a Maildir (Maildir++)?

The quota is the given one, else that in the first line of its file maildirsize;
0 is no limit. Counts all messages, and writes the file, if it is missing,
damaged, or perhaps wrong and says that `wanted_octets` do not fit. ValueError if
`mailbox` is no name of a Maildir, OSError if it cannot be read. Blocks on the
disk, without the GIL.

>>> import pathlib, tempfile
>>> root = pathlib.Path(tempfile.mkdtemp())
>>> for folder in ("tmp", "new", "cur"):
...     (root / "alice" / folder).mkdir(parents=True)
>>> _ = (root / "alice" / "new" / "1").write_bytes(b"x" * 700)
>>> usage = mailsec.read_maildir_usage(str(root), "alice", quota_octets=1000)
>>> usage.octets, usage.messages, usage.room_octets
(700, 1, 300)
>>> mailsec.add_to_maildir_usage(str(root), "alice", 200)
>>> (root / "alice" / "maildirsize").read_text().split("\n")[:3]
['1000S', '700 1', '200 1']
)";

}  // namespace

void BindMaildir(py::module_& module) {
  MakeValue(py::class_<MaildirQuota>(module, "MaildirQuota",
                                     "A quota of Maildir++; 0: no limit.")
                .def_readonly("octets", &MaildirQuota::octets, "Of all mail.")
                .def_readonly("messages", &MaildirQuota::messages, "How many."),
            {"octets", "messages"}, &MaildirQuota::octets,
            &MaildirQuota::messages);
  MakeValue(py::class_<MaildirUsage>(module, "MaildirUsage",
                                     "What read_maildir_usage() found.")
                .def_readonly("quota", &MaildirUsage::quota, "A MaildirQuota.")
                .def_readonly("octets", &MaildirUsage::octets, "What is there.")
                .def_readonly("messages", &MaildirUsage::messages, "How many.")
                .def_property_readonly(
                    "room_octets", &MaildirUsage::room_octets,
                    "How large a message fits in; 0: none. Without a limit, "
                    "the largest number of 64 bits."),
            {"quota", "octets", "messages"}, &MaildirUsage::quota,
            &MaildirUsage::octets, &MaildirUsage::messages);
  module.def(
      "read_maildir_usage",
      [](const std::string& root, const std::string& mailbox,
         uint64_t quota_octets, uint64_t quota_messages, const MaybeTime& now,
         uint64_t wanted_octets) {
        return ValueOrRaise(CallUnlocked([&] {
          return io::ReadMaildirUsage(
              root, mailbox,
              {.octets = quota_octets, .messages = quota_messages}, OrNow(now),
              wanted_octets);
        }));
      },
      py::arg("root"), py::arg("mailbox"), py::kw_only(),
      py::arg("quota_octets") = 0, py::arg("quota_messages") = 0,
      py::arg("now") = py::none(), py::arg("wanted_octets") = 1, kReadDoc);
  module.def(
      "add_to_maildir_usage",
      [](const std::string& root, const std::string& mailbox, uint64_t octets) {
        RaiseIfError(CallUnlocked(
            [&] { return io::AddToMaildirUsage(root, mailbox, octets); }));
      },
      py::arg("root"), py::arg("mailbox"), py::arg("octets"),
      "One message of so many octets was delivered. Writes nothing if there is "
      "no file maildirsize: whoever needs the sum next counts.");
}

}  // namespace mailsec::python
