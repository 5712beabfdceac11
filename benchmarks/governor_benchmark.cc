// How fast is one decision about automatic mail, and how much memory do a
// million targets take? The bounds to keep (R24): a million decisions a second
// on one core, and 100 MiB.

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "mailcore/policy/governor.h"

namespace mailsec::policy {
namespace {

using address::Address;
using message::ContentVerdict;

constexpr int kTargets = 1000000;
const absl::Time kNow = absl::FromUnixSeconds(1600000000);

Governor::Options Options() {
  Governor::Options options;
  options.own_domains = {*address::Domain::Parse("example.org")};
  options.per_address.burst = options.per_domain.burst = 1000000;
  options.per_exchanger.burst = options.notices.burst = 1000000;
  options.per_exchanger.interval = absl::Microseconds(1);
  options.notices.interval = absl::Microseconds(1);
  return options;
}

AutomaticMail Notice(const Address& target) {
  return {.kind = AutomaticKind::kAbsenceNotice,
          .verdict = ContentVerdict::kClean,
          .answered = address::ReversePath(target),
          .author = *Address::Parse("bob@example.org"),
          .target = target};
}

// Their hosts begin with `host`.
std::vector<Address> Targets(absl::string_view host) {
  std::vector<Address> targets;
  targets.reserve(kTargets);
  for (int i = 0; i < kTargets; ++i) {
    targets.push_back(*Address::Parse(
        absl::StrCat("user", i, "@", host, "d", i, ".example")));
  }
  std::shuffle(targets.begin(), targets.end(), std::mt19937(1));
  return targets;
}

// Each of a million targets, in no order, each its own address and domain, all
// kept.
void DecideOfAMillion(benchmark::State& state, absl::string_view host,
                      bool provider) {
  std::vector<Address> targets = Targets(host);
  AutomaticMail mail = Notice(targets[0]);
  if (provider) mail.exchangers = {"aspmx.l.google.com", "mx2.example"};
  Governor governor(Options());
  for (const Address& target : targets) {
    mail.target = target;
    governor.Decide(mail, kNow);
  }
  absl::Time now = kNow;
  size_t i = 0;
  for (auto _ : state) {
    std::swap(mail.target, targets[i]);
    now += absl::Microseconds(1);
    benchmark::DoNotOptimize(governor.Decide(mail, now));
    std::swap(mail.target, targets[i]);
    if (++i == targets.size()) i = 0;
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["MiB"] =
      static_cast<double>(governor.memory_octets()) / (1 << 20);
}
BENCHMARK_CAPTURE(DecideOfAMillion, two_labels, "", false);
BENCHMARK_CAPTURE(DecideOfAMillion, at_a_provider, "", true);
BENCHMARK_CAPTURE(DecideOfAMillion, three_labels, "mail.", false);

// What comes again and again from the same few.
void DecideOfAThousand(benchmark::State& state) {
  std::vector<Address> targets = Targets("mail.");
  targets.resize(1000, targets[0]);
  std::vector<AutomaticMail> mails;
  for (const Address& target : targets) mails.push_back(Notice(target));
  Governor governor(Options());
  absl::Time now = kNow;
  size_t i = 0;
  for (auto _ : state) {
    now += absl::Microseconds(1);
    benchmark::DoNotOptimize(governor.Decide(mails[i], now));
    if (++i == mails.size()) i = 0;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(DecideOfAThousand);

// What a line stops before the bounds.
void RefusedForItsVerdict(benchmark::State& state) {
  AutomaticMail mail = Notice(*Address::Parse("alice@example.com"));
  mail.verdict = ContentVerdict::kSpam;
  Governor governor(Options());
  for (auto _ : state) {
    benchmark::DoNotOptimize(governor.Decide(mail, kNow));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(RefusedForItsVerdict);

}  // namespace
}  // namespace mailsec::policy
