#include "mailcore/autoreply/absence_notice.h"

#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "mailcore/autoreply/language_choice.h"
#include "mailcore/autoreply/reply_fields.h"
#include "mailcore/base/utf8.h"
#include "mailcore/message/date_time.h"
#include "mailcore/message/mime_encode.h"

namespace mailsec::autoreply {
namespace {

using message::HeaderScanner;

// Between two languages.
constexpr absl::string_view kRuler = "\r\n----------\r\n\r\n";

std::vector<const AbsenceText*> ChooseTexts(
    const HeaderScanner& original, const std::vector<AbsenceText>& texts) {
  std::vector<std::string> tags;
  for (const AbsenceText& text : texts) tags.push_back(text.language);
  if (const std::optional<size_t> best = ChooseLanguage(original, tags)) {
    return {&texts[*best]};
  }
  std::vector<const AbsenceText*> all;
  for (const AbsenceText& text : texts) all.push_back(&text);
  return all;
}

// With CRLF at each end of line.
std::string Body(const std::vector<const AbsenceText*>& texts) {
  std::vector<std::string> bodies;
  for (const AbsenceText* text : texts) {
    std::string body =
        absl::StrReplaceAll(text->text, {{"\r\n", "\r\n"}, {"\n", "\r\n"}});
    if (!absl::EndsWith(body, "\r\n")) body += "\r\n";
    bodies.push_back(std::move(body));
  }
  return absl::StrJoin(bodies, kRuler);
}

std::string Languages(const std::vector<const AbsenceText*>& texts) {
  return absl::StrJoin(texts, ", ",
                       [](std::string* out, const AbsenceText* text) {
                         absl::StrAppend(out, text->language);
                       });
}

// What the user wrote, or "Auto: " and the original's (RFC 3834, 3.1.5).
std::string Subject(const HeaderScanner& original,
                    const std::vector<const AbsenceText*>& texts) {
  for (const AbsenceText* text : texts) {
    if (text->subject.empty()) continue;
    return message::EncodedField("Subject",
                                 OneLine(text->subject, kMaxSubjectCharacters));
  }
  return SubjectField(original, "Auto");
}

}  // namespace

absl::StatusOr<AutomaticMessage> BuildAbsenceNotice(
    const AbsenceNoticeRequest& request, absl::Time now) {
  const AbsenceSettings& settings = *request.settings;
  const absl::Status valid = ValidateAbsence(settings);
  if (!valid.ok()) return valid;
  const std::vector<AbsenceText>& side =
      settings.TextsFor(request.sender_is_inside);
  if (side.empty()) {
    return absl::InvalidArgumentError("no text for a sender of this side");
  }
  if (request.unique.empty()) {
    return absl::InvalidArgumentError("a notice needs a unique word");
  }
  const std::vector<const AbsenceText*> texts =
      ChooseTexts(*request.original, side);
  const std::string body = Body(texts);
  const message::MimePart part = message::EncodeText(
      absl::StrCat("text/plain; charset=",
                   base::IsAscii(body) ? "us-ascii" : "utf-8"),
      body);
  const bool smtputf8 =
      settings.owner.needs_smtputf8() || request.target.needs_smtputf8();
  return AutomaticMessage{
      .content = absl::StrCat(
          "Date: ", message::FormatDateTime(now), "\r\n",
          FromField(settings.owner, settings.display_name),  //
          "To: <", request.target.ToString(), ">\r\n",
          Subject(*request.original, texts), "Message-ID: ",
          NewMessageId("absence", request.unique, settings.owner), "\r\n",
          ThreadFields(*request.original),
          // RFC 3834, 3.1.7 and 5; MS-OXCMAIL. No Precedence: RFC 3834, 3.1.8
          // does not recommend it, and some filters take it for spam.
          "Auto-Submitted: auto-replied\r\n"
          "X-Auto-Response-Suppress: All\r\n"
          "MIME-Version: 1.0\r\n",
          message::FoldedField("Content-Language", Languages(texts)),
          part.ToString()),
      .needs_smtputf8 = smtputf8,
      .has_8bit = smtputf8};
}

}  // namespace mailsec::autoreply
