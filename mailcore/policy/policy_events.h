// policy_events.h: which events are there when a policy decides?
//
// The catalogue: one constant for each thing that an operator may have to see,
// count or prove. Ids are "room.what", stable, and never used again for
// something else. Rows are in the order of their ids.
//
//   sink->Record(base::Event(events::kPolicyRelayRefused, clock.Now())
//                    .With("client", client.ip.ToString()));

#ifndef MAILCORE_POLICY_POLICY_EVENTS_H_
#define MAILCORE_POLICY_POLICY_EVENTS_H_

#include "mailcore/base/event.h"

namespace mailsec::policy::events {

// Thread safety: constants.
inline constexpr base::EventType kPolicyCannotTell = {
    "policy.cannot_tell", base::Severity::kWarning, base::LogClass::kPersonal,
    "R18", "A client was told to try again, as a look-up failed."};
inline constexpr base::EventType kPolicyMailboxFull = {
    "policy.mailbox_full", base::Severity::kNotice, base::LogClass::kPersonal,
    "R19", "A recipient was refused, as the mailbox is over quota."};
inline constexpr base::EventType kPolicyMalware = {
    "policy.malware", base::Severity::kNotice, base::LogClass::kSecurity, "R27",
    "A message was refused, as a scanner found malware in it."};
inline constexpr base::EventType kPolicyNextHopRefused = {
    "policy.next_hop_refused", base::Severity::kInfo, base::LogClass::kSecurity,
    "R18", "A recipient was refused, as the next hop refuses it."};
inline constexpr base::EventType kPolicyNoRoute = {
    "policy.no_route", base::Severity::kInfo, base::LogClass::kPersonal, "R17",
    "A recipient was refused, as no way leads to its domain."};
inline constexpr base::EventType kPolicyOwnSender = {
    "policy.own_sender", base::Severity::kNotice, base::LogClass::kSecurity,
    "R11",
    "A stranger was refused that used a domain of ours as envelope sender."};
inline constexpr base::EventType kPolicyRecipientUnknown = {
    "policy.recipient_unknown", base::Severity::kInfo,
    base::LogClass::kSecurity, "R18",
    "A recipient was refused that does not exist."};
inline constexpr base::EventType kPolicyRefused = {
    "policy.refused", base::Severity::kNotice, base::LogClass::kSecurity, "R11",
    "A rule without an event of its own refused something."};
inline constexpr base::EventType kPolicyRelayRefused = {
    "policy.relay_refused", base::Severity::kNotice, base::LogClass::kSecurity,
    "R14",
    "A client was refused that may not send to this recipient through us."};
inline constexpr base::EventType kPolicyScanFailed = {
    "policy.scan_failed", base::Severity::kWarning, base::LogClass::kSecurity,
    "R27", "A message was put off, as a scanner could not tell."};
inline constexpr base::EventType kPolicySpaceShort = {
    "policy.space_short", base::Severity::kAlarm, base::LogClass::kOperational,
    "R10", "Mail was put off, as the spool is short of space."};
inline constexpr base::EventType kPolicySpam = {
    "policy.spam", base::Severity::kInfo, base::LogClass::kSecurity, "R27",
    "A message was refused, as it is taken for spam."};
inline constexpr base::EventType kPolicyTooLarge = {
    "policy.too_large", base::Severity::kInfo, base::LogClass::kPersonal, "R19",
    "A message was refused before its content, as it would be too large."};
inline constexpr base::EventType kPolicyUnscannable = {
    "policy.unscannable", base::Severity::kNotice, base::LogClass::kSecurity,
    "R27",
    "A message was refused or put off, as a scanner could not look at all of "
    "it."};

}  // namespace mailsec::policy::events

#endif  // MAILCORE_POLICY_POLICY_EVENTS_H_
