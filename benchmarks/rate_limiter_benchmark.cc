// How fast is one decision, and how much memory do a million targets take?
// The bounds to keep: a million decisions a second on one core, and 100 MiB.

#include <malloc.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "mailcore/rate/rate_limiter.h"

namespace mailsec::rate {
namespace {

constexpr int kTargets = 1000000;

std::vector<std::string> Targets() {
  std::vector<std::string> targets;
  for (int i = 0; i < kTargets; ++i) {
    targets.push_back(absl::StrCat("user", i, "@mail", i % 1000, ".example"));
  }
  return targets;
}

// Each of a million targets in no order, all of them kept.
void TakeOfAMillion(benchmark::State& state) {
  std::vector<std::string> targets = Targets();
  const size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
  RateLimiter limiter({.burst = 1000, .max_keys = kTargets});
  absl::Time now = absl::FromUnixSeconds(1600000000);
  for (const std::string& target : targets) limiter.Take(target, now);
  const size_t after = mallinfo2().uordblks + mallinfo2().hblkhd;
  std::shuffle(targets.begin(), targets.end(), std::mt19937(1));
  size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(limiter.Take(targets[i], now));
    if (++i == targets.size()) i = 0;
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["keys"] = static_cast<double>(limiter.keys());
  state.counters["MiB"] = static_cast<double>(after - before) / (1 << 20);
}
BENCHMARK(TakeOfAMillion);

// The table is full of others: what a flood of new targets costs.
void RefusedAsFull(benchmark::State& state) {
  const std::vector<std::string> targets = Targets();
  RateLimiter limiter({.burst = 10, .max_keys = kTargets / 2});
  const absl::Time now = absl::FromUnixSeconds(1600000000);
  for (const std::string& target : targets) limiter.Take(target, now);
  size_t i = kTargets / 2;
  for (auto _ : state) {
    benchmark::DoNotOptimize(limiter.Take(targets[i], now));
    if (++i == targets.size()) i = kTargets / 2;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(RefusedAsFull);

}  // namespace
}  // namespace mailsec::rate
