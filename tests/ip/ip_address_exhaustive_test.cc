// Every short string that could be an address, against the system's parser.

#include <arpa/inet.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "gtest/gtest.h"
#include "mailcore/ip/ip_address.h"

namespace mailsec::ip {
namespace {

std::optional<IpAddress> SystemParse(const std::string& text) {
  std::array<uint8_t, 4> v4;
  if (inet_pton(AF_INET, text.c_str(), v4.data()) == 1) {
    return IpAddress::FromV4(v4);
  }
  std::array<uint8_t, 16> v6;
  if (inet_pton(AF_INET6, text.c_str(), v6.data()) == 1) {
    return IpAddress::FromV6(v6);
  }
  return std::nullopt;
}

struct Counts {
  int strings = 0;
  int addresses = 0;
};

// Puts `text` and all that `octets` more octets can make of it to both.
void Compare(std::string& text, int octets, Counts& counts) {
  const std::optional<IpAddress> want = SystemParse(text);
  const absl::StatusOr<IpAddress> got = IpAddress::Parse(text);
  ASSERT_EQ(got.ok(), want.has_value()) << text;
  ++counts.strings;
  if (got.ok()) {
    ++counts.addresses;
    ASSERT_EQ(*got, *want) << text;
    ASSERT_EQ(*IpAddress::Parse(got->ToString()), *got) << text;
    std::array<char, INET6_ADDRSTRLEN> printed;
    const std::array<uint8_t, 16> v6 = got->ToV6Octets();
    if (!got->is_v4() && got->high() != 0) {  // ::1.2.3.4 has two forms.
      inet_ntop(AF_INET6, v6.data(), printed.data(), printed.size());
      ASSERT_EQ(got->ToString(), printed.data()) << text;
    }
  }
  if (octets == 0) return;
  for (const char c : {'0', '1', '2', 'f', ':', '.'}) {
    text.push_back(c);
    Compare(text, octets - 1, counts);
    text.pop_back();
  }
}

TEST(IpAddressExhaustiveTest, EveryShortStringAgreesWithTheSystem) {
  std::string text;
  Counts counts;
  Compare(text, 8, counts);
  EXPECT_EQ(counts.strings, 2015539);
  EXPECT_GT(counts.addresses, 1000);
  for (absl::string_view head :
       {"1:2:3:4:5:6:7", "1:2:3:4:5:6", "::ffff:10.0.0", "1:2::5:6"}) {
    text = std::string(head);
    Compare(text, 5, counts);
  }
}

}  // namespace
}  // namespace mailsec::ip
