// event.h: what happened?
//
// Everything that an operator may have to see, count or prove is an Event: it
// has a type with a stable id, a severity, a log class (so that personal data
// can be kept apart and for a shorter time, R11) and the requirement that it
// serves. The catalogues are the *_events.h of the rooms that cause them.
//
//   sink->Record(Event(kRecipientRefused, clock.Now())
//                    .With("client", ip.ToString())
//                    .With("recipient", "<alice@example.org>"));
//
// Values may come from a peer as they are: the code that writes an event down
// (FormatEvent below) makes them safe.

#ifndef MAILCORE_BASE_EVENT_H_
#define MAILCORE_BASE_EVENT_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mailcore/base/string_view.h"

namespace mailsec::base {

enum class Severity {
  kDebug,    // For developers.
  kInfo,     // Normal operation.
  kNotice,   // Normal, but worth a look in a digest.
  kWarning,  // Something works less well than it should.
  kAlarm,    // A person must act.
};

enum class LogClass {
  kSecurity,     // Attacks, refusals, access; kept longest (R11).
  kOperational,  // The server's own doings, without personal data.
  kPersonal,     // Who wrote to whom; kept shortest.
};

// One row of the catalogue. Instances are constants with static lifetime.
struct EventType {
  const char* id;  // Stable, "room.what": never reused for something else.
  Severity severity;
  LogClass log_class;
  const char* requirement;  // "R10", or an RFC section.
  const char* summary;      // One sentence for the operator.
};

// Thread safety: a value; none while it is being changed.
class Event {
 public:
  using Field = std::pair<const char*, std::string>;

  // `type` and the keys given to With() must have static lifetime.
  Event(const EventType& type, absl::Time time) : type_(&type), time_(time) {}

  Event&& With(const char* key, StringView value) && {
    fields_.emplace_back(key, std::string(value));
    return std::move(*this);
  }
  Event&& With(const char* key, int64_t value) && {
    fields_.emplace_back(key, std::to_string(value));
    return std::move(*this);
  }

  const EventType& type() const { return *type_; }
  absl::Time time() const { return time_; }
  const std::vector<Field>& fields() const { return fields_; }

  // The value of `key`, or empty if the event has none.
  absl::string_view Get(StringView key) const;

 private:
  const EventType* type_;
  absl::Time time_;
  std::vector<Field> fields_;
};

// Thread safety: implementations must allow concurrent calls.
class EventSink {
 public:
  virtual ~EventSink() = default;

  // Must not block and must not fail: a mail server that cannot log still
  // delivers. Copies what it keeps.
  virtual void Record(const Event& event) = 0;
};

// Names as they stand in the log: "info", "security" …
absl::string_view SeverityName(Severity severity);
absl::string_view LogClassName(LogClass log_class);

// One line without its end, in logfmt: time (RFC 3339, UTC), severity, class,
// id, requirement, then the fields, each value passed through LogSafe() and
// quoted where it is empty or holds a space, '"' or '='. No value can end the
// line or forge a field.
//
//   2026-11-25T10:00:00.000Z notice security smtp.relay_refused req=R14
//   client=198.51.100.7
std::string FormatEvent(const Event& event);

}  // namespace mailsec::base

#endif  // MAILCORE_BASE_EVENT_H_
