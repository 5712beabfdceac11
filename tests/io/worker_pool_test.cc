#include "mailcore/io/worker_pool.h"

#include <atomic>
#include <future>
#include <string>

#include "gtest/gtest.h"

namespace mailsec::io {
namespace {

TEST(WorkerPoolTest, RunsEveryTask) {
  std::atomic<int> sum = 0;
  std::promise<void> all;
  WorkerPool pool(3, 1000);
  for (int i = 1; i <= 100; ++i) {
    ASSERT_TRUE(pool.Run([&, i] {
      if ((sum += i) == 5050) all.set_value();
    }));
  }
  all.get_future().wait();
  EXPECT_EQ(sum, 5050);
}

TEST(WorkerPoolTest, RefusesWhatIsTooMuchAndDropsWhatWasNotBegun) {
  std::promise<void> begun, release;
  std::shared_future<void> released = release.get_future().share();
  std::atomic<int> ran = 0;
  {
    WorkerPool pool(1, 2);
    ASSERT_TRUE(pool.Run([&] {
      begun.set_value();
      released.wait();
      ++ran;
    }));
    begun.get_future().wait();
    EXPECT_TRUE(pool.Run([&] { ++ran; }));
    EXPECT_TRUE(pool.Run([&] { ++ran; }));
    EXPECT_FALSE(pool.Run([&] { ++ran; }));
    release.set_value();
  }
  EXPECT_GE(ran, 1);  // What was begun has ended.
  EXPECT_LE(ran, 3);
}

TEST(WorkerPoolTest, WithoutThreadsItsOwnerRunsTheTasks) {
  WorkerPool pool(0, 2);
  std::string ran;
  EXPECT_FALSE(pool.RunNext());
  ASSERT_TRUE(pool.Run([&] {
    ran += "a";
    EXPECT_TRUE(pool.Run([&] { ran += "c"; }));
  }));
  ASSERT_TRUE(pool.Run([&] { ran += "b"; }));
  EXPECT_FALSE(pool.Run([] {}));
  EXPECT_TRUE(pool.RunNext());
  EXPECT_EQ(ran, "a");
  EXPECT_TRUE(pool.RunNext());
  EXPECT_TRUE(pool.RunNext());
  EXPECT_EQ(ran, "abc");
  EXPECT_FALSE(pool.RunNext());
}

}  // namespace
}  // namespace mailsec::io
