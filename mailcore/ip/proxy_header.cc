#include "mailcore/ip/proxy_header.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace mailsec::ip {
namespace {

using State = ProxyHeader::State;

constexpr size_t kMaxV1Octets = 107;
constexpr absl::string_view kV1Start = "PROXY ";
constexpr absl::string_view kV2Signature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr size_t kV2FixedOctets = 16;

// Whether one of the two is the beginning of the other.
bool Agree(absl::string_view a, absl::string_view b) {
  const size_t n = std::min(a.size(), b.size());
  return a.substr(0, n) == b.substr(0, n);
}

// 0 to 65535 in decimal, without sign or leading zeros.
bool IsPort(absl::string_view text) {
  uint32_t port;
  if (text.empty() || text.size() > 5) return false;
  if (text.size() > 1 && text[0] == '0') return false;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
  }
  return absl::SimpleAtoi(text, &port) && port <= 65535;
}

// PROXY TCP4|TCP6 SP source SP destination SP port SP port CRLF, or
// PROXY UNKNOWN ... CRLF (specification, 2.1).
ProxyHeader ParseV1(absl::string_view octets) {
  const size_t end = octets.substr(0, kMaxV1Octets).find("\r\n");
  if (end == absl::string_view::npos) {
    return {octets.size() < kMaxV1Octets ? State::kNeedMore
                                         : State::kMalformed};
  }
  const size_t length = end + 2;
  const std::vector<absl::string_view> words =
      absl::StrSplit(octets.substr(0, end), ' ');
  if (words[1] == "UNKNOWN") return {State::kComplete, length, std::nullopt};
  if (words.size() != 6 || (words[1] != "TCP4" && words[1] != "TCP6") ||
      !IsPort(words[4]) || !IsPort(words[5])) {
    return {State::kMalformed};
  }
  const absl::StatusOr<IpAddress> source = IpAddress::Parse(words[2]);
  const absl::StatusOr<IpAddress> destination = IpAddress::Parse(words[3]);
  const bool has_colon = words[2].find(':') != absl::string_view::npos;
  if (!source.ok() || !destination.ok() || has_colon != (words[1] == "TCP6")) {
    return {State::kMalformed};
  }
  return {State::kComplete, length, *source};
}

template <size_t N>
std::array<uint8_t, N> Octets(absl::string_view text) {
  std::array<uint8_t, N> octets;
  std::memcpy(octets.data(), text.data(), N);
  return octets;
}

// Signature, version and command, family and protocol, length, addresses
// (specification, 2.2).
ProxyHeader ParseV2(absl::string_view octets) {
  if (octets.size() < kV2FixedOctets) return {State::kNeedMore};
  const auto at = [&](size_t i) { return static_cast<uint8_t>(octets[i]); };
  const int version = at(12) >> 4;
  const int command = at(12) & 15;
  const size_t body = static_cast<size_t>(at(14)) << 8 | at(15);
  const size_t length = kV2FixedOctets + body;
  if (version != 2 || command > 1 || length > kMaxProxyHeaderOctets) {
    return {State::kMalformed};
  }
  constexpr int kStreamV4 = 0x11, kStreamV6 = 0x21;
  const int family = at(13);
  const size_t needed = family == kStreamV4 ? 12 : family == kStreamV6 ? 36 : 0;
  const bool local = command == 0;
  if (!local && body < needed) return {State::kMalformed};
  if (octets.size() < length) return {State::kNeedMore};
  ProxyHeader header = {State::kComplete, length, std::nullopt};
  const absl::string_view addresses = octets.substr(kV2FixedOctets);
  if (!local && family == kStreamV4) {
    header.client = IpAddress::FromV4(Octets<4>(addresses));
  } else if (!local && family == kStreamV6) {
    header.client = IpAddress::FromV6(Octets<16>(addresses));
  }
  return header;
}

}  // namespace

ProxyHeader ParseProxyHeader(absl::string_view octets) {
  if (octets.empty()) return {State::kNeedMore};
  if (Agree(octets, kV2Signature)) return ParseV2(octets);
  if (!Agree(octets, kV1Start)) return {State::kMalformed};
  if (octets.size() < kV1Start.size()) return {State::kNeedMore};
  return ParseV1(octets);
}

}  // namespace mailsec::ip
