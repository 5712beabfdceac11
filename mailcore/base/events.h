// events.h: which events are there?
//
// The catalogue: one constant for each thing that an operator may have to see,
// count or prove. Ids are "room.what", stable, and never used again for
// something else. Rows are in the order of their ids.
//
//   sink->Record(Event(events::kPolicyRelayRefused, clock.Now())
//                    .With("client", client.ip.ToString()));

#ifndef MAILCORE_BASE_EVENTS_H_
#define MAILCORE_BASE_EVENTS_H_

#include "mailcore/base/event.h"

namespace mailsec::events {

// Thread safety: constants.
inline constexpr EventType kPolicyAccepted = {
    "policy.accepted", Severity::kInfo, LogClass::kPersonal, "R2",
    "A sender or a recipient was accepted."};
inline constexpr EventType kPolicyCannotTell = {
    "policy.cannot_tell", Severity::kWarning, LogClass::kPersonal, "R18",
    "A client was told to try again, as a look-up failed."};
inline constexpr EventType kPolicyMailboxFull = {
    "policy.mailbox_full", Severity::kNotice, LogClass::kPersonal, "R19",
    "A recipient was refused, as the mailbox is over quota."};
inline constexpr EventType kPolicyMalware = {
    "policy.malware", Severity::kNotice, LogClass::kSecurity, "R27",
    "A message was refused, as a scanner found malware in it."};
inline constexpr EventType kPolicyNextHopRefused = {
    "policy.next_hop_refused", Severity::kInfo, LogClass::kSecurity, "R18",
    "A recipient was refused, as the next hop refuses it."};
inline constexpr EventType kPolicyNoRoute = {
    "policy.no_route", Severity::kInfo, LogClass::kPersonal, "R17",
    "A recipient was refused, as no way leads to its domain."};
inline constexpr EventType kPolicyRecipientUnknown = {
    "policy.recipient_unknown", Severity::kInfo, LogClass::kSecurity, "R18",
    "A recipient was refused that does not exist."};
inline constexpr EventType kPolicyRefused = {
    "policy.refused", Severity::kNotice, LogClass::kSecurity, "R11",
    "A rule without an event of its own refused something."};
inline constexpr EventType kPolicyRelayRefused = {
    "policy.relay_refused", Severity::kNotice, LogClass::kSecurity, "R14",
    "A client was refused that may not send to this recipient through us."};
inline constexpr EventType kPolicyScanFailed = {
    "policy.scan_failed", Severity::kWarning, LogClass::kSecurity, "R27",
    "A message was put off, as a scanner could not tell."};
inline constexpr EventType kPolicySpaceShort = {
    "policy.space_short", Severity::kAlarm, LogClass::kOperational, "R10",
    "Mail was put off, as the spool is short of space."};
inline constexpr EventType kPolicySpam = {
    "policy.spam", Severity::kInfo, LogClass::kSecurity, "R27",
    "A message was refused, as it is taken for spam."};
inline constexpr EventType kPolicyTooLarge = {
    "policy.too_large", Severity::kInfo, LogClass::kPersonal, "R19",
    "A message was refused before its content, as it would be too large."};
inline constexpr EventType kPolicyUnscannable = {
    "policy.unscannable", Severity::kNotice, LogClass::kSecurity, "R27",
    "A message was not taken, as a scanner could not look at all of it."};

}  // namespace mailsec::events

#endif  // MAILCORE_BASE_EVENTS_H_
