#include "mailcore/smtp/hop_answer.h"

#include <algorithm>
#include <cstddef>
#include <string>

namespace mailsec::smtp {
namespace {

constexpr size_t kMaxTextOctets = 1000;

// What a code speaks of.
enum class Subject {
  kMail,         // The recipient or the message.
  kChannel,      // The connection between the hop and us.
  kCredentials,  // Our authentication there, or TLS.
  kCommands,     // What we said, or what was said to something else.
};

// Codes whose second digit does not tell.
struct Exception {
  int code;
  Subject subject;
} constexpr kExceptions[] = {
    {453, Subject::kCommands},     // RFC 2645, 4.1: an answer to ATRN.
    {454, Subject::kCredentials},  // RFC 4954, 6; RFC 3207, 4.
    {455, Subject::kCommands},     // RFC 5321, 4.2.2: our parameters.
    {458, Subject::kCommands},     // RFC 1985, 5.3: an answer to ETRN.
    {459, Subject::kCommands},     // RFC 1985, 5.3.
    {555, Subject::kCommands},     // RFC 5321, 4.2.2.
};

Subject SubjectOf(int code) {
  for (const Exception& exception : kExceptions) {
    if (exception.code == code) return exception.subject;
  }
  // RFC 5321, 4.2.1. It leaves x3z open, which RFC 4954 has filled.
  switch (code / 10 % 10) {
    case 0:
      return Subject::kCommands;
    case 2:
      return Subject::kChannel;
    case 3:
      return Subject::kCredentials;
    default:
      return Subject::kMail;
  }
}

// RFC 3463, 3.2, 3.3 and 3.7: the address, the mailbox, the content.
bool IsOfMail(const EnhancedStatus& status) {
  return status.subject == 1 || status.subject == 2 || status.subject == 6;
}

// RFC 5321, 4.5.3.1.10: a hop of old means 452 by it.
bool IsTooManyRecipients(const Reply& said) {
  return said.code() == 552 && said.status().subject == 5 &&
         said.status().detail == 3;
}

// For 4yz and 5yz that speak of the mail.
int CodeForMail(int code) {
  const bool is_usual = (code >= 450 && code <= 452) ||
                        (code >= 550 && code <= 554) || code == 556;
  if (is_usual) return code;
  return code / 100 == 4 ? 451 : 550;
}

std::string InOneLine(const Reply& said) {
  std::string text = said.text().substr(0, kMaxTextOctets);
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

}  // namespace

Reply AnswerForHop(const Reply& said) {
  const std::string text = InOneLine(said);
  const int code = said.code();
  if (code >= 250 && code <= 252) return Reply(250, said.status(), text);
  if (IsTooManyRecipients(said)) return Reply(452, {4, 5, 3}, text);
  const bool is_refusal = said.IsTransient() || said.IsPermanent();
  switch (SubjectOf(code)) {
    case Subject::kChannel:
      return Reply(451, {4, 4, 2}, text);
    case Subject::kCredentials:
      return Reply(451, {4, 7, 0}, text);
    case Subject::kCommands:
      if (!is_refusal || !IsOfMail(said.status())) break;
      return Reply(said.IsTransient() ? 450 : 550, said.status(), text);
    case Subject::kMail:
      if (!is_refusal) break;
      return Reply(CodeForMail(code), said.status(), text);
  }
  return Reply(451, {4, 5, 0}, text);
}

}  // namespace mailsec::smtp
