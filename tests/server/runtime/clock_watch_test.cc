#include "mailcore/server/runtime/clock_watch.h"

#include "gtest/gtest.h"

namespace mailsec::server {
namespace {

TEST(ClockWatchTest, TellsHowFarTheClockJumped) {
  const absl::Time noon = absl::FromUnixSeconds(1764064800);
  ClockWatch watch;
  const struct {
    absl::Duration uptime;
    absl::Duration of_day;  // After `noon`.
    absl::Duration want;
  } kLooks[] = {
      {absl::Hours(5), absl::ZeroDuration(), absl::ZeroDuration()},  // First.
      {absl::Hours(5) + absl::Seconds(1), absl::Seconds(1),
       absl::ZeroDuration()},
      // A clock that is slewed, or stepped by less than a minute.
      {absl::Hours(5) + absl::Seconds(2), absl::Seconds(32),
       absl::ZeroDuration()},
      {absl::Hours(5) + absl::Seconds(3), absl::Hours(144) + absl::Seconds(33),
       absl::Hours(144)},
      {absl::Hours(5) + absl::Seconds(4), absl::Hours(144) + absl::Seconds(34),
       absl::ZeroDuration()},
      {absl::Hours(5) + absl::Seconds(5), absl::Hours(120) + absl::Seconds(35),
       -absl::Hours(24)},
  };
  for (const auto& look : kLooks) {
    EXPECT_EQ(watch.Look(noon + look.of_day, look.uptime), look.want)
        << look.uptime;
  }
}

}  // namespace
}  // namespace mailsec::server
