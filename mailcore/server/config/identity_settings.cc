#include "mailcore/server/config/identity_settings.h"

#include "absl/strings/match.h"
#include "mailcore/server/config/config.pb.h"

namespace mailsec::server {
namespace {

std::optional<address::Address> ReadPerson(const Section& root,
                                           const std::string& field,
                                           const std::string& value) {
  if (!value.empty()) return root.ReadAddress(field, value);
  root.ErrorIfWhole(field, -1,
                    "is required: the mail address of a person (R6)");
  return std::nullopt;
}

// Not an address, and not what is the same on every host.
bool IsHostName(const std::string& name) {
  const std::string last = name.substr(name.rfind('.') + 1);
  return absl::StrContains(name, ".") && !ip::IpAddress::Parse(name).ok() &&
         last.find_first_not_of("0123456789") != std::string::npos &&
         !absl::EqualsIgnoreCase(last, "localhost") &&
         !absl::EqualsIgnoreCase(last, "localdomain");
}

}  // namespace

IdentitySettings ReadIdentity(const Section& root,
                              const config::Config& proto) {
  IdentitySettings settings;
  settings.hostname = proto.hostname();
  settings.host_domain = root.ReadDomain("hostname", -1, proto.hostname());
  if (settings.host_domain && !IsHostName(proto.hostname())) {
    root.Error("hostname", -1,
               "is no name that others could look up: say the name that the "
               "DNS has for this host, as mx.example.org");
  }
  settings.administrator_place = root.PlaceOf("administrator");
  settings.deputy_place = root.PlaceOf("deputy");
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

}  // namespace mailsec::server
