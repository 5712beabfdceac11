// answer_faults.h: could any server on the way choke on this?

#ifndef TESTS_AUTOREPLY_ANSWER_FAULTS_H_
#define TESTS_AUTOREPLY_ANSWER_FAULTS_H_

#include <string>

#include "mailcore/autoreply/automatic_message.h"

namespace mailsec::autoreply {

// The first thing that is wrong with it; empty if it is whole lines of at most
// 998 octets, CRLF only, without controls, ASCII unless it says otherwise, each
// field once, only those that we write, header lines of at most 78 octets but
// for addresses and ids, and marked as automatic.
std::string FaultOf(const AutomaticMessage& message);

}  // namespace mailsec::autoreply

#endif  // TESTS_AUTOREPLY_ANSWER_FAULTS_H_
