#include "mailcore/server/runtime/current.h"

#include <atomic>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace mailsec::server {
namespace {

TEST(CurrentTest, IsNullUntilItIsSet) {
  Current<int> current;
  EXPECT_EQ(current.Get(), nullptr);
  current.Set(std::make_shared<const int>(1));
  EXPECT_EQ(*current.Get(), 1);
}

TEST(CurrentTest, WhoHoldsTheOldValueKeepsIt) {
  Current<int> current(std::make_shared<const int>(1));
  const std::shared_ptr<const int> kept = current.Get();
  current.Set(std::make_shared<const int>(2));
  EXPECT_EQ(*kept, 1);
  EXPECT_EQ(*current.Get(), 2);
}

// Asks what is in force when it is destroyed.
struct Asking {
  Current<Asking>* current = nullptr;
  bool* saw_newer = nullptr;
  ~Asking() {
    if (current != nullptr) *saw_newer = current->Get() != nullptr;
  }
};

TEST(CurrentTest, TheOldValueIsDestroyedOutsideOfTheLock) {
  Current<Asking> current;
  bool saw_newer = false;
  auto old = std::make_shared<Asking>();
  old->current = &current;
  old->saw_newer = &saw_newer;
  current.Set(std::move(old));
  current.Set(std::make_shared<const Asking>());
  EXPECT_TRUE(saw_newer);
}

// Two halves that always belong together: whoever saw halves of two values
// would have mixed them.
struct Pair {
  int first;
  int second;
  std::shared_ptr<std::atomic<int>> alive;
  Pair(int value, std::shared_ptr<std::atomic<int>> count)
      : first(value), second(value), alive(std::move(count)) {
    ++*alive;
  }
  ~Pair() { --*alive; }
};

TEST(CurrentTest, ThreadsSeeWholeValuesInTheirOrderWhileTheyAreExchanged) {
  constexpr int kValues = 20000;
  const auto alive = std::make_shared<std::atomic<int>>(0);
  Current<Pair> current(std::make_shared<const Pair>(0, alive));
  std::atomic<int> mixed = 0;
  std::atomic<int> backwards = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      for (int last = 0; last < kValues;) {
        const std::shared_ptr<const Pair> seen = current.Get();
        if (seen->first != seen->second) ++mixed;
        if (seen->first < last) ++backwards;
        last = seen->first;
      }
    });
  }
  for (int i = 1; i <= kValues; ++i) {
    current.Set(std::make_shared<const Pair>(i, alive));
  }
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(mixed, 0);
  EXPECT_EQ(backwards, 0);
  EXPECT_EQ(*alive, 1);  // The one in force; nobody keeps another.
}

}  // namespace
}  // namespace mailsec::server
