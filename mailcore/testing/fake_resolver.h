// fake_resolver.h: a DNS that a test writes by hand.
//
//   FakeResolver dns;
//   dns.SetMx("example.com", {{10, "mx.example.org"}});
//   dns.Fail("broken.example");  // SERVFAIL
//
// Whatever was not set does not exist.

#ifndef MAILCORE_TESTING_FAKE_RESOLVER_H_
#define MAILCORE_TESTING_FAKE_RESOLVER_H_

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mailcore/address/domain.h"
#include "mailcore/dns/resolver.h"
#include "mailcore/ip/ip_address.h"

namespace mailsec::dns {

// Thread safety: all methods may run concurrently.
class FakeResolver : public Resolver {
 public:
  // Names are lower case, without a dot at the end.
  void SetMx(const std::string& domain, std::vector<MxRecord> records,
             DnssecStatus dnssec = DnssecStatus::kInsecure) {
    std::stable_sort(records.begin(), records.end(),
                     [](const MxRecord& a, const MxRecord& b) {
                       return a.preference < b.preference;
                     });
    const std::lock_guard<std::mutex> lock(mutex_);
    mx_[domain] = {std::move(records), dnssec};
  }
  void SetAddresses(const std::string& host,
                    std::vector<ip::IpAddress> addresses,
                    DnssecStatus dnssec = DnssecStatus::kInsecure) {
    const std::lock_guard<std::mutex> lock(mutex_);
    addresses_[host] = {std::move(addresses), dnssec};
  }
  // `alias` is a CNAME of `target`, which must be no alias itself.
  void SetAlias(const std::string& alias, const std::string& target) {
    const std::lock_guard<std::mutex> lock(mutex_);
    aliases_[alias] = target;
  }
  // From now on every question about `name` is Unavailable.
  void Fail(const std::string& name) {
    const std::lock_guard<std::mutex> lock(mutex_);
    failing_.insert(name);
  }

  absl::StatusOr<MxAnswer> LookUpMx(const address::Domain& domain) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    return Answer(mx_, domain.ascii());
  }
  absl::StatusOr<AddressAnswer> LookUpAddresses(
      const std::string& host) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    absl::StatusOr<AddressAnswer> answer = Answer(addresses_, host);
    const auto alias = aliases_.find(host);
    if (answer.ok() && alias != aliases_.end()) {
      answer->canonical_name = alias->second;
    }
    return answer;
  }

  // How many questions were asked.
  int lookups() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return lookups_;
  }

 private:
  template <typename T>
  absl::StatusOr<T> Answer(const std::map<std::string, T>& zone,
                           const std::string& asked) {
    ++lookups_;
    if (failing_.count(asked) > 0) return absl::UnavailableError("SERVFAIL");
    const auto alias = aliases_.find(asked);
    const std::string& name = alias == aliases_.end() ? asked : alias->second;
    if (failing_.count(name) > 0) return absl::UnavailableError("SERVFAIL");
    const auto found = zone.find(name);
    if (found != zone.end()) return found->second;
    if (mx_.count(name) > 0 || addresses_.count(name) > 0) {
      return absl::NotFoundError("no such record");
    }
    return NoSuchNameError("NXDOMAIN");
  }

  mutable std::mutex mutex_;
  std::map<std::string, MxAnswer> mx_;
  std::map<std::string, AddressAnswer> addresses_;
  std::map<std::string, std::string> aliases_;
  std::set<std::string> failing_;
  int lookups_ = 0;
};

}  // namespace mailsec::dns

#endif  // MAILCORE_TESTING_FAKE_RESOLVER_H_
