// watch_events.h: which events does the watch have for the operator?

#ifndef MAILCORE_WATCH_WATCH_EVENTS_H_
#define MAILCORE_WATCH_WATCH_EVENTS_H_

#include "mailcore/base/event.h"

namespace mailsec::watch::events {

// Thread safety: constants.
inline constexpr base::EventType kSignaturesFresh = {
    "watch.signatures_fresh", base::Severity::kNotice,
    base::LogClass::kOperational, "R27",
    "The signatures of a scanner are up to date again."};
inline constexpr base::EventType kSignaturesOld = {
    "watch.signatures_old", base::Severity::kAlarm,
    base::LogClass::kOperational, "R27",
    "The signatures of a scanner have not been updated for too long."};
inline constexpr base::EventType kSignaturesUnknown = {
    "watch.signatures_unknown", base::Severity::kAlarm,
    base::LogClass::kOperational, "R27",
    "A scanner has not said for too long how old its signatures are."};

}  // namespace mailsec::watch::events

#endif  // MAILCORE_WATCH_WATCH_EVENTS_H_
