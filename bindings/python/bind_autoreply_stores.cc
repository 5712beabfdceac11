// Who was answered, and who is absent; mailsec.autoreply in Python.

#include <pybind11/stl.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "bindings/python/absl_casters.h"
#include "bindings/python/arguments.h"
#include "bindings/python/bind.h"
#include "bindings/python/gil.h"
#include "bindings/python/now.h"
#include "bindings/python/status.h"
#include "bindings/python/values.h"
#include "mailcore/autoreply/absence_store.h"
#include "mailcore/autoreply/memory_absence_store.h"
#include "mailcore/autoreply/memory_reply_memory.h"
#include "mailcore/autoreply/reply_memory.h"
#include "mailcore/io/sqlite_absence_store.h"
#include "mailcore/io/sqlite_database.h"
#include "mailcore/io/sqlite_reply_memory.h"

namespace mailsec::python {
namespace {

namespace py = pybind11;
using address::Address;
using autoreply::AbsenceSettings;
using autoreply::AbsenceStore;
using autoreply::MemoryAbsenceStore;
using autoreply::MemoryReplyMemory;
using autoreply::Remembered;
using autoreply::ReplyKey;
using autoreply::ReplyMemory;
using autoreply::ReplyMemoryLimits;

void BindKey(py::module_& module) {
  BindEnum<Remembered>(
      module, "Remembered", "What a ReplyMemory answers.",
      {{"FIRST", Remembered::kFirst, "Not answered before: do it."},
       {"ALREADY", Remembered::kAlready, "Answered before."},
       {"FULL", Remembered::kFull, "No room to remember it: do not."}});
  MakeValue(
      py::class_<ReplyKey>(module, "ReplyKey",
                           R"(What is answered once: to whom, by whom, and why.

>>> from mailsec import autoreply
>>> away = autoreply.AbsenceSettings("anna@example.org",
...                                  outside_texts=[("en", "Away.")])
>>> autoreply.ReplyKey.for_absence(away, "Bob+news@example.net").whom
'bob@example.net'
)")
          .def(py::init([](std::string owner, std::string occasion,
                           std::string whom) {
                 return ReplyKey{.owner = std::move(owner),
                                 .occasion = std::move(occasion),
                                 .whom = std::move(whom)};
               }),
               py::arg("owner"), py::arg("occasion"), py::arg("whom"),
               "Any three texts; better are those that follow.")
          .def_static(
              "for_absence",
              [](const AbsenceSettings& settings,
                 const TextOr<Address>& sender) {
                return autoreply::AbsenceReplyKey(settings, *sender);
              },
              py::arg("settings"), py::arg("sender"),
              "One notice a sender and absence.")
          .def_static(
              "for_receipt",
              [](const TextOr<Address>& owner, const std::string& message_id) {
                return autoreply::ReceiptReplyKey(*owner, message_id);
              },
              py::arg("owner"), py::arg("message_id"), "One receipt a message.")
          .def_readonly("owner", &ReplyKey::owner, "Whose answer it is.")
          .def_readonly("occasion", &ReplyKey::occasion,
                        "The absence, or \"receipt\".")
          .def_readonly("whom", &ReplyKey::whom, "The sender, or the message.")
          .def(
              "__eq__",
              [](const ReplyKey& a, const ReplyKey& b) { return a == b; },
              py::is_operator()),
      {"owner", "occasion", "whom"}, &ReplyKey::owner, &ReplyKey::occasion,
      &ReplyKey::whom);
}

constexpr char kMemoryDoc[] = R"(Who was answered; one of the two below.

>>> from mailsec import autoreply
>>> memory = autoreply.MemoryReplyMemory()
>>> key = autoreply.ReplyKey("anna@example.org", "holiday", "bob@example.net")
>>> memory.remember(key).name, memory.remember(key).name
('FIRST', 'ALREADY')

What cannot be told is a no: when a method raises, send nothing. All methods
may be called from several threads.
)";

void BindMemory(py::module_& module) {
  py::class_<ReplyMemory>(module, "ReplyMemory", kMemoryDoc)
      .def("remember",
           Unlocked([](ReplyMemory& self, const ReplyKey& key,
                       std::optional<absl::Duration> period,
                       const MaybeTime& now) {
             return self.Remember(key, OrNow(now),
                                  period.value_or(absl::InfiniteDuration()));
           }),
           py::arg("key"), py::kw_only(), py::arg("period") = py::none(),
           py::arg("now") = py::none(),
           "Asks and remembers in one step. `period`: how long the answer "
           "counts; None: for ever.")
      .def("forget", Unlocked(&ReplyMemory::Forget), py::arg("key"),
           "The answer was not sent after all.")
      .def("forget_other_absences",
           Unlocked([](ReplyMemory& self, const TextOr<Address>& owner,
                       const std::string& occasion) {
             return self.ForgetOtherAbsences((*owner).CanonicalKey(), occasion);
           }),
           py::arg("owner"), py::arg("occasion") = "",
           "All of `owner` but those of the absence `occasion`, and receipts.")
      .def("count", Unlocked(&ReplyMemory::Count), "How many there are.");
}

constexpr char kSqliteDoc[] = R"(One file for small tables that last.

>>> import os, tempfile
>>> from mailsec import autoreply
>>> folder = tempfile.TemporaryDirectory()
>>> path = os.path.join(folder.name, "answers.db")
>>> key = autoreply.ReplyKey("anna@example.org", "holiday", "bob@example.net")
>>> for _ in range(2):
...     memory = autoreply.SqliteReplyMemory(autoreply.SqliteDatabase(path))
...     print(memory.remember(key).name)
FIRST
ALREADY
>>> oct(os.stat(path).st_mode & 0o777)
'0o600'
>>> folder.cleanup()

RuntimeError if others can read the file or it is a link; OSError if it is
damaged.
)";

void BindForms(py::module_& module) {
  const ReplyMemoryLimits limits;
  py::class_<io::SqliteDatabase> database(module, "SqliteDatabase", kSqliteDoc);
  ShowBy(database, {"path"});
  database
      .def(py::init([](const std::string& path, absl::Duration busy_timeout) {
             return ValueOrRaise(io::SqliteDatabase::Open(
                 path, {.busy_timeout = busy_timeout}));
           }),
           py::arg("path"), py::kw_only(),
           py::arg("busy_timeout") = io::SqliteDatabase::Options().busy_timeout,
           "Opens the file, which is made with mode 0600 if it is missing. "
           "`busy_timeout`: for how long others are waited for.")
      .def_property_readonly("path", &io::SqliteDatabase::path,
                             "Where it lies.");
  py::class_<MemoryReplyMemory, ReplyMemory>(
      module, "MemoryReplyMemory", "A ReplyMemory that ends with the program.")
      .def(py::init([](uint64_t max_per_owner, uint64_t max_in_all) {
             return std::make_unique<MemoryReplyMemory>(
                 ReplyMemoryLimits{max_per_owner, max_in_all});
           }),
           py::kw_only(), py::arg("max_per_owner") = limits.max_per_owner,
           py::arg("max_in_all") = limits.max_in_all,
           "Above these, FULL is the answer.");
  py::class_<io::SqliteReplyMemory, ReplyMemory>(
      module, "SqliteReplyMemory", "A ReplyMemory that survives restarts.")
      .def(py::init([](io::SqliteDatabase& database, uint64_t max_per_owner,
                       uint64_t max_in_all) {
             return ValueOrRaise(io::SqliteReplyMemory::Create(
                 &database, {max_per_owner, max_in_all}));
           }),
           py::arg("database"), py::kw_only(),
           py::arg("max_per_owner") = limits.max_per_owner,
           py::arg("max_in_all") = limits.max_in_all, py::keep_alive<1, 2>(),
           "Its tables are in `database`, beside others.");
}

constexpr char kStoreDoc[] = R"(Who has set what; one of the two below.

>>> from mailsec import autoreply
>>> store = autoreply.MemoryAbsenceStore()
>>> store.set(autoreply.AbsenceSettings("anna@example.org",
...                                     outside_texts=[("en", "Away.")]))
>>> store.find("ANNA@example.org").outside_texts[0].text
'Away.'
>>> store.clear("anna@example.org"), store.find("anna@example.org")
(True, None)

All methods may be called from several threads.
)";

void BindStore(py::module_& module) {
  py::class_<AbsenceStore>(module, "AbsenceStore", kStoreDoc)
      .def("set", Unlocked(&AbsenceStore::Set), py::arg("settings"),
           "In place of what the owner had set before.")
      .def("find",
           Unlocked([](const AbsenceStore& self, const TextOr<Address>& owner) {
             return self.Find(*owner);
           }),
           py::arg("owner"),
           "The AbsenceSettings, active or not; None if there are none.")
      .def("clear",
           Unlocked([](AbsenceStore& self, const TextOr<Address>& owner) {
             return self.Clear(*owner);
           }),
           py::arg("owner"), "False if there was nothing to clear.")
      .def("list",
           Unlocked([](const AbsenceStore& self, const std::string& after,
                       size_t max) { return self.List(after, max); }),
           py::arg("after") = "", py::arg("max") = 1000,
           "At most `max`, by owner, beginning behind the owner `after`.");
  py::class_<MemoryAbsenceStore, AbsenceStore>(
      module, "MemoryAbsenceStore",
      "An AbsenceStore that ends with the program.")
      .def(py::init<>(), "Empty.");
  py::class_<io::SqliteAbsenceStore, AbsenceStore>(
      module, "SqliteAbsenceStore", "An AbsenceStore that survives restarts.")
      .def(py::init([](io::SqliteDatabase& database) {
             return ValueOrRaise(io::SqliteAbsenceStore::Create(&database));
           }),
           py::arg("database"), py::keep_alive<1, 2>(),
           "Its tables are in `database`, beside others.");
}

}  // namespace

void BindAutoreplyStores(py::module_& module) {
  BindKey(module);
  BindMemory(module);
  BindForms(module);
  BindStore(module);
}

}  // namespace mailsec::python
