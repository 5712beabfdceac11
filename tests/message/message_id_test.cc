#include "mailcore/message/message_id.h"

#include <string>

#include "gtest/gtest.h"

namespace mailsec::message {
namespace {

TEST(MessageIdTest, HoldsNothingThatCouldEndAFieldOrABoundary) {
  EXPECT_EQ(UniqueWord("3F9K-a"), "3F9K-a");
  EXPECT_EQ(UniqueWord("a>\r\n\"b"), "a----b");
  EXPECT_EQ(UniqueWord(std::string(100, 'x')).size(), 40u);
  EXPECT_EQ(NewMessageId("ndn", "3F>K", "mx.example.org"),
            "<ndn-3F-K@mx.example.org>");
}

}  // namespace
}  // namespace mailsec::message
