// notification_faults.h: could any server on the way choke on this?

#ifndef TESTS_NOTIFY_NOTIFICATION_FAULTS_H_
#define TESTS_NOTIFY_NOTIFICATION_FAULTS_H_

#include <string>
#include <vector>

#include "mailcore/notify/ndn_builder.h"

namespace mailsec::notify {

// The first thing that is wrong with it as octets and as a multipart; empty if
// it is whole lines of at most 998 octets, CRLF only, without controls, ASCII
// unless it says otherwise, with a boundary that stands where it must and
// nowhere else.
std::string FaultOf(const Notification& notification);

// The parts, each with its fields; the first is the header.
std::vector<std::string> PartsOf(const Notification& notification);

}  // namespace mailsec::notify

#endif  // TESTS_NOTIFY_NOTIFICATION_FAULTS_H_
