#include "examples/reference_server/absence_command.h"

#include <iostream>
#include <iterator>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "mailcore/base/log_safe.h"
#include "mailcore/io/read_file.h"

namespace {

using mailsec::base::LogSafe;
namespace control = mailsec::control;

constexpr size_t kMaxTextOctets = 1 << 20;

absl::StatusOr<std::string> ReadText(const std::string& file) {
  if (file != "-") return mailsec::io::ReadFile(file, kMaxTextOctets);
  return std::string(std::istreambuf_iterator<char>(std::cin), {});
}

absl::Status AddTexts(
    const std::vector<std::string>& from, const std::string& subject,
    google::protobuf::RepeatedPtrField<control::AbsenceText>* to) {
  for (const std::string& text : from) {
    const std::vector<std::string> parts =
        absl::StrSplit(text, absl::MaxSplits(':', 1));
    if (parts.size() != 2) {
      return absl::InvalidArgumentError(absl::StrCat(
          "\"", text, "\": say LANGUAGE:FILE, as in de:absence.txt"));
    }
    absl::StatusOr<std::string> content = ReadText(parts[1]);
    if (!content.ok()) return content.status();
    control::AbsenceText* out = to->Add();
    out->set_language(parts[0]);
    out->set_subject(subject);
    out->set_text(*std::move(content));
  }
  return absl::OkStatus();
}

// As RFC 3339; a day alone is its first moment, or if `is_end` its last.
absl::StatusOr<std::string> ToRfc3339(const std::string& flag,
                                      const std::string& text, bool is_end) {
  if (text.empty()) return text;
  absl::Time time;
  std::string error;
  absl::CivilDay day;
  if (absl::ParseCivilTime(text, &day)) {
    time = absl::FromCivil(is_end ? day + 1 : day, absl::LocalTimeZone());
  } else if (!absl::ParseTime(absl::RFC3339_full, text, &time, &error)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--", flag, " ", text,
        ": say a day, 2026-12-24, or a time, 2026-12-24T12:00:00+01:00"));
  }
  return absl::FormatTime(absl::RFC3339_sec, time, absl::LocalTimeZone());
}

absl::Status BuildSet(const AbsenceCommand& command,
                      control::Absence* absence) {
  absence->set_display_name(command.name);
  absence->set_period_days(command.days);
  absl::StatusOr<std::string> start = ToRfc3339("start", command.start, false);
  if (!start.ok()) return start.status();
  absence->set_start(*std::move(start));
  absl::StatusOr<std::string> end = ToRfc3339("end", command.end, true);
  if (!end.ok()) return end.status();
  absence->set_end(*std::move(end));
  absl::Status status = AddTexts(
      command.inside_texts.empty() ? command.texts : command.inside_texts,
      command.subject, absence->mutable_inside());
  if (!status.ok()) return status;
  if (command.inside_texts.empty() && command.outside_texts.empty()) {
    // Read once: it may be the standard input.
    *absence->mutable_outside() = absence->inside();
  } else {
    status = AddTexts(
        command.outside_texts.empty() ? command.texts : command.outside_texts,
        command.subject, absence->mutable_outside());
  }
  if (!status.ok()) return status;
  if (absence->inside_size() + absence->outside_size() == 0) {
    return absl::InvalidArgumentError(
        "absence set needs --text LANGUAGE:FILE, or --inside_text and "
        "--outside_text");
  }
  return absl::OkStatus();
}

void PrintTexts(
    const char* whom,
    const google::protobuf::RepeatedPtrField<control::AbsenceText>& texts,
    std::ostream& out) {
  if (texts.empty()) out << "  to senders " << whom << ": no answer\n";
  for (const control::AbsenceText& text : texts) {
    out << "  to senders " << whom << " (" << LogSafe(text.language()) << ")";
    if (!text.subject().empty()) out << ": " << LogSafe(text.subject());
    out << "\n";
    for (const absl::string_view line : absl::StrSplit(text.text(), '\n')) {
      if (!line.empty()) out << "    " << LogSafe(line, 1000) << "\n";
    }
  }
}

}  // namespace

absl::Status BuildAbsenceRequest(const AbsenceCommand& command,
                                 control::Request* request) {
  const std::string action = command.words.empty() ? "" : command.words[0];
  const std::string owner = command.words.size() > 1 ? command.words[1] : "";
  const bool too_many = command.words.size() > 2;
  if (action == "show" && !too_many) {
    request->mutable_absence_show()->set_owner(owner);
    return absl::OkStatus();
  }
  if (action == "clear" && !owner.empty() && !too_many) {
    request->mutable_absence_clear()->set_owner(owner);
    return absl::OkStatus();
  }
  if (action == "set" && !owner.empty() && !too_many) {
    control::Absence* absence =
        request->mutable_absence_set()->mutable_absence();
    absence->set_owner(owner);
    return BuildSet(command, absence);
  }
  return absl::InvalidArgumentError(
      "absence: say set ADDRESS, show [ADDRESS] or clear ADDRESS");
}

void PrintAbsence(const control::Absence& absence, std::ostream& out) {
  out << LogSafe(absence.owner()) << ": "
      << (absence.is_active() ? "absent now" : "not absent now") << ", "
      << (absence.start().empty() ? "" : "from " + absence.start() + " ")
      << (absence.end().empty() ? "until it is cleared"
                                : "until " + absence.end())
      << "\n";
  if (!absence.display_name().empty()) {
    out << "  as " << LogSafe(absence.display_name()) << "\n";
  }
  PrintTexts("of our own", absence.inside(), out);
  PrintTexts("from outside", absence.outside(), out);
  out << "  to each sender "
      << (absence.period_days() == 0
              ? std::string("once")
              : absl::StrCat("once in ", absence.period_days(), " days"))
      << "\n";
}
