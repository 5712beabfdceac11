#include "mailcore/server/deliver/reach_watch.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mailsec::server {
namespace {

using spool::QueueId;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(ReachWatchTest, GivesEachWaitingMessageOnceAndTheOldestFirst) {
  ReachWatch watch;
  watch.Wait("mx:a.example", QueueId(7));
  watch.Wait("mx:a.example", QueueId(5));
  watch.Wait("mx:a.example", QueueId(7));
  watch.Wait("mx:b.example", QueueId(6));
  EXPECT_EQ(watch.size(), 3u);
  EXPECT_THAT(watch.Take("mx:a.example"), ElementsAre(QueueId(5), QueueId(7)));
  EXPECT_THAT(watch.Take("mx:a.example"), IsEmpty());
  EXPECT_THAT(watch.Take("mx:c.example"), IsEmpty());
  EXPECT_THAT(watch.Take("mx:b.example"), ElementsAre(QueueId(6)));
  EXPECT_EQ(watch.size(), 0u);
}

// What is tried again, and may leave the queue then, takes no place.
TEST(ReachWatchTest, ForgetsAMessageWhoseAttemptBegins) {
  ReachWatch watch(2);
  for (uint64_t id = 1; id <= 1000; ++id) {
    watch.Wait("a", QueueId(id));
    watch.Wait("b", QueueId(id));
    ASSERT_EQ(watch.size(), 2u);
    watch.Forget(QueueId(id));
    ASSERT_EQ(watch.size(), 0u);
  }
  watch.Forget(QueueId(1001));
  EXPECT_THAT(watch.Take("a"), IsEmpty());
  watch.Wait("a", QueueId(7));
  watch.Wait("b", QueueId(7));
  EXPECT_THAT(watch.Take("b"), ElementsAre(QueueId(7)));
  EXPECT_EQ(watch.size(), 0u);
  EXPECT_THAT(watch.Take("a"), IsEmpty());
}

TEST(ReachWatchTest, IsBoundedInAll) {
  ReachWatch watch(2);
  watch.Wait("a", QueueId(1));
  watch.Wait("b", QueueId(2));
  watch.Wait("c", QueueId(3));
  EXPECT_EQ(watch.size(), 2u);
  EXPECT_THAT(watch.Take("c"), IsEmpty());
  EXPECT_THAT(watch.Take("a"), ElementsAre(QueueId(1)));
  watch.Wait("c", QueueId(3));
  EXPECT_THAT(watch.Take("c"), ElementsAre(QueueId(3)));
}

}  // namespace
}  // namespace mailsec::server
