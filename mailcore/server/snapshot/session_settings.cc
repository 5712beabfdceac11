#include "mailcore/server/snapshot/session_settings.h"

#include "mailcore/message/field_remover.h"

namespace mailsec::server {

SessionSettings MakeSessionSettings(const Settings& settings,
                                    const ListenerSettings& listener) {
  const LimitSettings& limits = settings.limits;
  SessionSettings made;
  made.options.hostname = settings.identity.hostname;
  made.options.protocol = listener.protocol;
  made.options.limits.max_message_octets = limits.message_octets;
  made.options.limits.max_recipients = limits.recipients;
  made.options.offer_prdr = listener.protocol == smtp::Protocol::kSmtp;
  made.normalise_networks = settings.networks.normalise;
  made.authorised_networks = settings.networks.authorised;
  made.proxy_networks = listener.proxy_networks;
  made.early_networks = settings.networks.early;
  made.options.limits.max_bad_commands = limits.bad_commands;
  made.command_time = limits.command_time;
  made.session_time = limits.session_time;
  made.greeting_delay = limits.greeting_delay;
  if (!settings.content.scanners.empty()) {
    made.removed_fields = message::UsualScannerFields();
  }
  made.adds_missing_fields = settings.content.adds_missing_fields;
  made.content_octets_per_second = limits.content_octets_per_second;
  return made;
}

}  // namespace mailsec::server
