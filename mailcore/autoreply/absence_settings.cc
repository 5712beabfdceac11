#include "mailcore/autoreply/absence_settings.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "mailcore/autoreply/absence.pb.h"
#include "mailcore/base/utf8.h"

namespace mailsec::autoreply {
namespace {

using address::Address;

// RFC 5646, 2.1 and 4.4.1: subtags of 1 to 8 letters and digits; 35 octets are
// enough for all.
constexpr size_t kMaxLanguageOctets = 35;
constexpr size_t kMaxSubtagOctets = 8;
// U+2028 and U+2029: some readers end a line there.
constexpr absl::string_view kLineSeparators[] = {"\xE2\x80\xA8",
                                                 "\xE2\x80\xA9"};

absl::Status Wrong(absl::string_view field, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", what));
}

bool IsLanguageTag(absl::string_view tag) {
  if (tag.empty() || tag.size() > kMaxLanguageOctets) return false;
  bool first = true;
  for (absl::string_view subtag : absl::StrSplit(tag, '-')) {
    if (subtag.empty() || subtag.size() > kMaxSubtagOctets) return false;
    for (const char c : subtag) {
      if (first ? !absl::ascii_isalpha(c) : !absl::ascii_isalnum(c)) {
        return false;
      }
    }
    if (first && subtag.size() < 2) return false;  // "i-", "x-".
    first = false;
  }
  return true;
}

// C0, DEL, C1 and the separators of lines and paragraphs; of these `may_break`
// allows a tab, LF, and CR before LF.
absl::Status CheckCharacters(absl::string_view field, absl::string_view text,
                             bool may_break) {
  while (!text.empty()) {
    const base::Utf8Character c = base::NextUtf8(text);
    if (!c.valid) return Wrong(field, "is not UTF-8");
    const bool line_end =
        text[0] == '\n' || text.substr(0, 2) == "\r\n" || text[0] == '\t';
    const bool control = c.code_point < 0x20 ||
                         (c.code_point >= 0x7F && c.code_point < 0xA0) ||
                         text.substr(0, c.octets) == kLineSeparators[0] ||
                         text.substr(0, c.octets) == kLineSeparators[1];
    if (control && !(may_break && line_end)) {
      return Wrong(field, absl::StrFormat("holds the control character U+%04X",
                                          static_cast<uint32_t>(c.code_point)));
    }
    text.remove_prefix(c.octets);
  }
  return absl::OkStatus();
}

absl::Status CheckLine(absl::string_view field, absl::string_view text,
                       size_t max_octets) {
  if (text.size() > max_octets) {
    return Wrong(field, absl::StrCat("has more than ", max_octets, " octets"));
  }
  return CheckCharacters(field, text, /*may_break=*/false);
}

absl::Status CheckText(const std::string& field, const AbsenceText& text) {
  if (!IsLanguageTag(text.language)) {
    return Wrong(field + ".language",
                 "is no language tag, as \"de\" or \"en-GB\" are");
  }
  if (text.text.size() > kMaxAbsenceTextOctets) {
    return Wrong(
        field + ".text",
        absl::StrCat("has more than ", kMaxAbsenceTextOctets, " octets"));
  }
  if (absl::StripAsciiWhitespace(text.text).empty()) {
    return Wrong(field + ".text", "is empty");
  }
  absl::Status status =
      CheckCharacters(field + ".text", text.text, /*may_break=*/true);
  if (!status.ok()) return status;
  return CheckLine(field + ".subject", text.subject, kMaxAbsenceSubjectOctets);
}

absl::Status CheckTexts(absl::string_view side,
                        const std::vector<AbsenceText>& texts) {
  if (texts.size() > kMaxAbsenceTexts) {
    return Wrong(side, absl::StrCat("more than ", kMaxAbsenceTexts, " texts"));
  }
  std::set<std::string> languages;
  for (size_t i = 0; i < texts.size(); ++i) {
    const std::string field = absl::StrCat(side, "[", i, "]");
    absl::Status status = CheckText(field, texts[i]);
    if (!status.ok()) return status;
    if (!languages.insert(absl::AsciiStrToLower(texts[i].language)).second) {
      return Wrong(field + ".language", "stands there twice");
    }
  }
  return absl::OkStatus();
}

// FNV-1a, 64 bits: tells settings apart and guards against nobody.
class Fingerprint {
 public:
  // Each with its length before it, so that no two lists are one text.
  void Add(absl::string_view text) {
    Mix(absl::StrCat(text.size(), ":"));
    Mix(text);
  }
  void Add(const std::vector<AbsenceText>& texts) {
    Mix(absl::StrCat(texts.size(), "*"));
    for (const AbsenceText& text : texts) {
      Add(text.language);
      Add(text.subject);
      Add(text.text);
    }
  }
  uint64_t value() const { return value_; }

 private:
  void Mix(absl::string_view octets) {
    for (const unsigned char c : octets) {
      value_ = (value_ ^ c) * 0x100000001B3u;
    }
  }
  uint64_t value_ = 0xCBF29CE484222325u;
};

std::string TimeWord(const std::optional<absl::Time>& time) {
  return time ? absl::StrCat(absl::ToUnixMicros(*time)) : "-";
}

void SetTexts(const std::vector<AbsenceText>& texts,
              google::protobuf::RepeatedPtrField<AbsenceTextRecord>* records) {
  for (const AbsenceText& text : texts) {
    AbsenceTextRecord* record = records->Add();
    record->set_language(text.language);
    record->set_subject(text.subject);
    record->set_text(text.text);
  }
}

std::vector<AbsenceText> GetTexts(
    const google::protobuf::RepeatedPtrField<AbsenceTextRecord>& records) {
  std::vector<AbsenceText> texts;
  for (const AbsenceTextRecord& record : records) {
    texts.push_back({.language = record.language(),
                     .subject = record.subject(),
                     .text = record.text()});
  }
  return texts;
}

}  // namespace

bool AbsenceSettings::IsActive(absl::Time now) const {
  return (!start || now >= *start) && (!end || now < *end);
}

absl::Duration AbsenceSettings::Period(absl::Time now) const {
  absl::Duration period = absl::InfiniteDuration();
  if (period_days) {
    period = absl::Hours(24) *
             std::clamp(*period_days, kMinPeriodDays, kMaxPeriodDays);
  }
  if (end && now < *end) period = std::min(period, *end - now);
  return period;
}

std::string AbsenceSettings::Id() const {
  Fingerprint print;
  print.Add(owner.CanonicalKey());
  print.Add(display_name);
  print.Add(TimeWord(start));
  print.Add(TimeWord(end));
  print.Add(inside_texts);
  print.Add(outside_texts);
  print.Add(period_days ? absl::StrCat(*period_days) : "-");
  return absl::StrFormat("%d-%016x", absl::ToUnixMicros(set_at), print.value());
}

absl::Status ValidateAbsence(const AbsenceSettings& settings) {
  absl::Status status =
      CheckLine("display_name", settings.display_name, kMaxAbsenceNameOctets);
  if (!status.ok()) return status;
  if (settings.start && settings.end && *settings.start >= *settings.end) {
    return Wrong("end", "is not after the start");
  }
  if (settings.inside_texts.empty() && settings.outside_texts.empty()) {
    return Wrong("inside_texts", "no text for inside, and none for outside");
  }
  status = CheckTexts("inside_texts", settings.inside_texts);
  if (!status.ok()) return status;
  status = CheckTexts("outside_texts", settings.outside_texts);
  if (!status.ok()) return status;
  if (settings.period_days && *settings.period_days < kMinPeriodDays) {
    return Wrong("period_days",
                 "must be 1 or more (RFC 5230, 4.1); leave it out for one "
                 "notice an absence");
  }
  return absl::OkStatus();
}

std::string SerializeAbsence(const AbsenceSettings& settings) {
  AbsenceRecord record;
  record.set_owner(settings.owner.ToString());
  record.set_display_name(settings.display_name);
  if (settings.start) {
    record.set_start_micros(absl::ToUnixMicros(*settings.start));
  }
  if (settings.end) record.set_end_micros(absl::ToUnixMicros(*settings.end));
  SetTexts(settings.inside_texts, record.mutable_inside());
  SetTexts(settings.outside_texts, record.mutable_outside());
  if (settings.period_days) record.set_period_days(*settings.period_days);
  record.set_set_micros(absl::ToUnixMicros(settings.set_at));
  return record.SerializeAsString();
}

absl::StatusOr<AbsenceSettings> ParseAbsence(base::StringView octets) {
  AbsenceRecord record;
  if (!record.ParseFromArray(octets.data(), static_cast<int>(octets.size()))) {
    return absl::DataLossError("settings of an absence: not a record of them");
  }
  absl::StatusOr<Address> owner = Address::Parse(record.owner());
  if (!owner.ok()) {
    return absl::DataLossError("settings of an absence: no owner");
  }
  AbsenceSettings settings = {
      .owner = *std::move(owner),
      .display_name = record.display_name(),
      .inside_texts = GetTexts(record.inside()),
      .outside_texts = GetTexts(record.outside()),
      .set_at = absl::FromUnixMicros(record.set_micros())};
  if (record.has_start_micros()) {
    settings.start = absl::FromUnixMicros(record.start_micros());
  }
  if (record.has_end_micros()) {
    settings.end = absl::FromUnixMicros(record.end_micros());
  }
  if (record.has_period_days()) settings.period_days = record.period_days();
  const absl::Status valid = ValidateAbsence(settings);
  if (!valid.ok()) {
    return absl::DataLossError(
        absl::StrCat("settings of an absence: ", valid.message()));
  }
  return settings;
}

}  // namespace mailsec::autoreply
