#include "mailcore/route/destination.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace mailsec::route {
namespace {

constexpr int kSmtpPort = 25;  // RFC 5321, 4.5.4.2.

std::string At(absl::string_view scheme, absl::string_view host, int port) {
  if (absl::StartsWith(host, "unix:")) return absl::StrCat(scheme, ":", host);
  return absl::StrCat(scheme, ":[", host, "]:", port);
}

}  // namespace

std::string Destination::ToString() const {
  switch (kind) {
    case Kind::kNone:
      return "none";
    case Kind::kMaildir:
      return absl::StrCat("maildir:", maildir_root);
    case Kind::kLmtp:
      return At("lmtp", host, port);
    case Kind::kSmtp: {
      std::string text = At("smtp", host, port);
      for (const FixedHost& other : others) {
        absl::StrAppend(&text, ",[", other.host, "]:", other.port);
      }
      return text;
    }
    case Kind::kMx: {
      const std::string name = domain ? domain->ascii() : "";
      if (port == 0 || port == kSmtpPort) return absl::StrCat("mx:", name);
      return absl::StrCat("mx:", name, ":", port);
    }
    case Kind::kAddress:
      return At("address", host, port == 0 ? kSmtpPort : port);
    case Kind::kRefused:
      return absl::StrCat("refused:[", host, "]");
  }
  return "";
}

}  // namespace mailsec::route
