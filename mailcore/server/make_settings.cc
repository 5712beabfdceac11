#include "mailcore/server/make_settings.h"

#include <algorithm>
#include <array>
#include <random>
#include <utility>

#include "mailcore/message/field_remover.h"

namespace mailsec::server {
namespace {

using address::Domain;

// Who could guess it could slow the tables of the bounds down.
std::array<uint64_t, 2> RandomSeed() {
  std::random_device random;
  std::array<uint64_t, 2> seed;
  for (uint64_t& half : seed) half = uint64_t{random()} << 32 | random();
  return seed;
}

// R23: the domains whose mailboxes are here, by all their names, and this host.
std::vector<Domain> NameSpace(const Settings& settings) {
  std::vector<Domain> names = settings.domains.LocalNames();
  names.push_back(*settings.identity.host_domain);
  return names;
}

NotifierSettings MakeNotifierSettings(
    const Settings& settings, std::shared_ptr<policy::Governor> governor) {
  const NotificationSettings& notes = settings.notifications;
  NotifierSettings made;
  // ParseSettings() has checked what could be wrong with these.
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

}  // namespace

std::shared_ptr<const SessionSettings> MakeSessionSettings(
    const Settings& settings, const ListenerSettings& listener) {
  const LimitSettings& limits = settings.limits;
  auto made = std::make_shared<SessionSettings>();
  made->options.hostname = settings.identity.hostname;
  made->options.protocol = listener.protocol;
  made->options.limits.max_message_octets = limits.message_octets;
  made->options.limits.max_recipients = limits.recipients;
  made->options.offer_prdr = listener.protocol == smtp::Protocol::kSmtp;
  made->normalise_networks = settings.networks.normalise;
  made->authorised_networks = settings.networks.authorised;
  made->proxy_networks = listener.proxy_networks;
  made->command_time = limits.command_time;
  made->session_time = limits.session_time;
  made->greeting_delay = limits.greeting_delay;
  if (!settings.content.scanners.empty()) {
    made->removed_fields = message::UsualScannerFields();
  }
  made->content_octets_per_second = limits.content_octets_per_second;
  return made;
}

std::shared_ptr<policy::Governor> MakeGovernor(const Settings& settings) {
  const AutomaticMailSettings& automatic = settings.automatic;
  policy::Governor::Options options;
  options.own_domains = NameSpace(settings);
  options.operators = {*settings.identity.administrator,
                       *settings.identity.deputy};
  options.per_address = settings.notifications.per_address;
  options.per_domain = settings.notifications.per_domain;
  options.notices = automatic.notices;
  options.forwards_per_address = automatic.forwards_per_address;
  options.forwards_per_domain = automatic.forwards_per_domain;
  options.public_providers = automatic.public_providers;
  options.seed = RandomSeed();
  return std::make_shared<policy::Governor>(std::move(options));
}

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
  route::Pace::Options& pace = made->outbox.pace;
  pace.max = settings.retry.concurrency_per_destination;
  pace.first_pause = std::min(pace.first_pause, settings.retry.schedule.first);
  made->outbox.max_connections = settings.retry.concurrency;
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
