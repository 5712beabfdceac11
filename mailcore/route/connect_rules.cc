#include "mailcore/route/connect_rules.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "mailcore/ip/special_purpose.h"

namespace mailsec::route {
namespace {

using ip::IpAddress;
using ip::SpecialKind;
using ip::SpecialPurpose;

enum class Rule { kYes, kIfInside, kNever };

Rule RuleOf(SpecialKind kind) {
  switch (kind) {
    case SpecialKind::kThisHost:
    case SpecialKind::kLoopback:
    case SpecialKind::kLinkLocal:
    case SpecialKind::kSiteLocal:
    case SpecialKind::kProtocol:
    case SpecialKind::kDiscard:
    case SpecialKind::kMulticast:
    case SpecialKind::kBroadcast:
    case SpecialKind::kReserved:
      return Rule::kNever;
    case SpecialKind::kPrivate:
    case SpecialKind::kShared:
    case SpecialKind::kBenchmark:
      return Rule::kIfInside;
    case SpecialKind::kDocumentation:
    case SpecialKind::kTranslation:
    case SpecialKind::kTunnel:
    case SpecialKind::kService:
      return Rule::kYes;
  }
  return Rule::kNever;
}

std::string Described(const SpecialPurpose& row) {
  return absl::StrCat("is special-purpose address space (", row.name, ", ",
                      row.network, ", ", row.source, ")");
}

}  // namespace

ConnectRules::ConnectRules(Options options) : options_(std::move(options)) {}

std::optional<std::string> ConnectRules::WhyNot(
    const IpAddress& address) const {
  if (options_.allow_loopback && address.IsLoopback()) return std::nullopt;
  std::optional<std::string> why = WhyNotThis(address);
  if (why) return why;
  for (const IpAddress& inner : ip::AddressesInside(address)) {
    why = WhyNotThis(inner);
    if (why) return absl::StrCat("holds ", inner.ToString(), ", which ", *why);
  }
  return std::nullopt;
}

std::optional<std::string> ConnectRules::WhyNotThis(
    const IpAddress& address) const {
  if (const ip::IpNetwork* refused = options_.refused.Find(address)) {
    return absl::StrCat("is in ", refused->ToString(),
                        ", which refuse_network lists");
  }
  const SpecialPurpose* row = ip::FindSpecialPurpose(address);
  if (row == nullptr) return std::nullopt;
  switch (RuleOf(row->kind)) {
    case Rule::kYes:
      return std::nullopt;
    case Rule::kIfInside:
      if (options_.inside.Contains(address)) return std::nullopt;
      return absl::StrCat(Described(*row),
                          ": if mail is to go there, its network has to be in "
                          "inside_network");
    case Rule::kNever:
      break;
  }
  return Described(*row);
}

}  // namespace mailsec::route
