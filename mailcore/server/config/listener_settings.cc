#include "mailcore/server/config/listener_settings.h"

#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "mailcore/server/config/config.pb.h"

namespace mailsec::server {
namespace {

constexpr uint64_t kAny = std::numeric_limits<uint32_t>::max();
constexpr uint64_t kUsualMessageOctets = 50 << 20;

ListenerSettings ReadListener(const Section& section,
                              const config::Listener& listener) {
  ListenerSettings settings;
  const absl::StatusOr<ip::IpAddress> ip =
      ip::IpAddress::Parse(listener.address());
  if (ip.ok()) {
    settings.address = *ip;
  } else if (listener.address().empty()) {
    section.ErrorIfWhole("address", -1, "is required: an IP address");
  } else {
    section.Error("address", -1, ip.status().message());
  }
  settings.port = static_cast<uint16_t>(
      section.ReadNumber("port", listener.port(), 0, 0, 65535));
  if (listener.protocol() == config::Listener::LMTP) {
    settings.protocol = smtp::Protocol::kLmtp;
    if (listener.port() == 25) {
      section.Error("port", -1, "LMTP must not run on port 25 (RFC 2033, 5)");
    }
  }
  settings.interface = listener.interface();
  settings.proxy_networks =
      section.ReadNetworks("proxy_network", listener.proxy_network(),
                           "anybody could say who the client is");
  return settings;
}

// Both cannot be bound: 0.0.0.0 has the port of every IPv4 address.
bool Collide(const ListenerSettings& a, const ListenerSettings& b) {
  if (a.port == 0 || a.port != b.port || a.interface != b.interface) {
    return false;
  }
  if (a.address.is_v4() != b.address.is_v4()) return false;
  return a.address == b.address || a.IsOnAllAddresses() || b.IsOnAllAddresses();
}

}  // namespace

bool ListenerSettings::IsOnAllAddresses() const {
  const std::string text = address.ToString();
  return text == "0.0.0.0" || text == "::";
}

bool ListenerSettings::HasSameSocket(const ListenerSettings& other) const {
  return address == other.address && port == other.port &&
         protocol == other.protocol && interface == other.interface;
}

std::vector<ListenerSettings> ReadListeners(const Section& root,
                                            const config::Config& proto) {
  std::vector<ListenerSettings> listeners;
  if (proto.listen_size() == 0) {
    root.ErrorIfWhole("listen", 0, "is required: where to accept mail");
  }
  for (int i = 0; i < proto.listen_size(); ++i) {
    listeners.push_back(ReadListener(root.Nested("listen", i, proto.listen(i)),
                                     proto.listen(i)));
    for (int k = 0; k < i; ++k) {
      if (!Collide(listeners[static_cast<size_t>(k)], listeners.back())) {
        continue;
      }
      root.Error("listen", i,
                 absl::StrCat("port ", listeners.back().port,
                              " is that of the listener on line ",
                              root.PlaceOf("listen", k).line, " already"));
    }
  }
  return listeners;
}

LimitSettings ReadLimits(const Section& root, const config::Limits& limits) {
  const Section section = root.Nested("limits", -1, limits);
  const auto read = [&](const char* field, uint64_t value, uint64_t fallback,
                        uint64_t least, uint64_t most) {
    return section.ReadNumber(field, value, fallback, least, most);
  };
  LimitSettings settings;
  settings.message_octets =
      read("message_octets", limits.message_octets(), kUsualMessageOctets,
           64 << 10, uint64_t{1} << 40);
  settings.recipients =
      read("recipients", limits.recipients(), 1000, 100, 100000);
  settings.bad_commands =
      read("bad_commands", limits.bad_commands(), 20, 1, 100000);
  settings.connections =
      read("connections", limits.connections(), 20000, 1, kAny);
  settings.connections_per_client = read(
      "connections_per_client", limits.connections_per_client(), 50, 1, kAny);
  settings.command_time = absl::Seconds(
      read("command_seconds", limits.command_seconds(), 300, 1, kAny));
  settings.content_octets_per_second =
      read("content_octets_per_second", limits.content_octets_per_second(), 500,
           1, kAny);
  settings.greeting_delay = absl::Milliseconds(
      read("greeting_delay_milliseconds", limits.greeting_delay_milliseconds(),
           0, 0, 60000));
  settings.session_time = absl::Seconds(
      read("session_seconds", limits.session_seconds(), 1800, 1, kAny));
  settings.stop_time =
      absl::Seconds(read("stop_seconds", limits.stop_seconds(), 20, 1, 30));
  settings.full_is_transient = limits.full_is_transient();
  settings.threads = read("threads", limits.threads(), 0, 0, 256);
  return settings;
}

}  // namespace mailsec::server
