// cut_through.h: what do we answer while the next hop's answer is fresh?
//
// A message that goes through at once was handed on, or refused, while its
// client waits: the next hop's refusal becomes ours, so that no notification is
// needed later (R18, R19). The message is in the spool all the while.
//
//   client's recipient                        answer           afterwards
//   somebody behind it has the message        250              the refused are
//                                                              failures
//   somebody is tried later, and he may wait  250              likewise
//   refused by all, for now by one at least   his 4yz          forgotten
//   refused by all                            the first's 5yz  forgotten
//
// The hop's reply is translated (smtp/hop_answer.h), so that none of them ends
// the client's session.
//
// A client of ours may wait, as its mail would have nowhere else to stay; a
// stranger's server keeps it and comes again. Without an answer for each
// recipient, all of them are one.

#ifndef MAILCORE_SERVER_QUEUE_CUT_THROUGH_H_
#define MAILCORE_SERVER_QUEUE_CUT_THROUGH_H_

#include <cstddef>
#include <functional>
#include <vector>

#include "mailcore/smtp/reply.h"

namespace mailsec::server {

// A client that waits for what becomes of its message.
struct CutThroughWaiter {
  // Which of the client's recipients led to each recipient of the envelope.
  std::vector<size_t> origins;
  size_t origin_count = 1;  // The client's recipients, or 1: one reply for all.
  std::function<void(std::vector<smtp::Reply>)> done;  // Called once.
};

// What became of one recipient of the envelope. Thread safety: a value.
struct CutThroughRecipient {
  enum class Fate {
    kTaken,     // The next hop has the message.
    kRefused,   // For good.
    kPutOff,    // For now, or nobody could be asked.
    kNotAsked,  // Goes another way, later.
  };
  Fate fate = Fate::kNotAsked;
  smtp::Reply reply = smtp::Reply(250, "");
  size_t origin = 0;  // Which of the client's recipients led to it.
};

// Thread safety: a value.
struct CutThroughAnswer {
  std::vector<smtp::Reply> replies;  // One for each of the client's.
  // For each recipient of the envelope: the reply has told its fate, and
  // nothing is left to do.
  std::vector<bool> forget;
};

// `origins`: of the client's recipients. 1 if one reply is for all; then every
// origin is 0. `stored`: the reply for who has nothing to wait for.
CutThroughAnswer AnswerCutThrough(
    const std::vector<CutThroughRecipient>& recipients, size_t origins,
    bool sender_is_ours, const smtp::Reply& stored);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_QUEUE_CUT_THROUGH_H_
