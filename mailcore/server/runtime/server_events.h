// server_events.h: what can happen while the server runs?
//
// The catalogue of the server's events. The ids are stable: logs are searched
// and counted by them.

#ifndef MAILCORE_SERVER_RUNTIME_SERVER_EVENTS_H_
#define MAILCORE_SERVER_RUNTIME_SERVER_EVENTS_H_

#include "mailcore/base/event.h"

namespace mailsec::server::events {

inline constexpr base::EventType kStarted = {
    "server.started", base::Severity::kNotice, base::LogClass::kOperational,
    "R11", "The server accepts connections."};
inline constexpr base::EventType kStopping = {
    "server.stopping", base::Severity::kNotice, base::LogClass::kOperational,
    "R12", "The server takes no new connections and ends those that are open."};
inline constexpr base::EventType kStopped = {
    "server.stopped", base::Severity::kNotice, base::LogClass::kOperational,
    "R12", "The server has stopped; what it accepted is in the spool."};
inline constexpr base::EventType kReloaded = {
    "server.reloaded", base::Severity::kNotice, base::LogClass::kOperational,
    "R11", "A new configuration is in force."};
inline constexpr base::EventType kReloadRefused = {
    "server.reload_refused", base::Severity::kAlarm,
    base::LogClass::kOperational, "R11",
    "The new configuration has errors; the old one stays in force."};

inline constexpr base::EventType kSignal = {
    "operator.signal", base::Severity::kNotice, base::LogClass::kSecurity,
    "R11",
    "A user of this host has told the server to stop or to read its "
    "configuration again."};

inline constexpr base::EventType kOperatorChange = {
    "operator.change", base::Severity::kNotice, base::LogClass::kSecurity,
    "R11",
    "A user of this host has changed something with the command mailsec."};
inline constexpr base::EventType kOperatorRead = {
    "operator.read", base::Severity::kNotice, base::LogClass::kSecurity, "R4",
    "A user of this host has read the content of a message."};
inline constexpr base::EventType kOperatorLook = {
    "operator.look", base::Severity::kInfo, base::LogClass::kSecurity, "R11",
    "A user of this host has asked something with the command mailsec."};

inline constexpr base::EventType kFewFiles = {
    "server.few_files", base::Severity::kWarning, base::LogClass::kOperational,
    "R12",
    "The limit of open files is lower than what the configuration may need; "
    "clients are kept waiting when it is reached."};

inline constexpr base::EventType kClockJumped = {
    "server.clock_jumped", base::Severity::kWarning,
    base::LogClass::kOperational, "R11",
    "The time of day was set, or the machine slept; mail waits as before."};

inline constexpr base::EventType kPersonWithoutMailbox = {
    "server.person_without_mailbox", base::Severity::kWarning,
    base::LogClass::kOperational, "R6",
    "The administrator or the deputy has an address of ours that does not "
    "exist: no alarm can be mailed there."};

inline constexpr base::EventType kTrustedGateway = {
    "server.trusted_gateway", base::Severity::kWarning,
    base::LogClass::kSecurity, "R14",
    "A network with rights holds the default gateway: whoever is forwarded "
    "from there under its address is trusted."};

inline constexpr base::EventType kConnected = {
    "smtp.connected", base::Severity::kDebug, base::LogClass::kPersonal, "R11",
    "A client has connected."};
inline constexpr base::EventType kClosed = {
    "smtp.closed", base::Severity::kInfo, base::LogClass::kPersonal, "R11",
    "A session has ended."};
// Below the usual severity of the log: load balancers do it all day.
inline constexpr base::EventType kSilent = {
    "smtp.silent", base::Severity::kDebug, base::LogClass::kPersonal, "R11",
    "A client has connected and gone without a word."};
inline constexpr base::EventType kCommandRefused = {
    "smtp.command_refused", base::Severity::kInfo, base::LogClass::kSecurity,
    "RFC 5321, 4.2.4",
    "A command was refused for its form, its order or a limit, before any "
    "policy was asked."};
inline constexpr base::EventType kTooMany = {
    "smtp.too_many_connections", base::Severity::kWarning,
    base::LogClass::kSecurity, "R12",
    "A connection was refused because too many are open."};
inline constexpr base::EventType kEarlyTalker = {
    "smtp.early_talker", base::Severity::kNotice, base::LogClass::kSecurity,
    "R11", "A client spoke before it had the greeting or an answer of ours."};
inline constexpr base::EventType kTimedOut = {
    "smtp.timed_out", base::Severity::kInfo, base::LogClass::kSecurity, "R12",
    "A client was too slow, and its session was ended."};
inline constexpr base::EventType kBadProxyHeader = {
    "smtp.bad_proxy_header", base::Severity::kWarning,
    base::LogClass::kSecurity, "R14",
    "A listed proxy sent no header that can be read."};

inline constexpr base::EventType kAccepted = {
    "mail.accepted", base::Severity::kInfo, base::LogClass::kPersonal, "R2",
    "A message is in the spool, durably."};
inline constexpr base::EventType kNotStored = {
    "mail.not_stored", base::Severity::kAlarm, base::LogClass::kOperational,
    "R10",
    "A message, or what became of it, could not be stored; it is tried again."};
inline constexpr base::EventType kLoop = {
    "mail.loop", base::Severity::kWarning, base::LogClass::kOperational,
    "RFC 5321, 6.3",
    "A message that has been here before, as its Received or Delivered-To "
    "fields say: it was refused, or it is not delivered to this recipient "
    "again."};
inline constexpr base::EventType kScannerFault = {
    "mail.scanner_fault", base::Severity::kAlarm, base::LogClass::kOperational,
    "R27", "A scanner could not tell what a message is."};
inline constexpr base::EventType kQuarantined = {
    "mail.quarantined", base::Severity::kAlarm, base::LogClass::kPersonal,
    "R27", "A message with malware is held; a person decides about it."};
inline constexpr base::EventType kAborted = {
    "mail.aborted", base::Severity::kInfo, base::LogClass::kPersonal,
    "RFC 5321, 4.1.1.5", "A transaction ended without a message."};

inline constexpr base::EventType kDelivered = {
    "delivery.delivered", base::Severity::kInfo, base::LogClass::kPersonal,
    "R2", "A recipient has the message."};
inline constexpr base::EventType kDeferred = {
    "delivery.deferred", base::Severity::kInfo, base::LogClass::kPersonal,
    "RFC 5321, 4.5.4.1", "A recipient will be tried again."};
inline constexpr base::EventType kFailed = {
    "delivery.failed", base::Severity::kNotice, base::LogClass::kPersonal,
    "R20", "A recipient cannot be delivered to."};
inline constexpr base::EventType kHopUnreachable = {
    "delivery.hop_unreachable", base::Severity::kWarning,
    base::LogClass::kOperational, "R9",
    "A next hop cannot be reached; its mail waits."};
inline constexpr base::EventType kHopReachable = {
    "delivery.hop_reachable", base::Severity::kNotice,
    base::LogClass::kOperational, "R9",
    "A next hop that could not be reached can be reached again."};
inline constexpr base::EventType kStoreFault = {
    "delivery.store_fault", base::Severity::kAlarm,
    base::LogClass::kOperational, "R20",
    "The mail store cannot be written to; mail for its mailboxes waits."};
inline constexpr base::EventType kStoreWorks = {
    "delivery.store_works", base::Severity::kNotice,
    base::LogClass::kOperational, "R20",
    "A mail store that had a fault takes mail again."};
inline constexpr base::EventType kHostLeft = {
    "delivery.host_left", base::Severity::kNotice, base::LogClass::kOperational,
    "RFC 5321, 5.1",
    "A host of a next hop is of no use now; the next one is asked."};
inline constexpr base::EventType kUnreadable = {
    "delivery.unreadable", base::Severity::kAlarm, base::LogClass::kOperational,
    "R4", "A message in the spool cannot be read and is held."};

inline constexpr base::EventType kNotified = {
    "ndn.sent", base::Severity::kAlarm, base::LogClass::kPersonal, "R20",
    "A sender is told that a message has failed or is late."};
inline constexpr base::EventType kNotificationQueued = {
    "ndn.queued", base::Severity::kInfo, base::LogClass::kPersonal, "R20",
    "A notification is in the spool: its id, and that of the message that is "
    "its cause."};
inline constexpr base::EventType kConfirmed = {
    "ndn.confirmed", base::Severity::kInfo, base::LogClass::kPersonal,
    "RFC 3461, 4.1", "A sender is told of a success, as it had asked for."};
inline constexpr base::EventType kContradiction = {
    "ndn.contradiction", base::Severity::kAlarm, base::LogClass::kPersonal,
    "R19",
    "A later hop refuses what was checked when the message was accepted; it is "
    "held for a person, and the sender is not told."};
inline constexpr base::EventType kKeptInside = {
    "ndn.kept_inside", base::Severity::kAlarm, base::LogClass::kPersonal, "R3",
    "Local mail would have left the house and was kept."};
inline constexpr base::EventType kNotifyHeld = {
    "ndn.held", base::Severity::kAlarm, base::LogClass::kPersonal, "R20",
    "A failure that may not be reported; the message is held for a person."};
inline constexpr base::EventType kNotNotified = {
    "ndn.silent", base::Severity::kNotice, base::LogClass::kPersonal, "R17",
    "A failure that nobody may or wants to be told of."};
inline constexpr base::EventType kNotBuilt = {
    "ndn.not_built", base::Severity::kAlarm, base::LogClass::kOperational,
    "R17", "A notification could not be written; the message is held."};

inline constexpr base::EventType kAutomaticSent = {
    "automatic.sent", base::Severity::kInfo, base::LogClass::kPersonal,
    "R22 to R24",
    "The server sends a mail by itself: an absence notice, a receipt, a "
    "forward."};
inline constexpr base::EventType kAutomaticNotSent = {
    "automatic.not_sent", base::Severity::kInfo, base::LogClass::kPersonal,
    "R22 to R24", "A mail that the server would send by itself is not sent."};
inline constexpr base::EventType kAutomaticFault = {
    "automatic.fault", base::Severity::kWarning, base::LogClass::kOperational,
    "R24",
    "A mail that the server would send by itself could not be made; the "
    "message that it is about is delivered all the same."};
inline constexpr base::EventType kAutomaticOff = {
    "automatic.off", base::Severity::kAlarm, base::LogClass::kOperational,
    "R24",
    "The database of automatic mail is damaged: nothing is sent by itself "
    "until it is repaired or moved away, and the server started again."};
inline constexpr base::EventType kBounceRefused = {
    "automatic.bounce_refused", base::Severity::kNotice,
    base::LogClass::kPersonal, "R23",
    "A bounce of what was forwarded may not be passed on."};

inline constexpr base::EventType kBoundsLost = {
    "ndn.bounds_lost", base::Severity::kWarning, base::LogClass::kOperational,
    "R24",
    "The file of the bounds on notifications cannot be used; they begin anew."};
inline constexpr base::EventType kBoundsNotSaved = {
    "ndn.bounds_not_saved", base::Severity::kWarning,
    base::LogClass::kOperational, "R24",
    "The bounds on notifications cannot be saved for a restart."};

inline constexpr base::EventType kDigestSent = {
    "alarm.mailed", base::Severity::kInfo, base::LogClass::kOperational, "R20",
    "The administrators are sent what alarms there were."};
// No alarm: it would be about itself.
inline constexpr base::EventType kDigestNotStored = {
    "alarm.not_mailed", base::Severity::kWarning, base::LogClass::kOperational,
    "R20", "The mail about alarms could not be stored; it is tried again."};

}  // namespace mailsec::server::events

#endif  // MAILCORE_SERVER_RUNTIME_SERVER_EVENTS_H_
