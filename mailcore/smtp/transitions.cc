#include "mailcore/smtp/transitions.h"

namespace mailsec::smtp {
namespace {

constexpr StateSet kReady = In(ServerState::kReady);
constexpr StateSet kRcpt = In(ServerState::kRcpt);
constexpr StateSet kMailOrRcpt = In(ServerState::kMail) | kRcpt;
constexpr StateSet kRcptOrChunking = kRcpt | In(ServerState::kChunking);

// The state after `effect`, from `state`.
ServerState After(Effect effect, ServerState state) {
  switch (effect) {
    case Effect::kStay:
    case Effect::kClose:
    case Effect::kToContent:
      return state;
    case Effect::kReset:
      return state == ServerState::kGreeted ? state : ServerState::kReady;
    case Effect::kToReady:
      return ServerState::kReady;
    case Effect::kToMail:
      return ServerState::kMail;
    case Effect::kToRcpt:
      return ServerState::kRcpt;
    case Effect::kToChunk:
      return ServerState::kChunking;
    case Effect::kToGreeted:
      return ServerState::kGreeted;
  }
  return state;
}

}  // namespace

const Transition kTransitions[15] = {
    // verb          from             effect               idle   last
    {Verb::kHelo, kAnyState, Effect::kToReady, true, true},
    {Verb::kEhlo, kAnyState, Effect::kToReady, true, true},
    {Verb::kLhlo, kAnyState, Effect::kToReady, true, true},
    {Verb::kMail, kReady, Effect::kToMail, false, false},
    {Verb::kRcpt, kMailOrRcpt, Effect::kToRcpt, false, false},
    {Verb::kData, kRcpt, Effect::kToContent, false, true},
    {Verb::kBdat, kRcptOrChunking, Effect::kToChunk, false, false},
    {Verb::kRset, kAnyState, Effect::kReset, true, false},
    {Verb::kNoop, kAnyState, Effect::kStay, true, true},
    {Verb::kVrfy, kAnyState, Effect::kStay, true, true},
    {Verb::kExpn, kAnyState, Effect::kStay, true, true},
    {Verb::kHelp, kAnyState, Effect::kStay, true, true},
    {Verb::kStartTls, kReady, Effect::kToGreeted, true, true},
    {Verb::kAuth, kReady, Effect::kStay, true, true},
    {Verb::kQuit, kAnyState, Effect::kClose, false,
     false},  // What comes after it is not read.
};

const Transition* FindTransition(Verb verb) {
  for (const Transition& row : kTransitions) {
    if (row.verb == verb) return &row;
  }
  return nullptr;
}

void SessionState::Advance(const Transition& row) {
  value_ = After(row.effect, value_);
}

void SessionState::Reset() { value_ = After(Effect::kReset, value_); }

}  // namespace mailsec::smtp
