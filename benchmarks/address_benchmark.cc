// How fast is a path parsed? Two are for each message.

#include "benchmark/benchmark.h"
#include "mailcore/address/path.h"

namespace mailsec {
namespace {

void ParsePath(benchmark::State& state, absl::string_view text) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(address::ForwardPath::Parse(text));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(ParsePath, Plain, "<firstname.lastname@mail.example.org>");
BENCHMARK_CAPTURE(ParsePath, Quoted, "<\"j doe\"@mail.example.org>");
BENCHMARK_CAPTURE(ParsePath, Internationalised,
                  "<u@b\xC3\xBC"
                  "cher.example>");
BENCHMARK_CAPTURE(ParsePath, Refused, "<a@b@mail.example.org>");

}  // namespace
}  // namespace mailsec
