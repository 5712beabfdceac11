// hop_asker.h: would the next hop of this recipient take a message?
//
// Finds out where its mail would go, and asks there by MAIL, RCPT and RSET,
// over the connections that mail goes over too.

#ifndef MAILCORE_SERVER_DELIVER_HOP_ASKER_H_
#define MAILCORE_SERVER_DELIVER_HOP_ASKER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "boost/asio/awaitable.hpp"
#include "mailcore/address/path.h"
#include "mailcore/server/deliver/hop_cache.h"
#include "mailcore/server/deliver/outbox.h"
#include "mailcore/server/snapshot/routing.h"
#include "mailcore/smtp/client_session.h"

namespace mailsec::server {

// A question to a next hop: would it take this (RFC 5321, 4.1.1.2, 4.1.1.3)?
struct HopQuestion {
  std::shared_ptr<const Routing> routing;  // By which it is asked; not null.
  address::ForwardPath recipient;
  uint64_t octets = 0;  // 0: not known.
  // Only whether there is a next hop at all: none is connected to.
  bool only_route = false;
  absl::Duration patience = absl::Seconds(20);
};

// Thread safety: none; belongs to the thread of its event loop.
class HopAsker {
 public:
  // What the next hop says, or what kept us from asking it, and who said it.
  using Done = std::function<void(smtp::RecipientOutcome, std::string hop)>;

  // Not owned; must outlive this.
  HopAsker(HopCache* cache, Outbox* outbox) : cache_(cache), outbox_(outbox) {}

  // Calls `done` once, from the event loop.
  boost::asio::awaitable<void> Ask(HopQuestion question, Done done);

 private:
  HopCache* const cache_;
  Outbox* const outbox_;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_DELIVER_HOP_ASKER_H_
