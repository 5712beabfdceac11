#include <pybind11/stl.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "bindings/python/absl_casters.h"
#include "bindings/python/arguments.h"
#include "bindings/python/bind.h"
#include "bindings/python/gil.h"
#include "bindings/python/now.h"
#include "bindings/python/random_seed.h"
#include "bindings/python/values.h"
#include "mailcore/rate/rate_limiter.h"

namespace mailsec::python {
namespace {

namespace py = pybind11;
using rate::RateLimiter;

constexpr char kDoc[] = R"(May this key act again now?

A bucket for each key: `burst` at once, then one every `interval`. The memory
is bounded: when there is room for no other key, the answer is no.

>>> from datetime import datetime, timedelta, timezone
>>> limiter = mailsec.RateLimiter(burst=2, interval=timedelta(minutes=6))
>>> noon = datetime(2026, 11, 25, 12, tzinfo=timezone.utc)
>>> [limiter.take("bob@example.com", noon).allowed for _ in range(3)]
[True, True, False]
>>> print(limiter.peek("bob@example.com", noon).retry_after)
0:06:00
>>> limiter.take("alice@example.com", noon).left
1

A key is a str or bytes. Without `now`, which has a time zone, the clock is
asked. All methods may be called from several threads; none holds the GIL.
)";

void BindAnswer(py::module_& module) {
  using Answer = RateLimiter::Answer;
  MakeValue(
      py::class_<Answer>(module, "RateAnswer", "What a RateLimiter says.")
          .def_readonly("allowed", &Answer::allowed, "There was one left.")
          .def_readonly("left", &Answer::left,
                        "How many more now, after this one.")
          .def_readonly("retry_after", &Answer::retry_after,
                        "A timedelta; if not allowed: until one is.")
          .def("__repr__",
               [](const Answer& answer) {
                 return py::str("<mailsec.RateAnswer allowed={}, left={}>")
                     .format(answer.allowed, answer.left);
               }),
      {"allowed", "left", "retry_after"}, &Answer::allowed, &Answer::left,
      &Answer::retry_after);
}

void BindTaking(py::class_<RateLimiter>& limiter) {
  limiter
      .def("take",
           Unlocked(
               [](RateLimiter& self, absl::string_view key,
                  const MaybeTime& now) { return self.Take(key, OrNow(now)); }),
           py::arg("key"), py::arg("now") = py::none(),
           "Takes one if there is one; a RateAnswer.")
      .def("peek",
           Unlocked(
               [](const RateLimiter& self, absl::string_view key,
                  const MaybeTime& now) { return self.Peek(key, OrNow(now)); }),
           py::arg("key"), py::arg("now") = py::none(),
           "The same without taking.")
      .def("return_",
           Unlocked([](RateLimiter& self, absl::string_view key,
                       const MaybeTime& now) { self.Return(key, OrNow(now)); }),
           py::arg("key"), py::arg("now") = py::none(),
           "Gives one back that was taken for what did not happen.")
      .def("__len__", Unlocked(&RateLimiter::keys));
}

void BindSaving(py::class_<RateLimiter>& limiter) {
  limiter
      .def(
          "save",
          [](const RateLimiter& self, const MaybeTime& now) {
            std::string octets;
            {
              const GilRelease without_gil;
              octets = self.Save(OrNow(now));
            }
            return py::bytes(octets);
          },
          py::arg("now") = py::none(),
          "All that is used, as bytes, for a restart. They hold the secret of "
          "the hash: nobody else may read them.")
      .def(
          "load",
          [](RateLimiter& self, const Octets& octets) {
            const GilRelease without_gil;
            RaiseIfError(self.Load(octets.view()));
          },
          py::arg("octets"),
          "Replaces all by what save() made. OSError, and nothing is changed, "
          "if it did not make them.");
}

}  // namespace

void BindRate(py::module_& module) {
  BindAnswer(module);
  py::class_<RateLimiter> limiter(module, "RateLimiter", kDoc);
  const RateLimiter::Options standard;
  limiter.def(
      py::init([](uint32_t burst, absl::Duration interval, size_t max_keys) {
        return std::make_unique<RateLimiter>(
            RateLimiter::Options{.burst = burst,
                                 .interval = interval,
                                 .max_keys = max_keys,
                                 .seed = RandomSeed()});
      }),
      py::kw_only(), py::arg("burst") = standard.burst,
      py::arg("interval") = standard.interval,
      py::arg("max_keys") = standard.max_keys,
      "What lies outside its bounds becomes the nearest value inside: "
      "1 to 1000000, 1 microsecond to 30 days, 1 to 2**32.");
  BindTaking(limiter);
  BindSaving(limiter);
  limiter
      .def_property_readonly("burst", &RateLimiter::burst,
                             "How many at once, inside its bounds.")
      .def_property_readonly("interval", &RateLimiter::interval,
                             "Until one more, inside its bounds.");
  ShowBy(limiter, {"burst", "interval"});
}

}  // namespace mailsec::python
