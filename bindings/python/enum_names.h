// enum_names.h: what is each enumeration called in Python?
//
// Wherever one crosses into Python, its name has to be known, for signatures: an
// enumeration without a line here does not compile.

#ifndef BINDINGS_PYTHON_ENUM_NAMES_H_
#define BINDINGS_PYTHON_ENUM_NAMES_H_

#include <pybind11/pybind11.h>

#include "mailcore/autoreply/reply_memory.h"
#include "mailcore/autoreply/srs.h"
#include "mailcore/dns/resolver.h"
#include "mailcore/message/content_verdict.h"
#include "mailcore/notify/cause.h"
#include "mailcore/notify/delivery_report.h"
#include "mailcore/notify/language.h"
#include "mailcore/notify/ndn_policy.h"
#include "mailcore/notify/report_linter.h"
#include "mailcore/policy/acceptance_policy.h"
#include "mailcore/policy/answer.h"
#include "mailcore/policy/content_decision.h"
#include "mailcore/policy/content_policy.h"
#include "mailcore/policy/decision.h"
#include "mailcore/policy/governor.h"
#include "mailcore/policy/recipient_directory.h"
#include "mailcore/policy/scanner.h"
#include "mailcore/route/destination.h"
#include "mailcore/route/inside.h"
#include "mailcore/smtp/client_session.h"
#include "mailcore/smtp/parameters.h"
#include "mailcore/smtp/protocol.h"
#include "mailcore/spool/envelope.h"
#include "mailcore/spool/spool.h"

namespace mailsec::python {

// A pybind11::detail::descr. Only the enumerations below have one.
template <typename E>
inline constexpr auto kEnumName = nullptr;

template <>
inline constexpr auto kEnumName<smtp::Protocol> =
    pybind11::detail::const_name("mailsec.Protocol");
template <>
inline constexpr auto kEnumName<smtp::LineEndPolicy> =
    pybind11::detail::const_name("mailsec.LineEndPolicy");
template <>
inline constexpr auto kEnumName<smtp::BodyType> =
    pybind11::detail::const_name("mailsec.BodyType");
template <>
inline constexpr auto kEnumName<smtp::DsnReturn> =
    pybind11::detail::const_name("mailsec.DsnReturn");
template <>
inline constexpr auto kEnumName<smtp::About> =
    pybind11::detail::const_name("mailsec.About");
template <>
inline constexpr auto kEnumName<smtp::Stage> =
    pybind11::detail::const_name("mailsec.Stage");
template <>
inline constexpr auto kEnumName<dns::DnssecStatus> =
    pybind11::detail::const_name("mailsec.DnssecStatus");
template <>
inline constexpr auto kEnumName<message::ContentVerdict> =
    pybind11::detail::const_name("mailsec.ContentVerdict");
template <>
inline constexpr auto kEnumName<policy::Answer> =
    pybind11::detail::const_name("mailsec.Answer");
template <>
inline constexpr auto kEnumName<policy::NameKind> =
    pybind11::detail::const_name("mailsec.NameKind");
template <>
inline constexpr auto kEnumName<policy::OwnSender> =
    pybind11::detail::const_name("mailsec.OwnSender");
template <>
inline constexpr auto kEnumName<policy::Verdict> =
    pybind11::detail::const_name("mailsec.Verdict");
template <>
inline constexpr auto kEnumName<policy::ContentOutcome> =
    pybind11::detail::const_name("mailsec.ContentOutcome");
template <>
inline constexpr auto kEnumName<policy::ContentPolicy::OnFault> =
    pybind11::detail::const_name("mailsec.OnFault");
template <>
inline constexpr auto kEnumName<policy::ContentPolicy::OnTooLarge> =
    pybind11::detail::const_name("mailsec.OnTooLarge");
template <>
inline constexpr auto kEnumName<policy::ContentPolicy::OnMalware> =
    pybind11::detail::const_name("mailsec.OnMalware");
template <>
inline constexpr auto kEnumName<policy::ContentPolicy::OnUnscannable> =
    pybind11::detail::const_name("mailsec.OnUnscannable");
template <>
inline constexpr auto kEnumName<policy::AutomaticKind> =
    pybind11::detail::const_name("mailsec.AutomaticKind");
template <>
inline constexpr auto kEnumName<policy::GovernorBound> =
    pybind11::detail::const_name("mailsec.GovernorBound");
template <>
inline constexpr auto kEnumName<policy::ScanResult::Outcome> =
    pybind11::detail::const_name("mailsec.ScanOutcome");
template <>
inline constexpr auto kEnumName<spool::RecipientState> =
    pybind11::detail::const_name("mailsec.RecipientState");
template <>
inline constexpr auto kEnumName<spool::QueueState> =
    pybind11::detail::const_name("mailsec.QueueState");
template <>
inline constexpr auto kEnumName<route::Destination::Kind> =
    pybind11::detail::const_name("mailsec.route.DestinationKind");
template <>
inline constexpr auto kEnumName<route::MailClass> =
    pybind11::detail::const_name("mailsec.route.MailClass");
template <>
inline constexpr auto kEnumName<notify::Action> =
    pybind11::detail::const_name("mailsec.ndn.Action");
template <>
inline constexpr auto kEnumName<notify::Cause> =
    pybind11::detail::const_name("mailsec.ndn.Cause");
template <>
inline constexpr auto kEnumName<notify::Violation::Severity> =
    pybind11::detail::const_name("mailsec.ndn.Severity");
template <>
inline constexpr auto kEnumName<notify::Language> =
    pybind11::detail::const_name("mailsec.ndn.Language");
template <>
inline constexpr auto kEnumName<notify::NdnOutcome> =
    pybind11::detail::const_name("mailsec.ndn.NdnOutcome");
template <>
inline constexpr auto kEnumName<notify::NdnPolicy::Contradictions> =
    pybind11::detail::const_name("mailsec.ndn.Contradictions");
template <>
inline constexpr auto kEnumName<autoreply::Remembered> =
    pybind11::detail::const_name("mailsec.autoreply.Remembered");
template <>
inline constexpr auto kEnumName<autoreply::SrsOutcome> =
    pybind11::detail::const_name("mailsec.srs.SrsOutcome");

}  // namespace mailsec::python

#endif  // BINDINGS_PYTHON_ENUM_NAMES_H_
