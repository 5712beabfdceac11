#include "mailcore/policy/public_providers.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"

namespace mailsec::policy {
namespace {

using address::Domain;

// Where their exchangers are, by what their help pages tell customers to write
// into MX entries, or by the MX entries of their own domains. Ours is the
// choice; more can be configured.
constexpr absl::string_view kBuiltIn[] = {
    "google.com",              // Gmail, Google Workspace: aspmx.l.google.com
    "googlemail.com",          // The same, older: aspmx2.googlemail.com
    "smtp.goog",               // Google Workspace gateways
    "protection.outlook.com",  // Exchange Online: *.mail.protection.…
    "mx.microsoft",            // Exchange Online with DNSSEC
    "yahoodns.net",            // Yahoo and AOL: mta5.am0.yahoodns.net
    "icloud.com",              // mx01.mail.icloud.com
    "gmx.net",                 // GMX: mx00.gmx.net
    "gmx.com",                 // mail.com, and GMX elsewhere: mx00.mail.com
    "mail.com",
    "web.de",           // mx-ha02.web.de
    "kundenserver.de",  // IONOS: mx00.kundenserver.de, mx00.ionos.de
    "ionos.de",
    "ionos.com",
    "t-online.de",  // mx00.t-online.de
    "freenet.de",   // emig.freenet.de
    "mailbox.org",  // mxext1.mailbox.org
    "posteo.de",    // mx01.posteo.de
    "strato.de",    // smtpin.rzone.de
    "rzone.de",
    "protonmail.ch",        // Proton: mail.protonmail.ch
    "messagingengine.com",  // Fastmail: in1-smtp.messagingengine.com
    "zoho.com",             // mx.zoho.com, and in Europe mx.zoho.eu
    "zoho.eu",
    "yandex.net",  // mx.yandex.net, mx.yandex.ru
    "yandex.ru",
    "mail.ru",           // mxs.mail.ru
    "qq.com",            // mx1.qq.com
    "netease.com",       // 163.com and 126.com: 163mx01.mxmail.netease.com
    "orange.fr",         // smtp-in.orange.fr
    "ovh.net",           // mx0.mail.ovh.net
    "comcast.net",       // mx1h1.comcast.net
    "secureserver.net",  // GoDaddy: mailstore1.secureserver.net
    "emailsrvr.com",     // Rackspace: mx1.emailsrvr.com
    "pphosted.com",      // Proofpoint, before many large providers
    "mimecast.com",      // eu-smtp-inbound-1.mimecast.com
};

}  // namespace

absl::Span<const absl::string_view> PublicProviders::BuiltIn() {
  return kBuiltIn;
}

PublicProviders::PublicProviders(const std::vector<Domain>& more) {
  for (const absl::string_view suffix : kBuiltIn) {
    suffixes_.insert(std::string(suffix));
  }
  for (const Domain& domain : more) suffixes_.insert(domain.ascii());
}

absl::string_view PublicProviders::Find(absl::string_view exchanger) const {
  absl::ConsumeSuffix(&exchanger, ".");
  std::array<char, 256> folded;  // RFC 1035, 2.3.4: 255 octets.
  if (exchanger.empty() || exchanger.size() > folded.size()) return "";
  std::transform(exchanger.begin(), exchanger.end(), folded.begin(),
                 [](unsigned char c) { return absl::ascii_tolower(c); });
  absl::string_view rest(folded.data(), exchanger.size());
  while (true) {
    const auto found = suffixes_.find(rest);
    if (found != suffixes_.end()) return *found;
    const size_t dot = rest.find('.');
    if (dot == absl::string_view::npos) return "";
    rest.remove_prefix(dot + 1);
  }
}

}  // namespace mailsec::policy
