#include "mailcore/io/server_address.h"

#include <sys/un.h>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "mailcore/base/log_safe.h"

namespace mailsec::io {
namespace {

using ip::IpAddress;

constexpr size_t kMaxPathOctets = sizeof(sockaddr_un::sun_path) - 1;

absl::Status Wrong(absl::string_view text, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(
      "the server address \"", base::LogSafe(text, 128), "\" ", what));
}

}  // namespace

absl::StatusOr<ServerAddress> ServerAddress::Parse(base::StringView text) {
  ServerAddress address;
  absl::string_view rest = text;
  if (absl::ConsumePrefix(&rest, "unix:")) {
    if (rest.empty() || rest.size() > kMaxPathOctets ||
        rest.find('\0') != absl::string_view::npos) {
      return Wrong(text, absl::StrCat("needs a path of at most ",
                                      kMaxPathOctets, " octets"));
    }
    address.path = std::string(rest);
    return address;
  }
  const size_t colon = rest.rfind(':');
  uint32_t port = 0;
  if (colon == absl::string_view::npos ||
      !absl::SimpleAtoi(rest.substr(colon + 1), &port) || port == 0 ||
      port > 65535) {
    return Wrong(text, "needs a port from 1 to 65535, or begins with unix:");
  }
  absl::string_view host = rest.substr(0, colon);
  const bool is_bracketed = absl::ConsumePrefix(&host, "[");
  if (is_bracketed && !absl::ConsumeSuffix(&host, "]")) {
    return Wrong(text, "lacks a bracket");
  }
  const absl::StatusOr<IpAddress> ip = IpAddress::Parse(host);
  if (!ip.ok() || (absl::StrContains(host, ":") && !is_bracketed)) {
    return Wrong(text, "needs an IP address, one of IPv6 in brackets");
  }
  address.ip = *ip;
  address.port = static_cast<uint16_t>(port);
  return address;
}

std::string ServerAddress::ToString() const {
  if (!path.empty()) return absl::StrCat("unix:", path);
  const std::string host = ip.ToString();
  return absl::StrContains(host, ":") ? absl::StrCat("[", host, "]:", port)
                                      : absl::StrCat(host, ":", port);
}

}  // namespace mailsec::io
