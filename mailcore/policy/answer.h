// answer.h: yes, no, or cannot tell?
//
// There are three answers and not two: "no" refuses for good, "cannot tell" for
// now.

#ifndef MAILCORE_POLICY_ANSWER_H_
#define MAILCORE_POLICY_ANSWER_H_

namespace mailsec::policy {

enum class Answer {
  kYes,
  kNo,
  kCannotTell,  // The one that knows could not be asked.
};

}  // namespace mailsec::policy

#endif  // MAILCORE_POLICY_ANSWER_H_
