// Property: the answer does not depend on what follows a complete header, every
// shorter part of it needs more, and its length is within bounds.

#include <cstdint>
#include <cstdlib>

#include "mailcore/ip/proxy_header.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using mailsec::ip::ParseProxyHeader;
  using State = mailsec::ip::ProxyHeader::State;
  const absl::string_view octets(reinterpret_cast<const char*>(data), size);
  const mailsec::ip::ProxyHeader whole = ParseProxyHeader(octets);
  if (whole.state == State::kNeedMore &&
      size >= mailsec::ip::kMaxProxyHeaderOctets) {
    std::abort();
  }
  if (whole.state != State::kComplete) return 0;
  if (whole.octets == 0 || whole.octets > size) std::abort();
  const mailsec::ip::ProxyHeader alone =
      ParseProxyHeader(octets.substr(0, whole.octets));
  if (alone.state != State::kComplete || alone.octets != whole.octets ||
      alone.client != whole.client) {
    std::abort();
  }
  for (size_t n = 0; n < whole.octets; ++n) {
    if (ParseProxyHeader(octets.substr(0, n)).state != State::kNeedMore) {
      std::abort();
    }
  }
  return 0;
}
