#include "mailcore/server/queue/own_mail.h"

namespace mailsec::server {

spool::Envelope OwnEnvelope(absl::Time now, const std::string& hostname) {
  spool::Envelope envelope;
  envelope.received = now;
  envelope.client = ip::IpAddress::FromV4({127, 0, 0, 1});
  envelope.client_name = hostname;
  envelope.sender_is_ours = true;
  envelope.automatic = true;
  return envelope;
}

spool::Recipient OwnRecipient(const address::Address& target) {
  spool::Recipient recipient = {
      .path = address::ForwardPath(target), .parameters = {}, .last_reply = ""};
  recipient.parameters.notify.never = true;
  return recipient;
}

}  // namespace mailsec::server
