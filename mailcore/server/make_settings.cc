#include "mailcore/server/make_settings.h"

#include <utility>

namespace mailsec::server {

std::shared_ptr<const AlarmSettings> MakeAlarmSettings(
    const Settings& settings, const Policies& policies) {
  const NotificationSettings& notes = settings.notifications;
  return std::make_shared<AlarmSettings>(
      AlarmSettings{.mail = {.hostname = settings.identity.host_domain->ascii(),
                             .from = *notes.from,
                             .to = {*settings.identity.administrator,
                                    *settings.identity.deputy},
                             .language = notes.languages.front(),
                             .interval = notes.digest_interval},
                    .routing = policies.routing,
                    .governor = policies.governor});
}

std::shared_ptr<const DeliverySettings> MakeDeliverySettings(
    const Settings& settings, const Policies& policies) {
  auto made = std::make_shared<DeliverySettings>();
  made->routing = policies.routing;
  made->directory = policies.directory;
  made->schedule = spool::RetrySchedule(settings.retry.schedule);
  made->outbox = MakeOutboxOptions(settings.retry);
  made->notifier = MakeNotifierSettings(settings, policies.governor);
  return made;
}

std::shared_ptr<const AutomaticSettings> MakeAutomaticSettings(
    const Settings& settings, std::shared_ptr<const Policies> policies) {
  const AutomaticMailSettings& automatic = settings.automatic;
  return std::make_shared<const AutomaticSettings>(
      AutomaticSettings{.policies = policies,
                        .governor = policies->governor,
                        .hostname = settings.identity.hostname,
                        .off = automatic.off,
                        .responder = *autoreply::Autoresponder::Create(
                            {.system_senders = automatic.machines}),
                        .receipts_on = automatic.receipts,
                        .receipts = *autoreply::ReceiptPolicy::Create(
                            {.enabled = automatic.receipts,
                             .system_senders = automatic.machines})});
}

}  // namespace mailsec::server
