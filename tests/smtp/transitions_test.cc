#include "mailcore/smtp/transitions.h"

#include <set>

#include "gtest/gtest.h"

namespace mailsec::smtp {
namespace {

constexpr ServerState kStates[] = {ServerState::kGreeted, ServerState::kReady,
                                   ServerState::kMail, ServerState::kRcpt,
                                   ServerState::kChunking};

TEST(TransitionsTest, EachVerbHasOneRow) {
  std::set<Verb> verbs;
  for (const Transition& row : kTransitions) {
    EXPECT_TRUE(verbs.insert(row.verb).second);
    EXPECT_EQ(FindTransition(row.verb), &row);
  }
  EXPECT_EQ(FindTransition(Verb::kUnknown), nullptr);
  EXPECT_EQ(FindTransition(Verb::kForeign), nullptr);
}

// RFC 5321, 4.1.4: in any state at all.
TEST(TransitionsTest, SomeCommandsAreAlwaysLegal) {
  for (Verb verb : {Verb::kEhlo, Verb::kHelo, Verb::kRset, Verb::kNoop,
                    Verb::kHelp, Verb::kVrfy, Verb::kExpn, Verb::kQuit}) {
    EXPECT_EQ(FindTransition(verb)->from, kAnyState);
  }
}

// Content needs an accepted recipient, from wherever one comes.
TEST(TransitionsTest, ContentOnlyAfterRcpt) {
  for (ServerState state : kStates) {
    const bool after_rcpt = state == ServerState::kRcpt;
    EXPECT_EQ((FindTransition(Verb::kData)->from & In(state)) != 0, after_rcpt);
    EXPECT_EQ((FindTransition(Verb::kBdat)->from & In(state)) != 0,
              after_rcpt || state == ServerState::kChunking);
  }
}

// SESS-04: RSET greets nobody.
TEST(TransitionsTest, ResetKeepsAnUngreetedSessionSo) {
  EXPECT_EQ(After(Effect::kReset, ServerState::kGreeted),
            ServerState::kGreeted);
  for (ServerState state : kStates) {
    if (state == ServerState::kGreeted) continue;
    EXPECT_EQ(After(Effect::kReset, state), ServerState::kReady);
  }
}

}  // namespace
}  // namespace mailsec::smtp
