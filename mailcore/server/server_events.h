// server_events.h: what can happen while the server runs?
//
// The catalogue of the server's events. The ids are stable: logs are searched
// and counted by them.

#ifndef MAILCORE_SERVER_SERVER_EVENTS_H_
#define MAILCORE_SERVER_SERVER_EVENTS_H_

#include "mailcore/base/event.h"

namespace mailsec::server::events {

inline constexpr EventType kStarted = {"server.started", Severity::kNotice,
                                       LogClass::kOperational, "R11",
                                       "The server accepts connections."};
inline constexpr EventType kStopping = {
    "server.stopping", Severity::kNotice, LogClass::kOperational, "R12",
    "The server takes no new connections and ends those that are open."};
inline constexpr EventType kStopped = {
    "server.stopped", Severity::kNotice, LogClass::kOperational, "R12",
    "The server has stopped; what it accepted is in the spool."};
inline constexpr EventType kReloaded = {"server.reloaded", Severity::kNotice,
                                        LogClass::kOperational, "R11",
                                        "A new configuration is in force."};
inline constexpr EventType kReloadRefused = {
    "server.reload_refused", Severity::kAlarm, LogClass::kOperational, "R11",
    "The new configuration has errors; the old one stays in force."};

inline constexpr EventType kPersonWithoutMailbox = {
    "server.person_without_mailbox", Severity::kWarning, LogClass::kOperational,
    "R6",
    "The administrator or the deputy has an address of ours that does not "
    "exist: no alarm can be mailed there."};

inline constexpr EventType kConnected = {"smtp.connected", Severity::kDebug,
                                         LogClass::kPersonal, "R11",
                                         "A client has connected."};
inline constexpr EventType kClosed = {"smtp.closed", Severity::kInfo,
                                      LogClass::kPersonal, "R11",
                                      "A session has ended."};
inline constexpr EventType kTooMany = {
    "smtp.too_many_connections", Severity::kWarning, LogClass::kSecurity, "R12",
    "A connection was refused because too many are open."};
inline constexpr EventType kEarlyTalker = {
    "smtp.early_talker", Severity::kNotice, LogClass::kSecurity, "R11",
    "A client spoke before the greeting and was refused."};
inline constexpr EventType kTimedOut = {
    "smtp.timed_out", Severity::kInfo, LogClass::kSecurity, "R12",
    "A client was too slow, and its session was ended."};
inline constexpr EventType kBadProxyHeader = {
    "smtp.bad_proxy_header", Severity::kWarning, LogClass::kSecurity, "R14",
    "A listed proxy sent no header that can be read."};

inline constexpr EventType kAccepted = {"mail.accepted", Severity::kInfo,
                                        LogClass::kPersonal, "R2",
                                        "A message is in the spool, durably."};
inline constexpr EventType kNotStored = {
    "mail.not_stored", Severity::kAlarm, LogClass::kOperational, "R10",
    "A message, or what became of it, could not be stored; it is tried again."};
inline constexpr EventType kLoop = {
    "mail.loop", Severity::kWarning, LogClass::kOperational, "RFC 5321, 6.3",
    "A message with too many Received fields was refused."};
inline constexpr EventType kScannerFault = {
    "mail.scanner_fault", Severity::kAlarm, LogClass::kOperational, "R27",
    "A scanner could not tell what a message is."};
inline constexpr EventType kContentRefused = {
    "mail.content_refused", Severity::kNotice, LogClass::kPersonal, "R27",
    "A message was refused at the end of its data because of its content."};
inline constexpr EventType kQuarantined = {
    "mail.quarantined", Severity::kAlarm, LogClass::kPersonal, "R27",
    "A message with malware is held; a person decides about it."};
inline constexpr EventType kAborted = {
    "mail.aborted", Severity::kInfo, LogClass::kPersonal, "RFC 5321, 4.1.1.5",
    "A transaction ended without a message."};

inline constexpr EventType kDelivered = {"delivery.delivered", Severity::kInfo,
                                         LogClass::kPersonal, "R2",
                                         "A recipient has the message."};
inline constexpr EventType kDeferred = {
    "delivery.deferred", Severity::kInfo, LogClass::kPersonal,
    "RFC 5321, 4.5.4.1", "A recipient will be tried again."};
inline constexpr EventType kFailed = {"delivery.failed", Severity::kNotice,
                                      LogClass::kPersonal, "R20",
                                      "A recipient cannot be delivered to."};
inline constexpr EventType kHopUnreachable = {
    "delivery.hop_unreachable", Severity::kWarning, LogClass::kOperational,
    "R9", "A next hop cannot be reached; its mail waits."};
inline constexpr EventType kHopReachable = {
    "delivery.hop_reachable", Severity::kNotice, LogClass::kOperational, "R9",
    "A next hop that could not be reached can be reached again."};
inline constexpr EventType kUnreadable = {
    "delivery.unreadable", Severity::kAlarm, LogClass::kOperational, "R4",
    "A message in the spool cannot be read and is held."};

inline constexpr EventType kNotified = {
    "ndn.sent", Severity::kAlarm, LogClass::kPersonal, "R20",
    "A sender is told that a message has failed or is late."};
inline constexpr EventType kConfirmed = {
    "ndn.confirmed", Severity::kInfo, LogClass::kPersonal, "RFC 3461, 4.1",
    "A sender is told of a success, as it had asked for."};
inline constexpr EventType kContradiction = {
    "ndn.contradiction", Severity::kAlarm, LogClass::kPersonal, "R19",
    "A later hop refuses what was checked when the message was accepted; it is "
    "held for a person, and the sender is not told."};
inline constexpr EventType kKeptInside = {
    "ndn.kept_inside", Severity::kAlarm, LogClass::kPersonal, "R3",
    "Local mail would have left the house and was kept."};
inline constexpr EventType kNotifyHeld = {
    "ndn.held", Severity::kAlarm, LogClass::kPersonal, "R20",
    "A failure that may not be reported; the message is held for a person."};
inline constexpr EventType kNotNotified = {
    "ndn.silent", Severity::kNotice, LogClass::kPersonal, "R17",
    "A failure that nobody may or wants to be told of."};
inline constexpr EventType kNotBuilt = {
    "ndn.not_built", Severity::kAlarm, LogClass::kOperational, "R17",
    "A notification could not be written; the message is held."};

inline constexpr EventType kAutomaticSent = {
    "automatic.sent", Severity::kInfo, LogClass::kPersonal, "R22 to R24",
    "The server sends a mail by itself: an absence notice, a receipt, a "
    "forward."};
inline constexpr EventType kAutomaticNotSent = {
    "automatic.not_sent", Severity::kInfo, LogClass::kPersonal, "R22 to R24",
    "A mail that the server would send by itself is not sent."};
inline constexpr EventType kAutomaticFault = {
    "automatic.fault", Severity::kWarning, LogClass::kOperational, "R24",
    "A mail that the server would send by itself could not be made; the "
    "message that it is about is delivered all the same."};
inline constexpr EventType kAutomaticOff = {
    "automatic.off", Severity::kAlarm, LogClass::kOperational, "R24",
    "The database of automatic mail is damaged: nothing is sent by itself "
    "until it is repaired or moved away, and the server started again."};
inline constexpr EventType kBounceRefused = {
    "automatic.bounce_refused", Severity::kNotice, LogClass::kPersonal, "R23",
    "A bounce of what was forwarded may not be passed on."};

inline constexpr EventType kBoundsLost = {
    "ndn.bounds_lost", Severity::kWarning, LogClass::kOperational, "R24",
    "The file of the bounds on notifications cannot be used; they begin anew."};
inline constexpr EventType kBoundsNotSaved = {
    "ndn.bounds_not_saved", Severity::kWarning, LogClass::kOperational, "R24",
    "The bounds on notifications cannot be saved for a restart."};

inline constexpr EventType kDigestSent = {
    "alarm.mailed", Severity::kInfo, LogClass::kOperational, "R20",
    "The administrators are sent what alarms there were."};
// No alarm: it would be about itself.
inline constexpr EventType kDigestNotStored = {
    "alarm.not_mailed", Severity::kWarning, LogClass::kOperational, "R20",
    "The mail about alarms could not be stored; it is tried again."};

}  // namespace mailsec::server::events

#endif  // MAILCORE_SERVER_SERVER_EVENTS_H_
