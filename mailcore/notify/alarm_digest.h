// alarm_digest.h: which alarms do the administrators still have to hear of?
//
// Each notification, each contradiction and everything else that a person must
// act on is an event of severity alarm (R20). A mail for each would be a flood
// when something large breaks, and floods are not read. The first alarm is
// therefore mailed at once, and those after it together, at most once in
// `interval`.
//
// Alarms are kept by kind: event type and cause. Memory is bounded whatever
// happens; alarms that are left out are counted.
//
//   digest.Add(event, clock.Uptime());
//   if (clock.Uptime() >= digest.NextDue()) {
//     Alarms alarms = digest.Take(clock.Uptime());
//     if (!Mail(alarms)) digest.PutBack(std::move(alarms), clock.Uptime());
//   }

#ifndef MAILCORE_NOTIFY_ALARM_DIGEST_H_
#define MAILCORE_NOTIFY_ALARM_DIGEST_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "mailcore/base/event.h"

namespace mailsec::notify {

// Bounds on what is kept. All ours.
inline constexpr size_t kMaxAlarmKinds = 50;
inline constexpr size_t kMaxAlarmsOfKind = 20;  // With their details.
inline constexpr size_t kMaxAlarms = 200;       // With their details, in all.
inline constexpr size_t kMaxAlarmFields = 16;
inline constexpr size_t kMaxAlarmValueOctets = 300;

// Thread safety: a value.
struct Alarm {
  absl::Time time;
  std::vector<std::pair<const char*, std::string>> fields;  // Log-safe.
};

// Thread safety: a value.
struct AlarmKind {
  const base::EventType* type;
  std::string cause;   // notify::CauseName(), or empty.
  uint64_t count = 0;  // All of them.
  absl::Time first;
  absl::Time last;
  std::vector<Alarm> shown;  // The first ones.
};

// Thread safety: a value.
struct Alarms {
  std::vector<AlarmKind> kinds;  // In the order of their first alarm.
  uint64_t of_other_kinds = 0;   // There was no room for their kinds.
  uint64_t count = 0;            // All.
};

// Times are uptimes (Clock::Uptime()), so that a clock which is set neither
// delays nor repeats a mail.
//
// Thread safety: none; the caller locks.
class AlarmDigest {
 public:
  // The time between two mails. Alarms of one cause come within a moment of
  // each other; the first mail waits for kGather, so that it does not hold one
  // alarm while the rest follow an interval later. Both ours.
  static constexpr absl::Duration kInterval = absl::Hours(1);
  static constexpr absl::Duration kGather = absl::Seconds(1);
  // The pause after a mail that could not be stored. Ours.
  static constexpr absl::Duration kRetry = absl::Minutes(1);

  explicit AlarmDigest(absl::Duration interval = kInterval)
      : interval_(interval) {}
  void SetInterval(absl::Duration interval) { interval_ = interval; }

  // Takes the event, whatever its severity is.
  void Add(const base::Event& event, absl::Duration uptime);

  // InfiniteDuration if there is nothing to mail.
  absl::Duration NextDue() const;
  bool empty() const { return waiting_.count == 0; }

  // Returns all alarms, due or not; the next mail comes an interval after this.
  Alarms Take(absl::Duration uptime);
  // Gives alarms back that could not be mailed: they are due again after
  // kRetry, with those that have come since.
  void PutBack(Alarms alarms, absl::Duration uptime);

 private:
  absl::Duration interval_;
  Alarms waiting_;
  size_t shown_ = 0;                                 // In all kinds.
  absl::Duration since_;                             // The first of them came.
  absl::Duration last_ = -absl::InfiniteDuration();  // Take().
  absl::Duration not_before_ = -absl::InfiniteDuration();
};

}  // namespace mailsec::notify

#endif  // MAILCORE_NOTIFY_ALARM_DIGEST_H_
