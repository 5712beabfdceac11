// Prints where mail for each domain would go, asked of a real name server:
//
//   mx_plan NAME_SERVER TRUST_ANCHOR_FILE SECONDS DOMAIN...
//
// One line for each domain: "DOMAIN secure HOST=ADDRESS ..." or "DOMAIN
// failure 550 5.1.2 ...". TRUST_ANCHOR_FILE may be "-". We are
// mx.ours.example, 192.0.2.25 and the addresses of our interfaces.

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "mailcore/io/interface_addresses.h"
#include "mailcore/io/unbound_resolver.h"
#include "mailcore/route/mx_planner.h"

namespace mailsec {
namespace {

using address::Domain;
using ip::IpAddress;

std::string Describe(const route::MxPlan& plan) {
  if (plan.failure) return absl::StrCat("failure ", plan.failure->ToString());
  std::string text =
      plan.dnssec == dns::DnssecStatus::kSecure ? "secure" : "insecure";
  for (const route::MxHop& hop : plan.hops) {
    absl::StrAppend(&text, " ", hop.host, "=", hop.address.ToString());
  }
  return text;
}

int Run(const std::vector<std::string>& arguments) {
  int seconds = 0;
  if (arguments.size() < 5 || !absl::SimpleAtoi(arguments[3], &seconds)) {
    return 2;
  }
  const std::string anchor = arguments[2] == "-" ? "" : arguments[2];
  const auto resolver =
      io::UnboundResolver::Create({.forward = {arguments[1]},
                                   .trust_anchor_file = anchor,
                                   .timeout = absl::Seconds(seconds)});
  absl::StatusOr<std::vector<IpAddress>> own = io::InterfaceAddresses();
  if (!resolver.ok() || !own.ok()) return 1;
  own->push_back(*IpAddress::Parse("192.0.2.25"));
  const route::MxPlanner planner(
      {.own_names = {*Domain::Parse("mx.ours.example")},
       .own_addresses = *std::move(own)},
      resolver->get());
  for (size_t i = 4; i < arguments.size(); ++i) {
    const absl::StatusOr<Domain> domain = Domain::Parse(arguments[i]);
    if (!domain.ok()) return 2;
    std::printf("%s %s\n", arguments[i].c_str(),
                Describe(planner.Plan(*domain, 1)).c_str());
  }
  return 0;
}

}  // namespace
}  // namespace mailsec

int main(int argc, char** argv) {
  return mailsec::Run(std::vector<std::string>(argv, argv + argc));
}
