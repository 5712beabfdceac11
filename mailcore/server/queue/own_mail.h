// own_mail.h: in which envelope goes what this server writes itself?
//
// Notifications, alarms, absence notices, receipts and forwards alike: from
// this host, marked automatic, and never reported on (RFC 3461, 6.2; RFC 3834).

#ifndef MAILCORE_SERVER_QUEUE_OWN_MAIL_H_
#define MAILCORE_SERVER_QUEUE_OWN_MAIL_H_

#include <string>

#include "absl/time/time.h"
#include "mailcore/address/address.h"
#include "mailcore/spool/envelope.h"

namespace mailsec::server {

// From <>, to nobody yet. Thread safety: pure functions.
spool::Envelope OwnEnvelope(absl::Time now, const std::string& hostname);
// With NOTIFY=NEVER.
spool::Recipient OwnRecipient(const address::Address& target);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_QUEUE_OWN_MAIL_H_
