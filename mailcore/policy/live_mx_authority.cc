#include "mailcore/policy/live_mx_authority.h"

#include <algorithm>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace mailsec::policy {

using address::Domain;
using dns::MxAnswer;
using dns::MxRecord;

LiveMxAuthority::LiveMxAuthority(const Options& options,
                                 dns::Resolver* resolver)
    : own_names_(options.own_names.begin(), options.own_names.end()),
      consenting_domains_(options.consenting_domains.begin(),
                          options.consenting_domains.end()),
      any_most_preferred_(options.any_most_preferred),
      require_dnssec_(options.require_dnssec),
      resolver_(resolver) {}

bool LiveMxAuthority::IsOurs(const MxRecord& record) const {
  // "" is the null MX (RFC 7505): it names nobody.
  const absl::StatusOr<Domain> name = Domain::ParseFqdn(record.exchange);
  return name.ok() && own_names_.contains(*name);
}

bool LiveMxAuthority::NamesUs(const MxAnswer& answer) const {
  return std::any_of(answer.records.begin(), answer.records.end(),
                     [this](const MxRecord& r) { return IsOurs(r); });
}

bool LiveMxAuthority::PrefersUs(const MxAnswer& answer) const {
  if (answer.records.empty()) return false;
  uint16_t lowest = answer.records.front().preference;
  for (const MxRecord& record : answer.records) {
    lowest = std::min(lowest, record.preference);
  }
  return std::all_of(answer.records.begin(), answer.records.end(),
                     [this, lowest](const MxRecord& record) {
                       return record.preference > lowest || IsOurs(record);
                     });
}

MxVerdict LiveMxAuthority::HoldsMxFor(const Domain& domain) {
  const bool consenting = consenting_domains_.contains(domain);
  if (!consenting && !any_most_preferred_) {
    return {Answer::kNo,
            "the operator has not consented to serve this domain, whatever its "
            "MX records say"};
  }
  const absl::StatusOr<MxAnswer> mx = resolver_->LookUpMx(domain);
  if (absl::IsNotFound(mx.status())) {
    return {Answer::kNo, "the domain has no MX record"};
  }
  if (!mx.ok()) {
    return {Answer::kCannotTell,
            absl::StrCat("the MX look-up failed: ", mx.status().message())};
  }
  if (require_dnssec_ && mx->dnssec != dns::DnssecStatus::kSecure) {
    return {Answer::kNo, "the MX records are not secured by DNSSEC",
            mx->dnssec};
  }
  if (consenting && NamesUs(*mx)) {
    return {Answer::kYes,
            "the operator has consented, and an MX record names this server",
            mx->dnssec};
  }
  if (any_most_preferred_ && PrefersUs(*mx)) {
    return {Answer::kYes,
            "the most preferred MX records name this server and no other",
            mx->dnssec};
  }
  return {Answer::kNo,
          NamesUs(*mx) ? "MX records name this server, but prefer another host"
                       : "no MX record names this server",
          mx->dnssec};
}

}  // namespace mailsec::policy
