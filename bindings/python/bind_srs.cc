// Rewritten senders of forwards; mailsec.srs in Python.

#include <pybind11/stl.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "bindings/python/absl_casters.h"
#include "bindings/python/arguments.h"
#include "bindings/python/bind.h"
#include "bindings/python/gil.h"
#include "bindings/python/now.h"
#include "bindings/python/status.h"
#include "bindings/python/values.h"
#include "mailcore/autoreply/memory_srs_table.h"
#include "mailcore/autoreply/srs.h"
#include "mailcore/io/sqlite_database.h"
#include "mailcore/io/sqlite_srs_table.h"

namespace mailsec::python {
namespace {

namespace py = pybind11;
using address::Address;
using address::Domain;
using address::ReversePath;
using autoreply::MemorySrsTable;
using autoreply::Srs;
using autoreply::SrsAnswer;
using autoreply::SrsOutcome;
using autoreply::SrsTable;

// The table in SQLite with its own file.
class FileSrsTable : public SrsTable {
 public:
  static std::unique_ptr<FileSrsTable> Open(const std::string& path,
                                            size_t max_addresses) {
    auto table = std::make_unique<FileSrsTable>();
    table->database_ = ValueOrRaise(io::SqliteDatabase::Open(path, {}));
    table->table_ = ValueOrRaise(
        io::SqliteSrsTable::Create(table->database_.get(), max_addresses));
    return table;
  }
  absl::Status Put(absl::string_view token, absl::string_view address,
                   absl::Time expires, absl::Time now) override {
    return table_->Put(token, address, expires, now);
  }
  absl::StatusOr<std::string> Find(absl::string_view token,
                                   absl::Time now) override {
    return table_->Find(token, now);
  }

 private:
  std::unique_ptr<io::SqliteDatabase> database_;
  std::unique_ptr<io::SqliteSrsTable> table_;
};

std::vector<std::string> ToStrings(const std::vector<py::bytes>& octets) {
  std::vector<std::string> out;
  for (const py::bytes& one : octets) out.push_back(std::string(one));
  return out;
}

void BindTables(py::module_& module) {
  py::class_<SrsTable>(module, "SrsTable", R"(Whose address is this token?

Keeps what does not fit into a rewritten address: use MemorySrsTable or
SqliteSrsTable.
)");
  py::class_<MemorySrsTable, SrsTable>(module, "MemorySrsTable",
                                       R"(A table that a restart forgets.

>>> len(mailsec.srs.MemorySrsTable())
0
)")
      .def(py::init<size_t>(), py::kw_only(), py::arg("max_addresses") = 100000,
           "Takes no more than this many.")
      .def("__len__", &MemorySrsTable::size, "How many it holds.");
  py::class_<FileSrsTable, SrsTable>(module, "SqliteSrsTable",
                                     R"(A table in a SQLite file of its own.

It is made for its owner alone; PermissionError or RuntimeError if others can
read it, OSError if it is damaged.

>>> import os, tempfile
>>> with tempfile.TemporaryDirectory() as folder:
...     table = mailsec.srs.SqliteSrsTable(os.path.join(folder, "srs.db"))
...     del table
)")
      .def(py::init(&FileSrsTable::Open), py::arg("path"), py::kw_only(),
           py::arg("max_addresses") = 1000000,
           "Opens it; the file is made if it is missing.");
}

void BindAnswer(py::module_& module) {
  BindEnum<SrsOutcome>(
      module, "SrsOutcome", "What became of an address.",
      {{"NOT_OURS", SrsOutcome::kNotOurs,
        "No rewritten address of ours: nothing to do with it."},
       {"ORIGINAL", SrsOutcome::kOriginal, "It stands for another one."},
       {"REFUSED", SrsOutcome::kRefused,
        "Forged, expired, malformed, or unknown."},
       {"CANNOT_TELL", SrsOutcome::kCannotTell, "The table cannot tell now."}});
  MakeValue(
      py::class_<SrsAnswer>(module, "SrsAnswer", "What Srs.reverse() found.")
          .def_readonly("outcome", &SrsAnswer::outcome, "The SrsOutcome.")
          .def_readonly("original", &SrsAnswer::original,
                        "The Address to send it to, or None.")
          .def_readonly("decision", &SrsAnswer::decision,
                        "Why, and what to answer: a mailsec.Decision.")
          .def("__repr__",
               [](const SrsAnswer& answer) {
                 return py::str("<mailsec.srs.SrsAnswer {}>")
                     .format(answer.decision.rule->name);
               }),
      {"outcome", "original", "decision"}, &SrsAnswer::outcome,
      &SrsAnswer::original, &SrsAnswer::decision);
}

constexpr char kDoc[] = R"(Who sent what we forward, and whose bounce is this?

The Sender Rewriting Scheme: a forward leaves with a sender of our own (R23),
from which alone the original one can be had back when a bounce comes.

>>> from datetime import datetime, timedelta, timezone
>>> noon = datetime(2026, 11, 25, 12, tzinfo=timezone.utc)
>>> table = mailsec.srs.MemorySrsTable()
>>> srs = mailsec.srs.Srs("fwd.example.org", secrets=[bytes(range(32))],
...                       table=table)
>>> sender = srs.forward("<alice@example.com>", now=noon)
>>> print(sender)
<SRS0=EX443UNIPUBNJQEY=JO=example.com=alice@fwd.example.org>
>>> print(srs.reverse(sender.address, now=noon).original)
alice@example.com

Nobody else can make such an address, and none lasts for ever:

>>> srs.reverse("SRS0=AAAA=AA=example.com=bob@fwd.example.org").decision.rule
'srs.bad-hash'
>>> late = noon + timedelta(days=22)
>>> srs.reverse(sender.address, now=late).decision.rule
'srs.expired'

What does not fit stands in a table; senders at our own domains and the null
path stay as they are:

>>> long = srs.forward("<" + 60 * "x" + "@example.com>", now=noon)
>>> len(long.address.local_part)
42
>>> print(srs.forward("<>"))
<>

All methods may be called from several threads.
)";

}  // namespace

void BindSrs(py::module_& module) {
  py::module_ srs = module.def_submodule("_srs");
  srs.attr("__name__") = "mailsec.srs";
  BindTables(srs);
  BindAnswer(srs);
  py::class_<Srs> rewriting(srs, "Srs", kDoc);
  ShowBy(rewriting, {"domain"});
  rewriting
      .def(py::init([](const TextOr<Domain>& domain,
                       const std::vector<py::bytes>& secrets,
                       const std::vector<TextOr<Domain>>& own_domains,
                       char separator, int valid_days, SrsTable* table) {
             return std::make_unique<Srs>(
                 ValueOrRaise(Srs::Create({.domain = *domain,
                                           .own_domains = Values(own_domains),
                                           .secrets = ToStrings(secrets),
                                           .separator = separator,
                                           .valid_days = valid_days},
                                          table)));
           }),
           py::keep_alive<1, 7>(), py::arg("domain"), py::kw_only(),
           py::arg("secrets"),
           py::arg("own_domains") = std::vector<std::string>(),
           py::arg("separator") = '=', py::arg("valid_days") = 21,
           py::arg("table") = py::none(),
           "`domain` is that of rewritten addresses. `secrets` are bytes, at "
           "least 32 each: the first signs, all verify. Senders at "
           "`own_domains` stay as they are. Without a `table`, forward() "
           "raises RuntimeError for what does not fit.")
      .def(
          "forward",
          [](const Srs& self, const TextOr<ReversePath>& sender,
             const MaybeTime& now) {
            absl::StatusOr<ReversePath> path = [&] {
              const GilRelease without_gil;
              return self.Forward(*sender, OrNow(now));
            }();
            return ValueOrRaise(std::move(path));
          },
          py::arg("sender"), py::kw_only(), py::arg("now") = py::none(),
          "The envelope sender to forward with, a ReversePath. Raises if it "
          "needs the table and that fails: then do not forward. Without "
          "`now`, the clock is asked.")
      .def("reverse",
           Unlocked([](const Srs& self, const TextOr<Address>& recipient,
                       const MaybeTime& now) {
             return self.Reverse(*recipient, OrNow(now));
           }),
           py::arg("recipient"), py::kw_only(), py::arg("now") = py::none(),
           "The SrsAnswer: who it stands for. Ask only for mail from <>.")
      .def(
          "is_ours",
          [](const Srs& self, const TextOr<Address>& recipient) {
            return self.IsOurs(*recipient);
          },
          py::arg("recipient"),
          "True if it looks like a rewritten address of ours, right or "
          "forged.")
      .def_property_readonly(
          "domain", [](const Srs& self) { return self.domain(); },
          "The Domain of rewritten addresses.");
}

}  // namespace mailsec::python
