// absence_settings.h: what has this user set for the time of an absence?
//
// The settings say from when until when the user is absent, and which texts in
// which languages senders get. There are texts for senders inside and outside;
// a side without a text gets no answer.
//
//   AbsenceSettings absence = {
//       .owner = anna,
//       .end = monday,
//       .inside_texts = {{.language = "de", .text = "Ich bin im Urlaub."}},
//       .set_at = clock.Now()};
//   absl::Status valid = ValidateAbsence(absence);
//   if (valid.ok()) valid = store.Set(absence);

#ifndef MAILCORE_AUTOREPLY_ABSENCE_SETTINGS_H_
#define MAILCORE_AUTOREPLY_ABSENCE_SETTINGS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mailcore/address/address.h"
#include "mailcore/base/string_view.h"

namespace mailsec::autoreply {

// Bounds on what a user can set. All ours.
inline constexpr size_t kMaxAbsenceTexts = 20;  // On each side.
inline constexpr size_t kMaxAbsenceTextOctets = 16 * 1024;
inline constexpr size_t kMaxAbsenceSubjectOctets = 400;
inline constexpr size_t kMaxAbsenceNameOctets = 200;

// RFC 5230, 4.1: between two notices to one sender at least a day, and a site
// may have a maximum of 7 days or more.
inline constexpr uint32_t kMinPeriodDays = 1;
inline constexpr uint32_t kMaxPeriodDays = 30;

// Thread safety: a value.
struct AbsenceText {
  std::string language = {};  // RFC 5646: "de", "en-GB".
  std::string subject = {};   // Empty: "Auto: " and the subject that came.
  std::string text = {};      // UTF-8; lines end in LF or CRLF.

  friend bool operator==(const AbsenceText&, const AbsenceText&) = default;
};

// Thread safety: a value.
struct AbsenceSettings {
  address::Address owner;         // Whose mailbox, and what From will say.
  std::string display_name = {};  // In From; none unless the user wrote one.
  // Active from `start` to before `end`; without them from now on, and until
  // it is cleared.
  std::optional<absl::Time> start = std::nullopt;
  std::optional<absl::Time> end = std::nullopt;
  // In the order in which a notice shows them. A side without any gets no
  // answer.
  std::vector<AbsenceText> inside_texts = {};
  std::vector<AbsenceText> outside_texts = {};
  // Days until the same sender gets another notice. None: one an absence
  // (R24).
  std::optional<uint32_t> period_days = std::nullopt;
  // When this was set: a new time is a new absence, which answers everyone
  // anew.
  absl::Time set_at = absl::UnixEpoch();

  bool IsActive(absl::Time now) const;
  const std::vector<AbsenceText>& TextsFor(bool inside) const {
    return inside ? inside_texts : outside_texts;
  }
  // How long a notice sent at `now` counts, for ReplyMemory: `period_days`, at
  // most kMaxPeriodDays (RFC 5230, 4.1), or for ever without them; but not
  // beyond the end of the absence, after which no other is sent. Above zero.
  absl::Duration Period(absl::Time now) const;
  // Names this absence: changes whenever anything above does. Letters, digits
  // and '-', at most 40.
  std::string Id() const;

  friend bool operator==(const AbsenceSettings&,
                         const AbsenceSettings&) = default;
};

// InvalidArgument names the field and says what is wrong: no text at all, an
// empty one, a language that is no tag or stands there twice, octets that are
// not UTF-8, a control character, something too long, an end before the start,
// a period of zero days. Thread safety: a pure function.
absl::Status ValidateAbsence(const AbsenceSettings& settings);

// For a store. ParseAbsence() is DataLoss if the octets are not what
// SerializeAbsence() made of valid settings. Times are kept in microseconds.
// Thread safety: pure functions.
std::string SerializeAbsence(const AbsenceSettings& settings);
absl::StatusOr<AbsenceSettings> ParseAbsence(base::StringView octets);

}  // namespace mailsec::autoreply

#endif  // MAILCORE_AUTOREPLY_ABSENCE_SETTINGS_H_
