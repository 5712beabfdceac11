// notifier_settings.h: who is told when mail cannot be delivered, and how?
//
//   const NotifierSettings notifier = MakeNotifierSettings(settings, governor);

#ifndef MAILCORE_SERVER_SNAPSHOT_NOTIFIER_SETTINGS_H_
#define MAILCORE_SERVER_SNAPSHOT_NOTIFIER_SETTINGS_H_

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "mailcore/notify/ndn_builder.h"
#include "mailcore/notify/ndn_policy.h"
#include "mailcore/policy/governor.h"
#include "mailcore/server/config/settings.h"

namespace mailsec::server {

// Thread safety: immutable once shared; the governor allows concurrent calls.
struct NotifierSettings {
  std::shared_ptr<const notify::NdnBuilder> builder;
  // The governor of everything that this server sends by itself. `policy` asks
  // it.
  std::shared_ptr<policy::Governor> governor;
  std::shared_ptr<const notify::NdnPolicy> policy;
  std::string hostname;
  absl::Duration delay_warning;  // Zero: nobody is warned.
  absl::Duration lifetime;       // A message is given up after this time.
};

// `settings` are without errors. Thread safety: a pure function.
NotifierSettings MakeNotifierSettings(
    const Settings& settings, std::shared_ptr<policy::Governor> governor);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_SNAPSHOT_NOTIFIER_SETTINGS_H_
