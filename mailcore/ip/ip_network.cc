#include "mailcore/ip/ip_network.h"

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace mailsec::ip {
namespace {

constexpr int kMappedBits = 96;  // ::ffff:0:0/96; RFC 4291, 2.5.5.2.

// The `count` highest of 64 bits set.
uint64_t HighBits(int count) {
  if (count <= 0) return 0;
  return count >= 64 ? ~uint64_t{0} : ~uint64_t{0} << (64 - count);
}

// The lowest address of the network of `address`.
IpAddress Mask(const IpAddress& address, int prefix_length) {
  // A mapped address has its own bits at the right end.
  const int length =
      address.is_v4() ? prefix_length + kMappedBits : prefix_length;
  std::array<uint8_t, 16> octets = address.ToV6Octets();
  const uint64_t halves[2] = {HighBits(length), HighBits(length - 64)};
  for (int i = 0; i < 16; ++i) {
    octets[i] &= static_cast<uint8_t>(halves[i / 8] >> (56 - 8 * (i % 8)));
  }
  return IpAddress::FromV6(octets);
}

// 1*3DIGIT without leading zeros; at most 128.
absl::StatusOr<int> ParseLength(absl::string_view text) {
  const absl::Status malformed = absl::InvalidArgumentError(
      "a prefix length is a number from 0 to 128 without leading zeros");
  if (text.empty() || text.size() > 3) return malformed;
  if (text.size() > 1 && text[0] == '0') return malformed;
  int length = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return malformed;
    length = length * 10 + (c - '0');
  }
  if (length > 128) return malformed;
  return length;
}

}  // namespace

absl::StatusOr<IpNetwork> IpNetwork::Parse(base::StringView text) {
  const size_t slash = text.find('/');
  const absl::StatusOr<IpAddress> address =
      IpAddress::Parse(text.substr(0, slash));
  if (!address.ok()) return address.status();
  if (slash == absl::string_view::npos) {
    return IpNetwork(*address, address->bits());
  }
  const absl::StatusOr<int> written = ParseLength(text.substr(slash + 1));
  if (!written.ok()) return written.status();
  int length = *written;
  const bool mapped =
      address->is_v4() && text.find(':') != absl::string_view::npos;
  if (mapped) {
    length -= kMappedBits;
    if (length < 0) {
      return absl::InvalidArgumentError(
          "a mapped prefix shorter than 96 would mix IPv4 and IPv6");
    }
    if (length == 0) {
      return absl::InvalidArgumentError(
          "::ffff:0:0/96 is all of IPv4; if you mean that, write 0.0.0.0/0");
    }
  }
  absl::StatusOr<IpNetwork> network = Create(*address, length);
  if (network.ok() && network->address() != *address) {
    return absl::InvalidArgumentError(
        absl::StrCat("bits to the right of the prefix are set: did you mean ",
                     network->ToString(), " or ", address->ToString(), "/",
                     address->bits(), "?"));
  }
  return network;
}

absl::StatusOr<IpNetwork> IpNetwork::Create(const IpAddress& address,
                                            int prefix_length) {
  if (prefix_length < 0 || prefix_length > address.bits()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the prefix length of ", address.ToString(), " is 0 to ",
                     address.bits()));
  }
  return IpNetwork(Mask(address, prefix_length), prefix_length);
}

bool IpNetwork::Contains(const IpAddress& address) const {
  return address.is_v4() == address_.is_v4() &&
         Mask(address, prefix_length_) == address_;
}

std::string IpNetwork::ToString() const {
  return absl::StrCat(address_.ToString(), "/", prefix_length_);
}

}  // namespace mailsec::ip
