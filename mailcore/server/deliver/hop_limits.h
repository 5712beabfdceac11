// hop_limits.h: how long is a host waited for?
//
//   stage      RFC 5321, 4.5.3.2   the last host   while others are left
//   connect    (none)              30 s            10 s
//   greeting   5 min (.1)          5 min           30 s
//   hello      (none)              5 min           30 s
//   mail       5 min (.2)          5 min           5 min
//   rcpt       5 min (.3)          5 min           5 min
//   data       2 min (.4)          3 min           3 min
//   content    3 min a block (.5), 10 min for the answer (.6)
//
// All limits hold for one answer, in however many pieces it comes. What departs
// from the RFC is ours: 10 s are four attempts of TCP to connect (RFC 6298: at
// 0, 1, 3 and 7 s), and servers that make strangers wait for their greeting do
// so for less than 30 s. A host that is left behind too early costs a
// connection to the next one, and never the mail.

#ifndef MAILCORE_SERVER_DELIVER_HOP_LIMITS_H_
#define MAILCORE_SERVER_DELIVER_HOP_LIMITS_H_

#include "absl/time/time.h"
#include "mailcore/smtp/client_session.h"

namespace mailsec::server {

// The limit for one answer of a host at `stage`. `others_left`: there is
// another host to ask. Thread safety: a pure function.
inline absl::Duration HopTimeLimit(smtp::Stage stage, bool others_left) {
  switch (stage) {
    case smtp::Stage::kConnect:
      return others_left ? absl::Seconds(10) : absl::Seconds(30);
    case smtp::Stage::kGreeting:
    case smtp::Stage::kHello:
      return others_left ? absl::Seconds(30) : absl::Minutes(5);
    case smtp::Stage::kMail:
    case smtp::Stage::kRcpt:
      return absl::Minutes(5);
    case smtp::Stage::kData:
      return absl::Minutes(3);
    case smtp::Stage::kContent:
      return absl::Minutes(10);
  }
  return absl::Minutes(5);
}

// For connecting to host after host in one attempt. Ours; the next attempt goes
// on behind the last one. At least one host is always tried.
inline constexpr absl::Duration kSearchTime = absl::Minutes(2);

// For one transaction, whatever each answer takes. Ours: 25 MB at 5 KB/s, and
// an end for hosts that use every limit up.
inline constexpr absl::Duration kTransactionTime = absl::Hours(2);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_DELIVER_HOP_LIMITS_H_
