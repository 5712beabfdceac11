// spool_events.h: which events does the spool have for the operator?

#ifndef MAILCORE_SPOOL_SPOOL_EVENTS_H_
#define MAILCORE_SPOOL_SPOOL_EVENTS_H_

#include "mailcore/base/event.h"

namespace mailsec::spool::events {

inline constexpr base::EventType kDamage = {
    "spool.damage", base::Severity::kAlarm, base::LogClass::kOperational, "R4",
    "Stored mail was altered or lost on the disk; what is whole is kept."};
inline constexpr base::EventType kTornTail = {
    "spool.torn_tail", base::Severity::kNotice, base::LogClass::kOperational,
    "R4",
    "The last write before a crash was cut off; it was not acknowledged."};
inline constexpr base::EventType kSetAside = {
    "spool.set_aside", base::Severity::kWarning, base::LogClass::kOperational,
    "R8",
    "A file in the spool is none of the server's and was moved to aside/."};
inline constexpr base::EventType kWriteFailed = {
    "spool.write_failed", base::Severity::kAlarm, base::LogClass::kOperational,
    "R10", "A write to the spool failed; the senders were asked to try again."};

}  // namespace mailsec::spool::events

#endif  // MAILCORE_SPOOL_SPOOL_EVENTS_H_
