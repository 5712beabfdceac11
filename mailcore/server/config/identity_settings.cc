#include "mailcore/server/config/identity_settings.h"

#include "absl/strings/match.h"

namespace mailsec::server {
namespace {

std::optional<address::Address> ReadPerson(const Section& root,
                                           const std::string& field,
                                           const std::string& value) {
  if (!value.empty()) return root.ReadAddress(field, value);
  root.Error(field, -1, "is required: the mail address of a person (R6)");
  return std::nullopt;
}

}  // namespace

IdentitySettings ReadIdentity(const Section& root,
                              const config::Config& proto) {
  IdentitySettings settings;
  settings.hostname = proto.hostname();
  settings.host_domain = root.ReadDomain("hostname", -1, proto.hostname());
  settings.administrator =
      ReadPerson(root, "administrator", proto.administrator());
  settings.deputy = ReadPerson(root, "deputy", proto.deputy());
  if (!proto.administrator().empty() &&
      absl::EqualsIgnoreCase(proto.administrator(), proto.deputy())) {
    root.Error("deputy", -1,
               "must be somebody else than the administrator (R6)");
  }
  settings.own_addresses =
      root.ReadIpAddresses("own_address", proto.own_address());
  return settings;
}

NetworkSettings ReadNetworks(const Section& root, const config::Config& proto) {
  return {.authorised = root.ReadNetworks("authorised_network",
                                          proto.authorised_network(), true),
          .normalise =
              root.ReadNetworks("normalise_line_ends_network",
                                proto.normalise_line_ends_network(), false),
          .inside = root.ReadNetworks("inside_network", proto.inside_network(),
                                      true)};
}

LogSettings ReadLog(const Section& root, const config::Log& log) {
  const Section section = root.Nested("log", -1, log);
  LogSettings settings;
  if (!log.file().empty()) settings.file = section.Resolve(log.file());
  if (log.severity().empty()) return settings;
  for (const base::Severity severity :
       {base::Severity::kDebug, base::Severity::kInfo, base::Severity::kNotice,
        base::Severity::kWarning, base::Severity::kAlarm}) {
    if (base::SeverityName(severity) != log.severity()) continue;
    settings.severity = severity;
    return settings;
  }
  section.Error("severity", -1,
                "must be debug, info, notice, warning or alarm");
  return settings;
}

ResolverSettings ReadResolver(const Section& root,
                              const config::Resolver& resolver) {
  ResolverSettings settings;
  settings.forward = {resolver.forward().begin(), resolver.forward().end()};
  if (!resolver.trust_anchor_file().empty()) {
    settings.trust_anchor_file = root.Resolve(resolver.trust_anchor_file());
  }
  return settings;
}

}  // namespace mailsec::server
