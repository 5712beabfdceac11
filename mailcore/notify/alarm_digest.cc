#include "mailcore/notify/alarm_digest.h"

#include <algorithm>

#include "absl/strings/string_view.h"
#include "mailcore/base/log_safe.h"

namespace mailsec::notify {
namespace {

using base::Event;
using base::LogSafe;

Alarm AlarmOf(const Event& event) {
  Alarm alarm = {.time = event.time(), .fields = {}};
  for (const auto& [key, value] : event.fields()) {
    if (alarm.fields.size() == kMaxAlarmFields) break;
    alarm.fields.emplace_back(key, LogSafe(value, kMaxAlarmValueOctets));
  }
  return alarm;
}

size_t ShownOf(const Alarms& alarms) {
  size_t shown = 0;
  for (const AlarmKind& kind : alarms.kinds) shown += kind.shown.size();
  return shown;
}

// The kind of this type and cause, which may be new; null if there is no room.
AlarmKind* FindKind(Alarms& alarms, const base::EventType& type,
                    absl::string_view cause, absl::Time time) {
  for (AlarmKind& kind : alarms.kinds) {
    if (absl::string_view(kind.type->id) == type.id && kind.cause == cause) {
      return &kind;
    }
  }
  if (alarms.kinds.size() == kMaxAlarmKinds) return nullptr;
  alarms.kinds.push_back({.type = &type,
                          .cause = std::string(cause),
                          .count = 0,
                          .first = time,
                          .last = time,
                          .shown = {}});
  return &alarms.kinds.back();
}

}  // namespace

void AlarmDigest::Add(const Event& event, absl::Duration uptime) {
  if (empty()) since_ = uptime;
  ++waiting_.count;
  AlarmKind* kind =
      FindKind(waiting_, event.type(),
               LogSafe(event.Get("cause"), kMaxAlarmValueOctets), event.time());
  if (kind == nullptr) {
    ++waiting_.of_other_kinds;
    return;
  }
  ++kind->count;
  kind->last = event.time();
  if (kind->shown.size() < kMaxAlarmsOfKind && shown_ < kMaxAlarms) {
    kind->shown.push_back(AlarmOf(event));
    ++shown_;
  }
}

absl::Duration AlarmDigest::NextDue() const {
  if (empty()) return absl::InfiniteDuration();
  return std::max({since_ + kGather, last_ + interval_, not_before_});
}

Alarms AlarmDigest::Take(absl::Duration uptime) {
  last_ = uptime;
  not_before_ = -absl::InfiniteDuration();
  shown_ = 0;
  return std::exchange(waiting_, Alarms());
}

void AlarmDigest::PutBack(Alarms alarms, absl::Duration uptime) {
  // Nothing was mailed: the interval does not count, the pause does.
  last_ = -absl::InfiniteDuration();
  not_before_ = uptime + kRetry;
  if (empty()) since_ = uptime;
  const Alarms newer = std::exchange(waiting_, std::move(alarms));
  waiting_.count += newer.count;
  waiting_.of_other_kinds += newer.of_other_kinds;
  shown_ = ShownOf(waiting_);
  for (const AlarmKind& from : newer.kinds) {
    AlarmKind* to = FindKind(waiting_, *from.type, from.cause, from.first);
    if (to == nullptr) {
      waiting_.of_other_kinds += from.count;
      continue;
    }
    to->count += from.count;
    to->last = from.last;
    for (const Alarm& alarm : from.shown) {
      if (to->shown.size() == kMaxAlarmsOfKind || shown_ == kMaxAlarms) break;
      to->shown.push_back(alarm);
      ++shown_;
    }
  }
}

}  // namespace mailsec::notify
