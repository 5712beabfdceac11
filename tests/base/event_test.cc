#include "mailcore/base/event.h"

#include "gtest/gtest.h"

namespace mailsec::base {
namespace {

constexpr EventType kExample = {"test.example", Severity::kNotice,
                                LogClass::kSecurity, "R14", "An example."};

Event Example() { return Event(kExample, absl::FromUnixMillis(1764064800123)); }

TEST(FormatEventTest, WritesOneLogfmtLine) {
  EXPECT_EQ(
      FormatEvent(Example().With("client", "198.51.100.7").With("octets", 42)),
      "2025-11-25T10:00:00.123Z notice security test.example req=R14 "
      "client=198.51.100.7 octets=42");
}

// LOG-02: whatever a peer says, the line stays one line with these fields.
TEST(FormatEventTest, AValueCannotForgeALineOrAField) {
  EXPECT_EQ(FormatEvent(Example().With("helo", "x\nX-Injected: 1 a=b \"q\"")),
            "2025-11-25T10:00:00.123Z notice security test.example req=R14 "
            "helo=\"x\\x0aX-Injected: 1 a=b \\\"q\\\"\"");
}

TEST(FormatEventTest, AnEmptyValueIsSeen) {
  EXPECT_TRUE(
      FormatEvent(Example().With("sender", "")).ends_with(" sender=\"\""));
}

TEST(EventTest, GetFindsAField) {
  const Event event = Example().With("a", "1").With("b", "2");
  EXPECT_EQ(event.Get("b"), "2");
  EXPECT_EQ(event.Get("c"), "");
}

}  // namespace
}  // namespace mailsec::base
