// lint_checks.h: which part of the linter looks at what?
//
// Each check adds what it finds. They look at different things, so that one
// fault is found once.
//
//   CheckMessageHeader(subject, &findings);
//   CheckStatus(subject, &findings);
//
// Thread safety: all are pure functions but for `findings`.

#ifndef MAILCORE_NOTIFY_LINT_CHECKS_H_
#define MAILCORE_NOTIFY_LINT_CHECKS_H_

#include "absl/strings/string_view.h"
#include "mailcore/message/mime_reader.h"
#include "mailcore/notify/lint_rules.h"
#include "mailcore/notify/report_parts.h"

namespace mailsec::notify {

// What is looked at; the references must outlive the call.
// Thread safety: a value.
struct LintSubject {
  absl::string_view content;
  const message::MimeReader& message;
  const ReportParts& parts;
};

// The fields of the message: RFC 5322, 5321, 3834, 3464 (To).
void CheckMessageHeader(const LintSubject& subject, Findings* findings);
// Line ends, lengths of lines, NUL: RFC 5322, 2.
void CheckLines(const LintSubject& subject, Findings* findings);
// Types, boundaries, encodings and charsets: RFC 2045 to 2047.
void CheckMime(const LintSubject& subject, Findings* findings);
// Which parts there are, in which order: RFC 6522, 3464, 6533.
void CheckStructure(const LintSubject& subject, Findings* findings);
// The fields of the delivery status: RFC 3464, 6533.
void CheckStatus(const LintSubject& subject, Findings* findings);

}  // namespace mailsec::notify

#endif  // MAILCORE_NOTIFY_LINT_CHECKS_H_
