#include "mailcore/notify/alarm_mail.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/substitute.h"
#include "mailcore/message/date_time.h"
#include "mailcore/message/message_id.h"
#include "mailcore/message/mime_encode.h"
#include "mailcore/notify/alarm_texts.h"
#include "mailcore/notify/cause.h"
#include "mailcore/notify/texts.h"
#include "mailcore/notify/wrapped.h"

namespace mailsec::notify {
namespace {

using address::Address;

constexpr size_t kIndent = 2;   // For an alarm; its fields stand twice as deep.
constexpr size_t kHanging = 4;  // Lines that go on stand deeper yet.

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S", time, absl::UTCTimeZone());
}

absl::string_view CauseText(Language language, Cause cause) {
  switch (language) {
    case Language::kEnglish:
      return CauseSummary(cause);
    case Language::kGerman:
      return TextsOf(language).causes[static_cast<int>(cause)].what;
  }
  return CauseSummary(cause);
}

std::string ValueText(Language language, const Alarm& alarm,
                      absl::string_view key, const std::string& value) {
  if (key == "hop" && value.empty()) return AlarmTextsOf(language).this_server;
  if (key != "otherwise") return value;
  absl::string_view rule;
  for (const auto& [name, text] : alarm.fields) {
    if (absl::string_view(name) == "rule") rule = text;
  }
  return std::string(RuleOtherwise(language, rule, value));
}

std::string AboutAlarm(Language language, const Alarm& alarm) {
  std::string out =
      absl::StrCat("\r\n", Wrapped(TimeText(alarm.time), kIndent));
  for (const auto& [key, value] : alarm.fields) {
    if (absl::string_view(key) == "cause") continue;  // In the heading.
    const std::string text = ValueText(language, alarm, key, value);
    if (text.empty()) continue;
    absl::StrAppend(&out,
                    Wrapped(absl::StrCat(AlarmLabel(language, key), ": ", text),
                            2 * kIndent, kHanging));
  }
  return out;
}

std::string AboutKind(Language language, const AlarmKind& kind) {
  const AlarmTexts& texts = AlarmTextsOf(language);
  std::string out = absl::StrCat(
      "\r\n",
      Wrapped(absl::Substitute(
                  texts.kind,
                  EventSummary(language, kind.type->id, kind.type->summary),
                  kind.type->id, kind.type->requirement, kind.count),
              0));
  if (!kind.cause.empty()) {
    const std::optional<Cause> cause = ParseCause(kind.cause);
    absl::StrAppend(
        &out, Wrapped(absl::Substitute(
                          texts.cause,
                          cause ? CauseText(language, *cause) : kind.cause,
                          kind.cause),
                      0));
  }
  for (const Alarm& alarm : kind.shown) {
    absl::StrAppend(&out, AboutAlarm(language, alarm));
  }
  if (kind.count > kind.shown.size()) {
    absl::StrAppend(
        &out, "\r\n",
        Wrapped(absl::Substitute(texts.more, kind.count - kind.shown.size(),
                                 TimeText(kind.last)),
                kIndent));
  }
  return out;
}

std::string BodyText(const Alarms& alarms, const AlarmMailOptions& options) {
  const AlarmTexts& texts = AlarmTextsOf(options.language);
  std::string out =
      Wrapped(absl::Substitute(texts.intro, options.hostname, alarms.count), 0);
  for (const AlarmKind& kind : alarms.kinds) {
    absl::StrAppend(&out, AboutKind(options.language, kind));
  }
  if (alarms.of_other_kinds > 0) {
    absl::StrAppend(
        &out, "\r\n",
        Wrapped(absl::Substitute(texts.other_kinds, alarms.of_other_kinds), 0));
  }
  absl::StrAppend(
      &out, "\r\n",
      Wrapped(absl::Substitute(texts.outlook,
                               absl::ToInt64Minutes(options.interval)),
              0),
      "\r\n", Wrapped(texts.help, 0));
  return out;
}

}  // namespace

AlarmMail WriteAlarmMail(const Alarms& alarms, const AlarmMailOptions& options,
                         absl::Time now, absl::string_view unique) {
  const AlarmTexts& texts = AlarmTextsOf(options.language);
  const std::string body = BodyText(alarms, options);
  message::MimePart part = message::EncodeText(
      message::IsPlain7Bit(body) ? "text/plain; charset=us-ascii"
                                 : "text/plain; charset=utf-8",
      body);
  part.other_fields = message::FoldedField("Content-Language", texts.tag);
  std::string content = absl::StrCat(
      "Date: ", message::FormatDateTime(now), "\r\nFrom: Mail server <",
      options.from.ToString(), ">\r\nTo: ",
      absl::StrJoin(options.to, ",\r\n ",
                    [](std::string* out, const Address& address) {
                      absl::StrAppend(out, "<", address.ToString(), ">");
                    }),
      "\r\nSubject: ",
      message::EncodeWords(
          absl::Substitute(texts.subject, options.hostname, alarms.count)),
      "\r\nMessage-ID: ",
      message::NewMessageId("alarm", unique, options.hostname),
      // RFC 3834, 5: not an answer to a message.
      "\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n",
      part.ToString());
  return {.content = std::move(content),
          .needs_smtputf8 = std::any_of(
              options.to.begin(), options.to.end(),
              [](const Address& to) { return to.needs_smtputf8(); })};
}

}  // namespace mailsec::notify
