// public_providers.h: which public mail provider is behind this exchanger?
//
// A provider's customers have millions of domains of their own, but share a few
// exchangers. A flood to many of those domains is a flood to these exchangers,
// so a bound for each target domain is not enough (R24): there is one for the
// exchanger as well.
//
//   PublicProviders providers({});
//   providers.Find("aspmx.L.google.com") == "google.com";
//   providers.Find("mx.example.org") == "";

#ifndef MAILCORE_POLICY_PUBLIC_PROVIDERS_H_
#define MAILCORE_POLICY_PUBLIC_PROVIDERS_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "mailcore/address/domain.h"

namespace mailsec::policy {

// Thread safety: immutable once created.
class PublicProviders {
 public:
  // The domains below which the large providers' exchangers are, A-labels.
  static absl::Span<const absl::string_view> BuiltIn();

  // Those, and `more`.
  explicit PublicProviders(const std::vector<address::Domain>& more);

  // The longest listed domain that `exchanger` is or is below; "" if there is
  // none. The case of letters and a final dot make no difference. Lives as long
  // as this.
  absl::string_view Find(absl::string_view exchanger) const;

 private:
  absl::flat_hash_set<std::string> suffixes_;
};

}  // namespace mailsec::policy

#endif  // MAILCORE_POLICY_PUBLIC_PROVIDERS_H_
