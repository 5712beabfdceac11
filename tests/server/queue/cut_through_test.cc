// What a client is told about a message that went through while it waited.

#include "mailcore/server/queue/cut_through.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace mailsec::server {
namespace {

using Fate = CutThroughRecipient::Fate;

const smtp::Reply kStored(250, {2, 0, 0}, "queued");

CutThroughRecipient Taken(size_t origin) {
  return {Fate::kTaken, smtp::Reply(250, "ok"), origin};
}
CutThroughRecipient Refused(size_t origin, int code = 550) {
  return {Fate::kRefused, smtp::Reply(code, "no"), origin};
}
CutThroughRecipient PutOff(size_t origin) {
  return {Fate::kPutOff, smtp::Reply(451, "later"), origin};
}
CutThroughRecipient Later(size_t origin) {
  return {Fate::kNotAsked, smtp::Reply(250, ""), origin};
}

struct Case {
  const char* name;
  std::vector<CutThroughRecipient> recipients;
  size_t origins;
  bool ours;
  std::vector<int> codes;
  std::vector<bool> forget;
};

const Case kCases[] = {
    {"TakenIsAccepted", {Taken(0)}, 1, false, {250}, {false}},
    {"ItsRefusalIsOurs", {Refused(0, 552)}, 1, false, {552}, {true}},
    {"ItsRefusalIsOursForOurOwnToo", {Refused(0)}, 1, true, {550}, {true}},
    {"AStrangerComesAgain", {PutOff(0)}, 1, false, {451}, {true}},
    {"OurOwnMayWaitHere", {PutOff(0)}, 1, true, {250}, {false}},
    {"OneReplyForAllWhenOneHasIt",
     {Taken(0), Refused(0)},
     1,
     false,
     {250},
     {false, false}},
    {"OneReplyForAllWhenOneGoesAnotherWay",
     {Refused(0), Later(0)},
     1,
     false,
     {250},
     {false, false}},
    {"ForNowIfOneIsForNow",
     {Refused(0), PutOff(0)},
     1,
     false,
     {451},
     {true, true}},
    {"TheFirstOfSeveralRefusals",
     {Refused(0, 552), Refused(0, 550)},
     1,
     false,
     {552},
     {true, true}},
    {"EachItsOwn",
     {Taken(0), Refused(1), PutOff(2), Later(3)},
     4,
     false,
     {250, 550, 451, 250},
     {false, true, true, false}},
    {"OneBehindAnAliasIsEnough",
     {Refused(0), Taken(0), Refused(1)},
     2,
     false,
     {250, 550},
     {false, false, true}},
    {"NamedTwiceIsFine", {Taken(0)}, 2, false, {250, 250}, {false}},
};

TEST(CutThroughTest, Table) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    const CutThroughAnswer answer =
        AnswerCutThrough(c.recipients, c.origins, c.ours, kStored);
    std::vector<int> codes;
    for (const smtp::Reply& reply : answer.replies) {
      codes.push_back(reply.code());
    }
    EXPECT_EQ(codes, c.codes);
    EXPECT_EQ(answer.forget, c.forget);
  }
}

// NEW-06: whatever the hop says, none of its words ends our session, and the
// others have theirs.
TEST(CutThroughTest, AHopsWordOfItsChannelIsNotOurs) {
  for (int code = 400; code <= 599; ++code) {
    SCOPED_TRACE(code);
    const CutThroughAnswer answer =
        AnswerCutThrough({Refused(0, code), Taken(1)}, 2, false, kStored);
    const smtp::Reply& told = answer.replies[0];
    EXPECT_TRUE(told.code() / 10 == 45 || told.code() / 10 == 55)
        << told.ToString();
    EXPECT_TRUE(answer.forget[0]);
    EXPECT_EQ(answer.replies[1].code(), 250);
  }
}

// Whatever happens to up to three recipients: who has the message, or is still
// to get it, is never forgotten, and who is forgotten was told so.
TEST(CutThroughTest, NobodyIsLostOrAnsweredTwice) {
  const std::vector<CutThroughRecipient> kinds = {Taken(0), Refused(0),
                                                  PutOff(0), Later(0)};
  for (int code = 0; code < 4 * 4 * 4 * 2 * 2; ++code) {
    std::vector<CutThroughRecipient> recipients;
    int rest = code;
    for (int i = 0; i < 3; ++i, rest /= 4) {
      recipients.push_back(kinds[static_cast<size_t>(rest % 4)]);
    }
    const bool ours = rest % 2 == 1;
    const bool each = rest / 2 == 1;
    for (size_t i = 0; i < 3; ++i) recipients[i].origin = each ? i : 0;
    const CutThroughAnswer answer =
        AnswerCutThrough(recipients, each ? 3 : 1, ours, kStored);
    for (size_t i = 0; i < 3; ++i) {
      const bool told = !answer.replies[recipients[i].origin].IsPositive();
      EXPECT_EQ(answer.forget[i], told);
      if (recipients[i].fate == Fate::kTaken ||
          recipients[i].fate == Fate::kNotAsked) {
        EXPECT_FALSE(answer.forget[i]);
      }
    }
  }
}

}  // namespace
}  // namespace mailsec::server
