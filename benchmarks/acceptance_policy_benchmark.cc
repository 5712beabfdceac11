// How fast is one recipient decided, for a server of 10,000 mailboxes?

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "mailcore/policy/acceptance_policy.h"
#include "mailcore/policy/text_recipient_directory.h"

namespace mailsec::policy {
namespace {

using address::ForwardPath;
using address::ReversePath;

TextRecipientDirectory Directory() {
  std::string text = "postmaster@example.org\nabuse@example.org\n";
  for (int i = 0; i < 10000; ++i) {
    absl::StrAppend(&text, "user", i, "@example.org\n");
  }
  return *TextRecipientDirectory::Parse(text);
}

void DecideRcpt(benchmark::State& state, absl::string_view recipient) {
  TextRecipientDirectory directory = Directory();
  const std::unique_ptr<AcceptancePolicy> policy = *AcceptancePolicy::Create(
      {.authorised_networks = *ip::NetworkSet::Parse({"10.0.0.0/8"}),
       .local_domains = {*address::Domain::Parse("example.org")}},
      &directory);
  const Client client = {.ip = *ip::IpAddress::Parse("198.51.100.7")};
  const ReversePath sender = *ReversePath::Parse("<a@example.com>");
  const ForwardPath path = *ForwardPath::Parse(recipient);
  for (auto _ : state) {
    benchmark::DoNotOptimize(policy->DecideRcpt(client, sender, {}, path));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(DecideRcpt, Exists, "<user5000@example.org>");
BENCHMARK_CAPTURE(DecideRcpt, Unknown, "<nobody@example.org>");
BENCHMARK_CAPTURE(DecideRcpt, MayNotRelay, "<a@far.example>");

}  // namespace
}  // namespace mailsec::policy
