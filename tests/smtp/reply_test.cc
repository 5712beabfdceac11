#include "mailcore/smtp/reply.h"

#include <string>

#include "gtest/gtest.h"

namespace mailsec::smtp {
namespace {

struct ReplyCase {
  const char* name;
  Reply reply;
  const char* want;  // On the wire.
};

const ReplyCase kReplyCases[] = {
    {"CodeStatusAndText", Reply(550, {5, 7, 1}, "Relaying is not permitted"),
     "550 5.7.1 Relaying is not permitted\r\n"},
    {"NoStatus", Reply(354, "Go on"), "354 Go on\r\n"},
    {"EveryLineHasTheStatus", Reply(250, {2, 0, 0}, "a\nb"),
     "250-2.0.0 a\r\n250 2.0.0 b\r\n"},
    {"LinesWithoutStatus", Reply(250, "mx.example.org\nPIPELINING"),
     "250-mx.example.org\r\n250 PIPELINING\r\n"},
    {"NoText", Reply(250, {2, 1, 0}, ""), "250 2.1.0\r\n"},
    {"NothingButTheCode", Reply(250, ""), "250\r\n"},
    {"WrongClassIsCorrected", Reply(451, {5, 4, 3}, "x"), "451 4.4.3 x\r\n"},
    {"NoStatusWith3yz", Reply(354, {2, 0, 0}, "x"), "354 x\r\n"},
    {"ImpossibleCodeIsTransient", Reply(99, {9, 1, 1}, "x"), "451 4.1.1 x\r\n"},
    {"SubjectAndDetailHaveThreeDigits", Reply(550, {5, 1000, -1}, "x"),
     "550 5.999.0 x\r\n"},
    // LOG-04: what a peer said cannot become a reply of its own.
    {"CarriageReturnAndEscapeAreReplaced", Reply(550, "\x1b]0;x\x07\r250 ok"),
     "550 ?]0;x?250 ok\r\n"},
    {"EightBitIsReplaced", Reply(550, "B\xC3\xB6se"), "550 B?se\r\n"},
};

class ReplyTest : public testing::TestWithParam<ReplyCase> {};

TEST_P(ReplyTest, IsWellFormedOnTheWire) {
  EXPECT_EQ(GetParam().reply.ToWire(), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Table, ReplyTest, testing::ValuesIn(kReplyCases),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

TEST(ReplyTest, ClassesAreTold) {
  EXPECT_TRUE(Reply(250, "").IsPositive());
  EXPECT_TRUE(Reply(354, "").IsIntermediate());
  EXPECT_TRUE(Reply(421, "").IsTransient());
  EXPECT_TRUE(Reply(554, "").IsPermanent());
  EXPECT_FALSE(Reply(554, "").IsTransient());
}

TEST(ReplyTest, ToStringHasNoLineEndAtTheEnd) {
  EXPECT_EQ(Reply(550, {5, 1, 1}, "No such user").ToString(),
            "550 5.1.1 No such user");
  EXPECT_EQ(Reply(250, "").ToString(), "250");
}

// RFC 5321, 4.5.3.1.5: 512 octets with the code and the CRLF.
TEST(ReplyTest, LongLinesAreFolded) {
  for (const std::string& text :
       {std::string(5000, 'x'), std::string(3000, ' ') + "x",
        "word " + std::string(600, 'y') + " " + std::string(501, 'z')}) {
    const Reply reply(550, {5, 999, 999}, text);
    const std::string wire = reply.ToWire();
    std::string octets;
    size_t at = 0;
    while (at < wire.size()) {
      const size_t end = wire.find("\r\n", at);
      ASSERT_NE(end, std::string::npos);
      EXPECT_LE(end + 2 - at, 512u);
      const bool last = end + 2 == wire.size();
      EXPECT_EQ(wire.substr(at, 4), last ? "550 " : "550-");
      if (end - at > 14) octets += wire.substr(at + 14, end - at - 14);
      at = end + 2;
    }
    // Only spaces at the cuts are gone.
    std::string want = text;
    std::erase(want, ' ');
    std::erase(octets, ' ');
    EXPECT_EQ(octets, want);
  }
}

}  // namespace
}  // namespace mailsec::smtp
