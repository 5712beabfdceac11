#include "mailcore/server/config/next_hop.h"

#include <algorithm>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "mailcore/ip/ip_address.h"
#include "mailcore/server/config/config.pb.h"

namespace mailsec::server {

namespace {

// What to write instead of "host:587" and "[host]"; empty: it is neither.
std::string MeantHost(const std::string& host) {
  if (absl::StartsWith(host, "[")) {
    return absl::StrCat(
        "\"", host, "\": say the name or the address without brackets; a host ",
        "that is named is never looked up as a mail exchanger");
  }
  const size_t colon = host.rfind(':');
  if (colon == std::string::npos || ip::IpAddress::Parse(host).ok()) return "";
  return absl::StrCat("\"", host, "\": say host: \"", host.substr(0, colon),
                      "\" port: ", host.substr(colon + 1));
}

}  // namespace

route::Destination ReadNextHop(const Section& parent, const std::string& field,
                               int index, const config::NextHop& hop,
                               route::Destination::Kind kind) {
  constexpr uint64_t kSmtpPort = 25;
  constexpr uint64_t kLmtpPort = 24;  // RFC 2033, 5 leaves it open; usual.
  constexpr size_t kPrefix = sizeof("unix:") - 1;
  const Section section = parent.Nested(field, index, hop);
  const bool lmtp = kind == route::Destination::Kind::kLmtp;
  route::Destination to;
  to.kind = kind;
  to.host = hop.host();
  to.verify = hop.has_verify_recipients() ? hop.verify_recipients() : lmtp;
  to.cut_through = hop.has_cut_through() ? hop.cut_through() : lmtp;
  if (absl::StartsWith(to.host, "unix:")) {
    if (!lmtp) section.Error("host", -1, "a Unix socket speaks LMTP only");
    if (to.host.size() == kPrefix) section.Error("host", -1, "names no path");
    to.host = absl::StrCat("unix:", section.Resolve(to.host.substr(kPrefix)));
    return to;
  }
  const std::string meant = MeantHost(to.host);
  if (!meant.empty()) {
    section.Error("host", -1, meant);
  } else if (!ip::IpAddress::Parse(to.host).ok()) {
    (void)section.ReadDomain("host", -1, to.host);
  }
  to.port = static_cast<uint16_t>(section.ReadNumber(
      "port", hop.port(), lmtp ? kLmtpPort : kSmtpPort, 1, 65535));
  return to;
}

route::Destination ReadNextHops(const Section& parent, const std::string& field,
                                const NextHopList& hops) {
  constexpr auto kSmtp = route::Destination::Kind::kSmtp;
  route::Destination to = ReadNextHop(parent, field, 0, hops[0], kSmtp);
  std::vector<route::FixedHost> before = {{to.host, to.port}};
  for (int i = 1; i < hops.size(); ++i) {
    const route::Destination next =
        ReadNextHop(parent, field, i, hops[i], kSmtp);
    if (hops[i].has_verify_recipients() || hops[i].has_cut_through()) {
      parent.Error(field, i,
                   "verify_recipients and cut_through stand in the first next "
                   "hop, for all of them");
    }
    const route::FixedHost host = {next.host, next.port};
    if (std::find(before.begin(), before.end(), host) != before.end()) {
      parent.Error(field, i, "is listed already: it would be tried twice");
    }
    before.push_back(host);
  }
  to.others.assign(before.begin() + 1, before.end());
  return to;
}

}  // namespace mailsec::server
