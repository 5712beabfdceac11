#include "mailcore/policy/static_mx_authority.h"

#include <utility>

namespace mailsec::policy {

using address::Domain;

MxVerdict StaticMxAuthority::HoldsMxFor(const Domain& domain) {
  if (domains_.contains(domain)) {
    return {Answer::kYes, "the domain is listed in the configuration"};
  }
  return {Answer::kNo, "the domain is not listed in the configuration"};
}

MxVerdict FirstMxAuthority::HoldsMxFor(const Domain& domain) {
  MxVerdict answer = {Answer::kNo, "nobody was asked"};
  for (MxAuthority* authority : authorities_) {
    MxVerdict verdict = authority->HoldsMxFor(domain);
    if (verdict.answer == Answer::kYes) return verdict;
    if (answer.answer == Answer::kNo) answer = std::move(verdict);
  }
  return answer;
}

}  // namespace mailsec::policy
