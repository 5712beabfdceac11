#include "mailcore/notify/explanation_part.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/substitute.h"
#include "absl/time/time.h"
#include "mailcore/base/log_safe.h"
#include "mailcore/notify/texts.h"
#include "mailcore/notify/wrapped.h"

namespace mailsec::notify {
namespace {

using base::LogSafe;
using message::MimePart;

// Recipients that are shown; machines find the others in the next part. Ours.
constexpr size_t kMaxShownRecipients = 100;

std::string Paragraph(absl::string_view text) {
  return absl::StrCat("\r\n", Wrapped(text, 0));
}

// As the sender wrote it, so that it is known again (RFC 3461, 6.3).
const std::string& ShownAddress(const RecipientStatus& recipient) {
  return recipient.original_recipient.value.empty()
             ? recipient.final_recipient.value
             : recipient.original_recipient.value;
}

std::string Answer(const Texts& texts, const RecipientStatus& recipient) {
  const std::string& code = recipient.diagnostic_code.value;
  if (code.empty()) return "";
  const std::string& server = recipient.remote_mta.value;
  std::string out = Wrapped(
      server.empty() ? std::string(texts.answered_unnamed)
                     : absl::Substitute(texts.answered, LogSafe(server, 255)),
      4);
  for (absl::string_view line : absl::StrSplit(code, '\n')) {
    absl::StrAppend(&out, Wrapped(LogSafe(line, 800), 6));
  }
  return out;
}

std::string AboutRecipient(const Texts& texts, const RecipientStatus& recipient,
                           const Cause* cause) {
  std::string out =
      absl::StrCat("\r\n  <", LogSafe(ShownAddress(recipient), 800), ">\r\n");
  if (cause != nullptr) {
    const Texts::OfCause& words = texts.causes[static_cast<int>(*cause)];
    absl::StrAppend(&out, Wrapped(words.what, 4), Wrapped(words.advice, 4));
  }
  if (recipient.action == Action::kDelayed &&
      recipient.will_retry_until.has_value()) {
    const std::string until = absl::FormatTime(
        "%Y-%m-%d %H:%M UTC", *recipient.will_retry_until, absl::UTCTimeZone());
    absl::StrAppend(&out,
                    Wrapped(absl::Substitute(texts.tried_until, until), 4));
  }
  return out + Answer(texts, recipient);
}

const char* AttachedText(const Texts& texts, Attached attached) {
  switch (attached) {
    case Attached::kNothing:
      return "";
    case Attached::kHeader:
      return texts.header_attached;
    case Attached::kMessage:
      return texts.message_attached;
  }
  return "";
}

std::string InLanguage(const Explanation& explanation, Language language) {
  const Texts& texts = TextsOf(language);
  const std::vector<RecipientStatus>& recipients =
      explanation.report->recipients;
  const Texts::OfAction& action =
      texts.actions[static_cast<int>(recipients.front().action)];
  std::string out =
      Wrapped(absl::Substitute(texts.greeting, explanation.hostname), 0) +
      Paragraph(action.what);
  const size_t shown = std::min(recipients.size(), kMaxShownRecipients);
  for (size_t i = 0; i < shown; ++i) {
    out += AboutRecipient(
        texts, recipients[i],
        i < explanation.causes.size() ? &explanation.causes[i] : nullptr);
  }
  if (shown < recipients.size()) {
    absl::StrAppend(&out, "\r\n  ... (", recipients.size() - shown, ")\r\n");
  }
  if (action.outlook[0] != '\0') out += Paragraph(action.outlook);
  return out + Paragraph(absl::StrCat(
                   AttachedText(texts, explanation.attached), " ",
                   absl::Substitute(texts.help, explanation.contact,
                                    explanation.reference)));
}

}  // namespace

std::string SubjectFor(Action action, Language language) {
  return TextsOf(language).actions[static_cast<int>(action)].subject;
}

MimePart ExplanationPart(const Explanation& explanation) {
  std::vector<std::string> texts;
  std::vector<absl::string_view> tags;
  for (Language language : explanation.languages) {
    texts.push_back(InLanguage(explanation, language));
    tags.push_back(TextsOf(language).tag);
  }
  const std::string between =
      absl::StrCat("\r\n", std::string(kColumns, '-'), "\r\n\r\n");
  const std::string text = absl::StrJoin(texts, between);
  MimePart part = message::EncodeText(message::IsPlain7Bit(text)
                                          ? "text/plain; charset=us-ascii"
                                          : "text/plain; charset=utf-8",
                                      text);
  part.other_fields =
      message::FoldedField("Content-Language", absl::StrJoin(tags, ", "));
  return part;
}

}  // namespace mailsec::notify
