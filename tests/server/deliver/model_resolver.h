// model_resolver.h: the names of a world of five hosts and four domains.

#ifndef TESTS_SERVER_DELIVER_MODEL_RESOLVER_H_
#define TESTS_SERVER_DELIVER_MODEL_RESOLVER_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "mailcore/dns/resolver.h"

namespace mailsec::server {

inline constexpr int kHosts = 5;
inline constexpr int kDomains = 4;

inline std::string HostName(int host) {
  return absl::StrCat("h", host, ".example");
}
inline std::string HostAddress(int host) {
  return absl::StrCat("192.0.2.", host + 1);
}
inline std::string DomainName(int domain) {
  return absl::StrCat("d", domain, ".example");
}

// Every domain has exchangers, whose answers may fail for a while.
class ModelResolver : public dns::Resolver {
 public:
  absl::StatusOr<dns::MxAnswer> LookUpMx(
      const address::Domain& domain) override {
    if (failing.contains(domain.ascii())) {
      return absl::UnavailableError("SERVFAIL");
    }
    const auto found = exchangers.find(domain.ascii());
    if (found == exchangers.end()) return dns::NoSuchNameError("no such name");
    dns::MxAnswer answer;
    uint16_t preference = 0;
    for (const int host : found->second) {
      answer.records.push_back({++preference, HostName(host)});
    }
    return answer;
  }
  absl::StatusOr<dns::AddressAnswer> LookUpAddresses(
      const std::string& host) override {
    if (failing.contains(host)) return absl::UnavailableError("SERVFAIL");
    for (int i = 0; i < kHosts; ++i) {
      if (HostName(i) == host) {
        return dns::AddressAnswer{
            .addresses = {*ip::IpAddress::Parse(HostAddress(i))}};
      }
    }
    return dns::NoSuchNameError("no such name");
  }

  std::set<std::string> failing;
  std::map<std::string, std::vector<int>> exchangers;
};

}  // namespace mailsec::server

#endif  // TESTS_SERVER_DELIVER_MODEL_RESOLVER_H_
