#include "mailcore/ip/proxy_header.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace mailsec::ip {
namespace {

using State = ProxyHeader::State;

constexpr absl::string_view kSignature("\r\n\r\n\0\r\nQUIT\n", 12);

std::string V2(uint8_t version_command, uint8_t family, uint16_t length,
               absl::string_view body) {
  std::string header(kSignature.data(), kSignature.size());
  header += static_cast<char>(version_command);
  header += static_cast<char>(family);
  header += static_cast<char>(length >> 8);
  header += static_cast<char>(length);
  header.append(body.data(), body.size());
  return header;
}

const std::string kV4Body("\xC6\x33\x64\x07\xC0\x00\x02\x19\x10\x00\x00\x19",
                          12);

struct ProxyCase {
  const char* name;
  std::string octets;
  State state;
  size_t length;
  const char* client;  // Null: none said.
};

const ProxyCase kProxyCases[] = {
    {"V1Tcp4", "PROXY TCP4 198.51.100.7 192.0.2.25 56324 25\r\nEHLO x\r\n",
     State::kComplete, 45, "198.51.100.7"},
    {"V1Tcp6", "PROXY TCP6 2001:db8::7 2001:db8::25 1 25\r\n", State::kComplete,
     42, "2001:db8::7"},
    {"REL08_V1UnknownKeepsTheSocket", "PROXY UNKNOWN\r\n", State::kComplete, 15,
     nullptr},
    {"V1UnknownWithAddressesSaysNothing",
     "PROXY UNKNOWN 127.0.0.1 127.0.0.1 1 2\r\n", State::kComplete, 39,
     nullptr},
    {"REL08_V1Of107OctetsWithoutEnd", "PROXY " + std::string(101, 'x'),
     State::kMalformed, 0, nullptr},
    {"V1Of106OctetsMayGoOn", "PROXY " + std::string(100, 'x'), State::kNeedMore,
     0, nullptr},
    {"V1FamilyAndAddressDisagree",
     "PROXY TCP4 2001:db8::7 2001:db8::25 1 25\r\n", State::kMalformed, 0,
     nullptr},
    {"V1PortTooLarge", "PROXY TCP4 198.51.100.7 192.0.2.25 65536 25\r\n",
     State::kMalformed, 0, nullptr},
    {"V1PortWithZero", "PROXY TCP4 198.51.100.7 192.0.2.25 01 25\r\n",
     State::kMalformed, 0, nullptr},
    {"V1TwoSpaces", "PROXY TCP4  198.51.100.7 192.0.2.25 1 25\r\n",
     State::kMalformed, 0, nullptr},
    {"V1LowerCase", "proxy TCP4 198.51.100.7 192.0.2.25 1 25\r\n",
     State::kMalformed, 0, nullptr},
    {"NoHeader", "EHLO client.example\r\n", State::kMalformed, 0, nullptr},
    {"Nothing", "", State::kNeedMore, 0, nullptr},
    {"V2Tcp4", V2(0x21, 0x11, 12, kV4Body) + "EHLO", State::kComplete, 28,
     "198.51.100.7"},
    {"V2Tcp6", V2(0x21, 0x21, 36, std::string(36, '\1')), State::kComplete, 52,
     "101:101:101:101:101:101:101:101"},
    {"REL08_V2LocalIgnoresItsAddresses", V2(0x20, 0x11, 12, kV4Body),
     State::kComplete, 28, nullptr},
    {"REL08_V2Unspecified", V2(0x21, 0x00, 0, ""), State::kComplete, 16,
     nullptr},
    {"REL08_V2Unix", V2(0x21, 0x31, 216, std::string(216, 'x')),
     State::kComplete, 232, nullptr},
    {"REL08_V2TooShortForItsFamily", V2(0x21, 0x11, 11, kV4Body.substr(0, 11)),
     State::kMalformed, 0, nullptr},
    {"REL08_V2LengthNeverCompleted", V2(0x21, 0x11, 65535, ""),
     State::kMalformed, 0, nullptr},
    {"V2Extensions", V2(0x21, 0x11, 20, kV4Body + std::string(8, 'x')),
     State::kComplete, 36, "198.51.100.7"},
    {"V2Version1", V2(0x11, 0x11, 12, kV4Body), State::kMalformed, 0, nullptr},
    {"V2Command2", V2(0x22, 0x11, 12, kV4Body), State::kMalformed, 0, nullptr},
    {"V2MappedAddressIsTheIpv4Host",
     V2(0x21, 0x21, 36,
        std::string(10, '\0') + "\xff\xff\xC6\x33\x64\x07" +
            std::string(20, '\0')),
     State::kComplete, 52, "198.51.100.7"},
};

class ProxyHeaderTest : public testing::TestWithParam<ProxyCase> {};

TEST_P(ProxyHeaderTest, Parses) {
  const ProxyCase& c = GetParam();
  const ProxyHeader header = ParseProxyHeader(c.octets);
  ASSERT_EQ(header.state, c.state);
  if (c.state != State::kComplete) return;
  EXPECT_EQ(header.octets, c.length);
  ASSERT_EQ(header.client.has_value(), c.client != nullptr);
  if (c.client != nullptr) {
    EXPECT_EQ(header.client->ToString(), c.client);
  }
}

// Cut short anywhere, a good header is never taken for a whole or a bad one.
TEST_P(ProxyHeaderTest, EveryBeginningOfAHeaderNeedsMore) {
  const ProxyCase& c = GetParam();
  if (c.state != State::kComplete) return;
  for (size_t n = 0; n < c.length; ++n) {
    EXPECT_EQ(ParseProxyHeader(c.octets.substr(0, n)).state, State::kNeedMore)
        << n;
  }
}

INSTANTIATE_TEST_SUITE_P(Table, ProxyHeaderTest, testing::ValuesIn(kProxyCases),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

}  // namespace
}  // namespace mailsec::ip
