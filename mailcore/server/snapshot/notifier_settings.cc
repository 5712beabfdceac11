#include "mailcore/server/snapshot/notifier_settings.h"

#include <utility>

namespace mailsec::server {

NotifierSettings MakeNotifierSettings(
    const Settings& settings, std::shared_ptr<policy::Governor> governor) {
  const NotificationSettings& notes = settings.notifications;
  NotifierSettings made;
  // ParseSettings() has checked everything that Create() can refuse.
  made.builder =
      std::make_shared<const notify::NdnBuilder>(*notify::NdnBuilder::Create(
          {.hostname = settings.identity.host_domain->ascii(),
           .from = *notes.from,
           .languages = notes.languages,
           .max_returned_octets = notes.max_returned_octets}));
  made.governor = std::move(governor);
  made.policy = std::make_shared<const notify::NdnPolicy>(
      notify::NdnPolicy::Options{
          .outside_senders = notes.outside_contradiction,
          .warn_of_delay = notes.delay_warning > absl::ZeroDuration()},
      made.governor.get());
  made.hostname = settings.identity.hostname;
  made.delay_warning = notes.delay_warning;
  made.lifetime = settings.retry.schedule.lifetime;
  return made;
}

}  // namespace mailsec::server
