// spool_events.h: what the spool has to tell its operator.

#ifndef MAILCORE_SPOOL_SPOOL_EVENTS_H_
#define MAILCORE_SPOOL_SPOOL_EVENTS_H_

#include "mailcore/base/event.h"

namespace mailsec::spool::events {

inline constexpr EventType kDamage = {
    "spool.damage", Severity::kAlarm, LogClass::kOperational, "R4",
    "Stored mail was altered or lost on the disk; what is whole is kept."};
inline constexpr EventType kTornTail = {
    "spool.torn_tail", Severity::kNotice, LogClass::kOperational, "R4",
    "The last write before a crash was cut off; it was not acknowledged."};
inline constexpr EventType kSetAside = {
    "spool.set_aside", Severity::kWarning, LogClass::kOperational, "R8",
    "A file in the spool is none of the server's and was moved to aside/."};
inline constexpr EventType kWriteFailed = {
    "spool.write_failed", Severity::kAlarm, LogClass::kOperational, "R10",
    "A write to the spool failed; the senders were asked to try again."};

}  // namespace mailsec::spool::events

#endif  // MAILCORE_SPOOL_SPOOL_EVENTS_H_
