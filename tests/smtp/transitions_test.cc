#include "mailcore/smtp/transitions.h"

#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <set>
#include <string>

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

// RFC 2920, 3.1, and RFC 3030, 2: all others end a group of pipelined commands.
TEST(TransitionsTest, FewCommandsMayBeFollowedByOthersAtOnce) {
  const std::set<Verb> may_go_on = {Verb::kMail, Verb::kRcpt, Verb::kBdat,
                                    Verb::kRset,
                                    Verb::kQuit /* nothing more is read */};
  for (const Transition& row : kTransitions) {
    EXPECT_EQ(row.last, !may_go_on.contains(row.verb));
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

// A session that these commands, all answered 2yz, have led somewhere.
SessionState Led(std::initializer_list<Verb> verbs) {
  SessionState state;
  for (const Verb verb : verbs) {
    const Transition& row = *FindTransition(verb);
    EXPECT_TRUE(state.Allows(row));
    state.Advance(row);
  }
  return state;
}

// What each state is reached by, in the order of kStates.
const SessionState kReached[] = {
    Led({}), Led({Verb::kEhlo}), Led({Verb::kEhlo, Verb::kMail}),
    Led({Verb::kEhlo, Verb::kMail, Verb::kRcpt}),
    Led({Verb::kEhlo, Verb::kMail, Verb::kRcpt, Verb::kBdat})};

TEST(SessionStateTest, GoesThroughATransaction) {
  for (size_t i = 0; i < kServerStates; ++i) {
    EXPECT_EQ(kReached[i].value(), kStates[i]);
    EXPECT_EQ(kReached[i].in_transaction(), i >= 2);
  }
  EXPECT_EQ(Led({Verb::kEhlo, Verb::kMail, Verb::kRcpt, Verb::kRcpt}).value(),
            ServerState::kRcpt);
}

// What each command makes of each state that allows it, in the order of
// kStates; '-': 503.
TEST(SessionStateTest, EachCommandInEachState) {
  const struct {
    Verb verb;
    const char* after;  // g: greeted, y: ready, m: mail, r: rcpt, c: chunking.
  } kRows[] = {
      {Verb::kHelo, "yyyyy"},     {Verb::kEhlo, "yyyyy"},
      {Verb::kLhlo, "yyyyy"},     {Verb::kMail, "-m---"},
      {Verb::kRcpt, "--rr-"},     {Verb::kData, "---r-"},
      {Verb::kBdat, "---cc"},     {Verb::kRset, "gyyyy"},
      {Verb::kNoop, "gymrc"},     {Verb::kVrfy, "gymrc"},
      {Verb::kExpn, "gymrc"},     {Verb::kHelp, "gymrc"},
      {Verb::kStartTls, "-g---"}, {Verb::kAuth, "-y---"},
      {Verb::kQuit, "gymrc"},
  };
  ASSERT_EQ(std::size(kRows), std::size(kTransitions));
  for (const auto& row : kRows) {
    std::string got;
    for (SessionState state : kReached) {
      const Transition& transition = *FindTransition(row.verb);
      const bool allowed = state.Allows(transition);
      if (allowed) state.Advance(transition);
      got += allowed ? "gymrc"[static_cast<size_t>(state.value())] : '-';
    }
    EXPECT_EQ(got, row.after) << static_cast<int>(row.verb);
  }
}

// SESS-04: RSET greets nobody, and neither does the end of a transaction.
TEST(SessionStateTest, ResetKeepsAnUngreetedSessionSo) {
  for (SessionState state : kReached) {
    const bool greeted = state.value() != ServerState::kGreeted;
    state.Reset();
    EXPECT_EQ(state.value(),
              greeted ? ServerState::kReady : ServerState::kGreeted);
    EXPECT_FALSE(state.in_transaction());
  }
}

}  // namespace
}  // namespace mailsec::smtp
