#include "mailcore/server/make_settings.h"

#include <algorithm>
#include <array>
#include <random>
#include <utility>

#include "mailcore/message/field_remover.h"

namespace mailsec::server {
namespace {

using address::Address;
using address::Domain;

// Ours: forwards are written by operators.
constexpr size_t kMaxForwardTargets = 100000;

smtp::ServerLimits ToSmtpLimits(const config::Limits& limits) {
  smtp::ServerLimits out;
  out.max_message_octets = limits.message_octets();
  out.max_recipients = limits.recipients();
  return out;
}

notify::Language ToLanguage(int language) {
  return language == config::Notifications::GERMAN ? notify::Language::kGerman
                                                   : notify::Language::kEnglish;
}

// Who could guess it could slow the tables of the bounds down.
std::array<uint64_t, 2> RandomSeed() {
  std::random_device random;
  std::array<uint64_t, 2> seed;
  for (uint64_t& half : seed) half = uint64_t{random()} << 32 | random();
  return seed;
}

// R23: the domains whose mailboxes are here, by all their names, and this host.
std::vector<Domain> NameSpace(const ServerConfig& config) {
  std::vector<Domain> names = {*Domain::ParseFqdn(config.proto.hostname())};
  for (const config::LocalDomain& local : config.proto.local_domain()) {
    names.push_back(*Domain::ParseFqdn(local.name()));
    for (const std::string& alias : local.alias()) {
      names.push_back(*Domain::ParseFqdn(alias));
    }
  }
  return names;
}

NotifierSettings MakeNotifierSettings(
    const ServerConfig& config, std::shared_ptr<policy::Governor> governor) {
  const config::Notifications& notes = config.proto.notifications();
  NotifierSettings settings;
  notify::NdnBuilder::Options building = {
      .hostname = Domain::ParseFqdn(config.proto.hostname())->ascii(),
      .from = *Address::Parse(notes.from()),
      .languages = {},
      .max_returned_octets = notes.max_returned_octets()};
  for (const int language : notes.language()) {
    building.languages.push_back(ToLanguage(language));
  }
  // ParseConfig() has checked what could be wrong with these.
  settings.builder = std::make_shared<const notify::NdnBuilder>(
      *notify::NdnBuilder::Create(std::move(building)));
  settings.governor = std::move(governor);
  settings.policy = std::make_shared<const notify::NdnPolicy>(
      notify::NdnPolicy::Options{
          .outside_senders =
              notes.outside_contradiction() == config::Notifications::NOTIFY
                  ? notify::NdnPolicy::Contradictions::kNotify
                  : notify::NdnPolicy::Contradictions::kHold,
          .warn_of_delay = notes.delay_warning_hours() > 0},
      settings.governor.get());
  settings.hostname = config.proto.hostname();
  settings.delay_warning = absl::Hours(notes.delay_warning_hours());
  settings.lifetime = absl::Seconds(config.proto.retry().lifetime_seconds());
  return settings;
}

}  // namespace

std::shared_ptr<const SessionSettings> MakeSessionSettings(
    const ServerConfig& config, const config::Listener& listener) {
  const config::Limits& limits = config.proto.limits();
  auto settings = std::make_shared<SessionSettings>();
  settings->options.hostname = config.proto.hostname();
  settings->options.protocol = listener.protocol() == config::Listener::LMTP
                                   ? smtp::Protocol::kLmtp
                                   : smtp::Protocol::kSmtp;
  settings->options.limits = ToSmtpLimits(limits);
  settings->normalise_networks = config.normalise_networks;
  settings->authorised_networks = config.authorised_networks;
  settings->proxy_networks = *ip::NetworkSet::Parse(
      {listener.proxy_network().begin(), listener.proxy_network().end()});
  settings->command_time = absl::Seconds(limits.command_seconds());
  settings->session_time = absl::Seconds(limits.session_seconds());
  settings->options.offer_prdr =
      settings->options.protocol == smtp::Protocol::kSmtp;
  settings->greeting_delay =
      absl::Milliseconds(limits.greeting_delay_milliseconds());
  if (config.proto.scanner_size() > 0) {
    settings->removed_fields = message::UsualScannerFields();
  }
  settings->content_octets_per_second = limits.content_octets_per_second();
  return settings;
}

std::shared_ptr<policy::Governor> MakeGovernor(const ServerConfig& config) {
  const config::Notifications& notes = config.proto.notifications();
  policy::Governor::Options options;
  options.own_domains = NameSpace(config);
  options.operators = {*Address::Parse(config.proto.administrator()),
                       *Address::Parse(config.proto.deputy())};
  options.per_address = {.burst = notes.address_burst(),
                         .interval = absl::Seconds(notes.address_seconds())};
  options.per_domain = {.burst = notes.domain_burst(),
                        .interval = absl::Seconds(notes.domain_seconds())};
  const config::Automatic& automatic = config.proto.automatic();
  options.notices = {
      .burst = automatic.notice_burst(),
      .interval = absl::Milliseconds(automatic.notice_milliseconds())};
  options.forwards_per_address = {
      .burst = automatic.forward_address_burst(),
      .interval = absl::Seconds(automatic.forward_address_seconds()),
      .max_keys = kMaxForwardTargets};
  options.forwards_per_domain = {
      .burst = automatic.forward_domain_burst(),
      .interval = absl::Seconds(automatic.forward_domain_seconds()),
      .max_keys = kMaxForwardTargets};
  for (const std::string& domain : automatic.public_provider()) {
    options.public_providers.push_back(*Domain::ParseFqdn(domain));
  }
  options.seed = RandomSeed();
  return std::make_shared<policy::Governor>(std::move(options));
}

std::shared_ptr<const AlarmSettings> MakeAlarmSettings(
    const ServerConfig& config, const Policies& policies) {
  const config::Notifications& notes = config.proto.notifications();
  auto settings = std::make_shared<AlarmSettings>(AlarmSettings{
      .mail = {.hostname = Domain::ParseFqdn(config.proto.hostname())->ascii(),
               .from = *Address::Parse(notes.from()),
               .to = {*Address::Parse(config.proto.administrator()),
                      *Address::Parse(config.proto.deputy())},
               .language = ToLanguage(notes.language(0)),
               .interval = absl::Seconds(notes.digest_seconds())},
      .routing = policies.routing,
      .governor = policies.governor});
  return settings;
}

spool::RetrySchedule MakeSchedule(const ServerConfig& config) {
  const config::Retry& retry = config.proto.retry();
  return spool::RetrySchedule(
      {.first = absl::Seconds(retry.first_seconds()),
       .longest = absl::Seconds(retry.max_seconds()),
       .lifetime = absl::Seconds(retry.lifetime_seconds())});
}

std::shared_ptr<const DeliverySettings> MakeDeliverySettings(
    const ServerConfig& config, const Policies& policies) {
  const config::Retry& retry = config.proto.retry();
  auto settings = std::make_shared<DeliverySettings>();
  settings->routing = policies.routing;
  settings->directory = policies.directory;
  settings->schedule = MakeSchedule(config);
  route::Pace::Options& pace = settings->outbox.pace;
  pace.max = retry.concurrency_per_destination();
  pace.first_pause =
      std::min(pace.first_pause, absl::Seconds(retry.first_seconds()));
  settings->outbox.max_connections = retry.concurrency();
  settings->notifier = MakeNotifierSettings(config, policies.governor);
  return settings;
}

std::shared_ptr<const AutomaticSettings> MakeAutomaticSettings(
    const ServerConfig& config, std::shared_ptr<const Policies> policies) {
  const config::Automatic& automatic = config.proto.automatic();
  const std::vector<std::string> machines(automatic.machine().begin(),
                                          automatic.machine().end());
  return std::make_shared<const AutomaticSettings>(AutomaticSettings{
      .policies = policies,
      .governor = policies->governor,
      .hostname = config.proto.hostname(),
      .off = automatic.off(),
      .responder =
          *autoreply::Autoresponder::Create({.system_senders = machines}),
      .receipts_on = automatic.receipts(),
      .receipts = *autoreply::ReceiptPolicy::Create(
          {.enabled = automatic.receipts(), .system_senders = machines})});
}

}  // namespace mailsec::server
