// carrier.h: how does this message get to one of these hosts?
//
// Carries one message after another to a next hop, over one connection: keeps
// it while its host takes mail, and makes a new one to the next host where one
// breaks off, until every recipient has an answer or no host is left (RFC 5321,
// 5.1). What may have been taken by a host is not given to another one.
//
//   Carrier carrier(&context, &health, &hop, on_greeted);
//   Carried carried = co_await carrier.Carry(way, message);

#ifndef MAILCORE_SERVER_DELIVER_CARRIER_H_
#define MAILCORE_SERVER_DELIVER_CARRIER_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "boost/asio/awaitable.hpp"
#include "mailcore/route/host_health.h"
#include "mailcore/route/inside.h"
#include "mailcore/route/next_hops.h"
#include "mailcore/server/deliver/handover.h"
#include "mailcore/server/deliver/hop_connection.h"
#include "mailcore/server/deliver/host_search.h"

namespace mailsec::server {

// A message for a next hop. Thread safety: a value.
struct Outgoing {
  smtp::Transaction transaction;
  HopContent content;
  // For those who wait for it now: not put behind what waits, and every time
  // limit is at most this.
  absl::Duration patience = absl::InfiniteDuration();
  // Awaited when some recipients are taken and others need another transaction
  // or another host, which may take long: what was taken can be written down
  // before. An outcome for each recipient that has one. May be empty.
  using OnTaken = std::function<boost::asio::awaitable<void>(
      const std::vector<std::optional<HopOutcome>>& outcomes)>;
  OnTaken on_taken = {};
};

// To where, and what is known of it. Thread safety: a value.
struct Way {
  std::string key;  // Names the next hop in events.
  route::NextHops hops;
  route::MailClass mail_class = route::MailClass::kOrdinary;
  // Asked about each address right before a connection is made (R3).
  std::shared_ptr<const route::Inside> inside;
  route::HostHealth::Search search = route::HostHealth::Search::kUsual;
  size_t max_recipients = 0;  // In one transaction; 0: not known.
  size_t max_messages = 0;    // Over one connection.
  absl::Duration max_age;     // Of a connection that is used again.
};

// Thread safety: a value.
struct Carried {
  // How the next hop behaved.
  enum class Reach {
    kAnswered,    // All that was asked has an answer about the mail.
    kBrokeOff,    // A host greeted, but none that did had an answer for all.
    kNotReached,  // No host greeted.
  };
  std::vector<HopOutcome> outcomes;  // One for each recipient.
  Reach reach = Reach::kNotReached;
  bool kept_inside = false;  // The outcomes are Inside::Refusal().
  std::string why;           // Unless kAnswered.
  // So many recipients does a host take at once, as was found now.
  std::optional<size_t> max_recipients;
};

// Thread safety: none; lives on the thread of its connection.
class Carrier {
 public:
  // Not owned; all must outlive the carrier. `on_greeted` is called for each
  // new connection that is ready for mail.
  Carrier(const HopContext* context, route::HostHealth* health,
          HopConnection* hop, std::function<void()> on_greeted)
      : context_(context),
        health_(health),
        hop_(hop),
        on_greeted_(std::move(on_greeted)) {}
  Carrier(const Carrier&) = delete;
  Carrier& operator=(const Carrier&) = delete;

  boost::asio::awaitable<Carried> Carry(Way way, Outgoing message);

 private:
  struct Journey;  // One Carry().

  boost::asio::awaitable<bool> Connect(Journey& journey);
  boost::asio::awaitable<void> Ask(Journey& journey);
  bool IsUsable(const Way& way) const;
  void Leave(Journey& journey, const Host& host, const HostFault& fault);
  void GiveUp(Journey& journey) const;

  const HopContext* const context_;
  route::HostHealth* const health_;
  HopConnection* const hop_;
  const std::function<void()> on_greeted_;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_DELIVER_CARRIER_H_
