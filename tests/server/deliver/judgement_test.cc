#include "mailcore/server/deliver/judgement.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace mailsec::server {
namespace {

using notify::Action;
using smtp::Reply;
using spool::RecipientState;

constexpr absl::Duration kPause = absl::Minutes(5);
const absl::Time kNow = absl::FromUnixSeconds(1764064800);

HopOutcome Said(const Reply& reply, bool from_peer, bool offers_dsn) {
  return {.said = {.reply = reply,
                   .stage = smtp::Stage::kRcpt,
                   .from_peer = from_peer},
          .hop = "mx.example.com [192.0.2.1]",
          .offers_dsn = offers_dsn};
}

spool::Recipient SomeRecipient() {
  return {.path = *address::ForwardPath::Parse("<carol@example.com>"),
          .parameters = {},
          .last_reply = ""};
}

const char* Name(RecipientState state) {
  switch (state) {
    case RecipientState::kPending:
      return "pending";
    case RecipientState::kDelivered:
      return "delivered";
    case RecipientState::kFailed:
      return "failed";
    case RecipientState::kReported:
      return "reported";
    case RecipientState::kExpanded:
      return "expanded";
  }
  return "";
}

// "failed: told failed, expired"
std::string Show(const Judgement& judged) {
  std::string out = Name(judged.change.state);
  if (judged.pause != absl::InfiniteDuration()) {
    absl::StrAppend(&out, ", again in ", absl::FormatDuration(judged.pause));
  }
  if (judged.arrived) absl::StrAppend(&out, ", arrived");
  if (!judged.fate) return out;
  absl::StrAppend(&out, ": ", notify::ActionName(judged.fate->action));
  if (judged.fate->expired) absl::StrAppend(&out, ", expired");
  if (judged.fate->kept_inside) absl::StrAppend(&out, ", kept inside");
  return out;
}

TEST(JudgementTest, EveryAnswerHasItsMeaning) {
  const Reply kYes(250, {2, 0, 0}, "taken");
  const Reply kLater(451, {4, 3, 0}, "later");
  const Reply kNo(550, {5, 1, 1}, "no such user");
  const struct {
    const char* what;
    Reply reply;
    bool wants_success;
    bool offers_dsn;
    Circumstances circumstances;
    const char* want;
  } kCases[] = {
      {"taken by another server", kYes, false, true, {}, "delivered"},
      {"which reports itself", kYes, true, true, {}, "delivered"},
      {"which cannot report", kYes, true, false, {}, "delivered: relayed"},
      {"taken by the mailboxes' server, of others",
       kYes,
       false,
       false,
       {.hands_over = true},
       "delivered"},
      {"in a mailbox of ours",
       kYes,
       false,
       false,
       {.hands_over = true, .is_local = true},
       "delivered, arrived"},
      {"a server of ours that relays",
       kYes,
       false,
       false,
       {.is_local = true},
       "delivered"},
      {"in a mailbox, and told so",
       kYes,
       true,
       true,
       {.hands_over = true},
       "delivered: delivered"},
      {"taken at the last moment",
       kYes,
       false,
       false,
       {.expired = true},
       "delivered"},
      {"put off", kLater, true, false, {}, "pending, again in 5m"},
      {"put off for too long",
       kLater,
       false,
       false,
       {.expired = true},
       "failed: failed, expired"},
      {"put off, inside",
       kLater,
       false,
       false,
       {.kept_inside = true},
       "pending, again in 5m"},
      {"refused", kNo, false, false, {}, "failed: failed"},
      {"refused, and late",
       kNo,
       false,
       false,
       {.expired = true},
       "failed: failed"},
      {"refused, as it may not leave",
       kNo,
       false,
       false,
       {.kept_inside = true},
       "failed: failed, kept inside"},
      // No server should say this at the end, and it is no refusal.
      {"354 where 250 belongs",
       Reply(354, "go on"),
       false,
       false,
       {},
       "pending, again in 5m"},
  };
  for (const auto& c : kCases) {
    for (const bool from_peer : {false, true}) {
      SCOPED_TRACE(c.what);
      spool::Recipient recipient = SomeRecipient();
      recipient.parameters.notify.success = c.wants_success;
      Circumstances circumstances = c.circumstances;
      circumstances.pause = kPause;
      circumstances.now = kNow;
      const Judgement judged = JudgeOutcome(
          recipient, 7, Said(c.reply, from_peer, c.offers_dsn), circumstances);
      EXPECT_EQ(Show(judged), c.want);
      EXPECT_EQ(judged.change.recipient, 7u);
      EXPECT_EQ(judged.change.last_reply, c.reply.ToString());
      // Whose word it is.
      EXPECT_EQ(judged.change.hop,
                from_peer ? "mx.example.com [192.0.2.1]" : "");
      if (!judged.fate) continue;
      EXPECT_EQ(judged.fate->recipient, 7u);
      EXPECT_EQ(judged.fate->reply, c.reply);
      EXPECT_EQ(judged.fate->from_peer, from_peer);
      EXPECT_EQ(judged.fate->hop, "mx.example.com [192.0.2.1]");
      EXPECT_EQ(judged.fate->time, kNow);
    }
  }
}

// What a peer says goes into logs and lists.
TEST(JudgementTest, ALastReplyIsSafeForALog) {
  const spool::Recipient recipient = SomeRecipient();
  const Judgement judged = JudgeOutcome(
      recipient, 0, Said(Reply(450, {4, 2, 0}, "one\ntwo"), true, false), {});
  EXPECT_EQ(judged.change.last_reply.find('\n'), std::string::npos);
}

spool::Envelope EnvelopeOf(const std::vector<RecipientState>& states) {
  spool::Envelope envelope;
  envelope.attempts = 3;
  for (const RecipientState state : states) {
    envelope.recipients.push_back(SomeRecipient());
    envelope.recipients.back().state = state;
  }
  return envelope;
}

TEST(JudgementTest, AnExpansionIsToldIfSomebodyMayHaveTheMessage) {
  using enum RecipientState;
  const struct {
    std::vector<RecipientState> states;
    std::vector<size_t> judged;
    bool told;
  } kCases[] = {
      {{}, {}, false},
      {{kPending, kDelivered}, {}, false},
      {{kExpanded, kPending}, {0}, true},
      {{kFailed, kExpanded, kDelivered}, {1}, true},
      {{kExpanded, kFailed}, {0}, false},
      {{kExpanded, kReported, kExpanded}, {0, 2}, false},
  };
  for (const auto& c : kCases) {
    const std::vector<Judgement> all =
        JudgeExpansions(EnvelopeOf(c.states), kNow);
    ASSERT_EQ(all.size(), c.judged.size());
    for (size_t i = 0; i < all.size(); ++i) {
      EXPECT_EQ(all[i].change.recipient, c.judged[i]);
      EXPECT_EQ(Show(all[i]), c.told ? "reported: expanded" : "reported");
    }
  }
}

TEST(JudgementTest, AnAttemptEndsAsItsRecipientsDo) {
  using enum RecipientState;
  const struct {
    std::vector<RecipientState> states;
    bool tried;
    bool leaves_out;
    const char* want;
  } kCases[] = {
      {{kDelivered, kReported}, true, false, "done"},
      {{kDelivered, kReported}, false, false, "done"},
      {{}, false, false, "done"},
      {{kDelivered, kPending}, true, false, "waits 5m"},
      {{kDelivered, kPending}, true, true, "waits 0"},
      // Nobody was asked, so it was no attempt.
      {{kPending}, false, false, "only waits 5m"},
      {{kPending}, false, true, "only waits 0"},
      {{kFailed, kDelivered}, true, false, "held"},
      {{kFailed}, false, false, "held"},
      // The others still have a chance.
      {{kFailed, kPending}, true, false, "waits 5m"},
  };
  for (const auto& c : kCases) {
    Attempt attempt;
    attempt.id = spool::QueueId(9);
    attempt.envelope = EnvelopeOf(c.states);
    attempt.tried = c.tried;
    const Ending ending = EndAttempt(attempt, kPause, c.leaves_out);
    const spool::Progress& progress = ending.progress;
    const std::string shown =
        progress.done ? "done"
        : progress.hold
            ? "held"
            : absl::StrCat(ending.only_waits ? "only " : "", "waits ",
                           absl::FormatDuration(progress.pause));
    EXPECT_EQ(shown, c.want);
    EXPECT_FALSE(progress.done && progress.hold);
    EXPECT_EQ(progress.id, attempt.id);
    EXPECT_EQ(progress.attempts, 4u);
  }
}

}  // namespace
}  // namespace mailsec::server
