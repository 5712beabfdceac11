// Whom does a proxy speak for? What a Connection reads before its greeting.

#include <string>

#include "absl/strings/str_cat.h"
#include "mailcore/ip/proxy_header.h"
#include "mailcore/server/receive/connection.h"
#include "mailcore/server/runtime/no_throw.h"
#include "mailcore/server/runtime/server_events.h"

namespace mailsec::server {
namespace {

namespace asio = boost::asio;
using base::Event;
using boost::system::error_code;
using ip::kMaxProxyHeaderOctets;
using ip::ParseProxyHeader;
using ip::ProxyHeader;

}  // namespace

// False: there is no header that can be read, and the connection is dropped
// without a word.
asio::awaitable<bool> Connection::ReadProxyHeader() {
  std::string head;
  for (;;) {
    const ProxyHeader header = ParseProxyHeader(head);
    if (header.state == ProxyHeader::State::kMalformed) break;
    if (header.state == ProxyHeader::State::kComplete) {
      proxy_ = info_.client;
      info_.client = header.client.value_or(ip::IpAddress());
      if (info_.client.IsUnspecified()) info_.client = ip::IpAddress();
      co_return true;
    }
    const auto [wait_error] =
        co_await socket_.async_wait(asio::ip::tcp::socket::wait_read, kNoThrow);
    if (wait_error || timed_out_) break;
    // What follows the header is the client's and must stay in the socket:
    // look at it first, then take just the header.
    char buffer[kMaxProxyHeaderOctets];
    error_code error;
    const size_t seen = socket_.receive(
        asio::buffer(buffer, kMaxProxyHeaderOctets - head.size()),
        asio::ip::tcp::socket::message_peek, error);
    if (error == asio::error::would_block) continue;
    if (head.empty() && error == asio::error::eof) {
      // Somebody looks whether the port is open, as load balancers do.
      NoteGone();
      co_return false;
    }
    if (error || seen == 0) break;
    const ProxyHeader peeked =
        ParseProxyHeader(absl::StrCat(head, absl::string_view(buffer, seen)));
    const size_t take = peeked.state == ProxyHeader::State::kComplete
                            ? peeked.octets - head.size()
                            : seen;
    const size_t taken = socket_.receive(asio::buffer(buffer, take), 0, error);
    if (error) break;
    head.append(buffer, taken);
  }
  close_reason_ = "no PROXY header";
  parts_.events->Record(Event(events::kBadProxyHeader, parts_.clock->Now())
                            .With("session", info_.id)
                            .With("proxy", info_.client.ToString()));
  co_return false;
}

// The place of a proxy's connection is that of its client.
bool Connection::TakePlace() {
  if (!proxy_ ||
      place_.MoveTo(info_.client,
                    LimitsOf(*info_.snapshot, context_.index, info_.client))) {
    return true;
  }
  parts_.events->Record(Event(events::kTooMany, parts_.clock->Now())
                            .With("session", info_.id)
                            .With("client", info_.client.ToString()));
  return false;
}

}  // namespace mailsec::server
