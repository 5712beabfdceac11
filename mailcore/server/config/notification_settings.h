// notification_settings.h: who is told when mail cannot be delivered, and how?

#ifndef MAILCORE_SERVER_CONFIG_NOTIFICATION_SETTINGS_H_
#define MAILCORE_SERVER_CONFIG_NOTIFICATION_SETTINGS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "mailcore/address/address.h"
#include "mailcore/notify/language.h"
#include "mailcore/notify/ndn_policy.h"
#include "mailcore/policy/governor.h"
#include "mailcore/server/config/domain_settings.h"
#include "mailcore/server/config/identity_settings.h"
#include "mailcore/server/config/section.h"

namespace mailsec::config {
class Notifications;
}  // namespace mailsec::config

namespace mailsec::server {

// Thread safety: a value.
struct NotificationSettings {
  std::vector<notify::Language> languages;  // At least one.
  // Whom people may ask; set if there is no error.
  std::optional<address::Address> from;
  absl::Duration delay_warning;  // Zero: nobody is warned.
  notify::NdnPolicy::Contradictions outside_contradiction =
      notify::NdnPolicy::Contradictions::kHold;
  uint64_t max_returned_octets = 0;
  policy::Governor::Bound per_address;
  policy::Governor::Bound per_domain;
  absl::Duration digest_interval;  // Between two mails with alarms.
};

NotificationSettings ReadNotifications(const Section& root,
                                       const config::Notifications& notes,
                                       const IdentitySettings& identity,
                                       const DomainSettings& domains);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_CONFIG_NOTIFICATION_SETTINGS_H_
