// R24: a million targets in bounded memory, and nothing allocated on the way.

#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mailcore/policy/governor.h"

namespace {

std::atomic<size_t> allocations = 0;

}  // namespace

// Counted, so that a test can say that there were none.
[[gnu::noinline]] void* operator new(size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}

namespace mailsec::policy {
namespace {

using address::Address;
using address::Domain;
using Kind = AutomaticKind;

const absl::Time kNow = absl::FromUnixSeconds(1795600800);

Address At(absl::string_view text) { return *Address::Parse(text); }

AutomaticMail Mail(Kind kind, absl::string_view target = "alice@example.com") {
  return {.kind = kind,
          .verdict = message::ContentVerdict::kClean,
          .answered = address::ReversePath(At(target)),
          .author = At("bob@example.org"),
          .target = At(target)};
}

TEST(CostTest, AMillionTargetsTakeAtMost100Mib) {
  Governor governor({.own_domains = {*Domain::Parse("example.org")},
                     .notices = {.burst = 1000000}});
  const size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
  AutomaticMail mail = Mail(Kind::kAbsenceNotice);
  for (int i = 0; i < 1000000; ++i) {
    mail.target = At(absl::StrCat("user@d", i, ".example"));
    ASSERT_TRUE(governor.Decide(mail, kNow).allowed()) << i;
  }
  EXPECT_LE(governor.memory_octets(), size_t{100} << 20);
  EXPECT_LE(mallinfo2().uordblks + mallinfo2().hblkhd - before,
            size_t{100} << 20);
  // And no more, however many come.
  mail.target = At("user@one-more.example");
  const GovernorAnswer full = governor.Decide(mail, kNow);
  EXPECT_EQ(full.rule, GovernorRule::kBound);
  EXPECT_LE(governor.memory_octets(), size_t{100} << 20);
}

TEST(CostTest, ADecisionAllocatesNothing) {
  Governor governor({.own_domains = {*Domain::Parse("example.org")}});
  for (const Kind kind :
       {Kind::kNotification, Kind::kDelayWarning, Kind::kAbsenceNotice,
        Kind::kReceipt, Kind::kForward}) {
    AutomaticMail mail = Mail(kind, "Alice+x@mail.department.example.co.uk");
    mail.exchangers = {"aspmx.l.google.com", "mx.other.example"};
    const size_t before = allocations;
    ASSERT_TRUE(governor.Decide(mail, kNow).allowed());
    EXPECT_EQ(allocations - before, 0) << static_cast<int>(kind);
  }
}

}  // namespace
}  // namespace mailsec::policy
