#include "mailcore/io/interface_addresses.h"

#include <algorithm>

#include "gtest/gtest.h"

namespace mailsec::io {
namespace {

using ip::IpAddress;

TEST(InterfaceAddressesTest, KnowsLoopbackAndNamesEachOnce) {
  const absl::StatusOr<std::vector<IpAddress>> own = InterfaceAddresses();
  ASSERT_TRUE(own.ok()) << own.status();
  EXPECT_EQ(
      std::count(own->begin(), own->end(), *IpAddress::Parse("127.0.0.1")), 1);
  EXPECT_TRUE(std::is_sorted(own->begin(), own->end()));
  EXPECT_EQ(std::adjacent_find(own->begin(), own->end()), own->end());
}

}  // namespace
}  // namespace mailsec::io
