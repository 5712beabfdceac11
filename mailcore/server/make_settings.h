// make_settings.h: what does the configuration mean for each part?
//
// ParseSettings() has checked all that could be wrong with it, so none of these
// fails.

#ifndef MAILCORE_SERVER_MAKE_SETTINGS_H_
#define MAILCORE_SERVER_MAKE_SETTINGS_H_

#include <memory>

#include "mailcore/server/config/settings.h"
#include "mailcore/server/deliver/delivery.h"
#include "mailcore/server/snapshot/policies.h"
#include "mailcore/server/tell/alarm_mailer.h"
#include "mailcore/server/tell/automatic_sender.h"

namespace mailsec::server {

// Thread safety: pure functions.
std::shared_ptr<const AlarmSettings> MakeAlarmSettings(
    const Settings& settings, const Policies& policies);
std::shared_ptr<const DeliverySettings> MakeDeliverySettings(
    const Settings& settings, const Policies& policies);
std::shared_ptr<const AutomaticSettings> MakeAutomaticSettings(
    const Settings& settings, std::shared_ptr<const Policies> policies);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_MAKE_SETTINGS_H_
