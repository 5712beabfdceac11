#include "mailcore/server/config/notification_settings.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "mailcore/server/config/config.pb.h"

namespace mailsec::server {
namespace {

using address::Address;

constexpr uint64_t kAny = std::numeric_limits<uint32_t>::max();
constexpr uint64_t kMaxBurst = 1000000;

std::vector<notify::Language> ReadLanguages(
    const Section& section, const config::Notifications& notes) {
  std::vector<notify::Language> languages;
  for (const int language : notes.language()) {
    languages.push_back(language == config::Notifications::GERMAN
                            ? notify::Language::kGerman
                            : notify::Language::kEnglish);
  }
  if (languages.empty()) languages.push_back(notify::Language::kEnglish);
  if (languages.size() > 2 ||
      (languages.size() == 2 && languages[0] == languages[1])) {
    section.Error("language", 0, "the same language stands there twice");
  }
  return languages;
}

// R23: what the server sends by itself comes from one of our own names.
std::optional<Address> ReadFrom(const Section& section,
                                const config::Notifications& notes,
                                const IdentitySettings& identity,
                                const DomainSettings& domains) {
  if (notes.from().empty()) {
    if (domains.local.empty()) return identity.administrator;
    const absl::StatusOr<Address> postmaster = Address::Parse(
        absl::StrCat("postmaster@", domains.local.front().name.ascii()));
    return postmaster.ok() ? *postmaster : identity.administrator;
  }
  const std::optional<Address> from = section.ReadAddress("from", notes.from());
  if (!from) return std::nullopt;
  if (from->domain() == nullptr || from->needs_smtputf8()) {
    section.Error("from", -1, "must be an ASCII address at a domain");
  } else if (!domains.IsLocal(*from->domain()) &&
             identity.host_domain != *from->domain()) {
    section.ErrorIfWhole("from", -1,
                         "must be in a local_domain or at the hostname (R23)");
  }
  return from;
}

}  // namespace

NotificationSettings ReadNotifications(const Section& root,
                                       const config::Notifications& notes,
                                       const IdentitySettings& identity,
                                       const DomainSettings& domains) {
  const Section section = root.Nested("notifications", -1, notes);
  const auto seconds = [&](const char* field, uint64_t value, uint64_t fallback,
                           uint64_t least, uint64_t most) {
    return absl::Seconds(
        section.ReadNumber(field, value, fallback, least, most));
  };
  const auto burst = [&](const char* field, uint64_t value, uint64_t fallback) {
    return static_cast<uint32_t>(
        section.ReadNumber(field, value, fallback, 1, kMaxBurst));
  };
  NotificationSettings settings;
  settings.languages = ReadLanguages(section, notes);
  settings.from = ReadFrom(section, notes, identity, domains);
  settings.delay_warning = absl::Hours(notes.delay_warning_hours());
  if (notes.outside_contradiction() == config::Notifications::NOTIFY) {
    settings.outside_contradiction = notify::NdnPolicy::Contradictions::kNotify;
  }
  settings.max_returned_octets =
      section.ReadNumber("max_returned_octets", notes.max_returned_octets(),
                         64 << 10, 1000, 10 << 20);
  settings.per_address = {
      .burst = burst("address_burst", notes.address_burst(), 5),
      .interval =
          seconds("address_seconds", notes.address_seconds(), 1800, 1, kAny)};
  settings.per_domain = {
      .burst = burst("domain_burst", notes.domain_burst(), 50),
      .interval =
          seconds("domain_seconds", notes.domain_seconds(), 60, 1, kAny)};
  settings.digest_interval =
      seconds("digest_seconds", notes.digest_seconds(), 3600, 60, 86400);
  return settings;
}

}  // namespace mailsec::server
