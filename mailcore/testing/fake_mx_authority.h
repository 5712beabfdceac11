// fake_mx_authority.h: a mail exchanger for what a test says.
//
//   FakeMxAuthority mx;
//   mx.Hold("ours.example");

#ifndef MAILCORE_TESTING_FAKE_MX_AUTHORITY_H_
#define MAILCORE_TESTING_FAKE_MX_AUTHORITY_H_

#include <optional>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "mailcore/address/domain.h"
#include "mailcore/policy/mx_authority.h"

namespace mailsec::policy {

// Thread safety: HoldsMxFor() may run concurrently once all else is set.
class FakeMxAuthority : public MxAuthority {
 public:
  // `domain` in lower case and with A-labels.
  void Hold(const std::string& domain) { held_.insert(domain); }

  // From now on it cannot tell.
  void FailWith(const absl::Status& status) { failure_ = status; }

  MxVerdict HoldsMxFor(const address::Domain& domain) override {
    if (failure_) {
      return {Answer::kCannotTell, std::string(failure_->message())};
    }
    const bool held = held_.count(domain.ascii()) > 0;
    return {held ? Answer::kYes : Answer::kNo, held ? "held" : "not held"};
  }

 private:
  std::set<std::string> held_;
  std::optional<absl::Status> failure_;
};

}  // namespace mailsec::policy

#endif  // MAILCORE_TESTING_FAKE_MX_AUTHORITY_H_
