// queue_id.h: which message of the spool is this?
//
//   absl::StatusOr<QueueId> id = QueueId::Parse("2QK9");
//   id->ToString() == "2QK9";

#ifndef MAILCORE_SPOOL_QUEUE_ID_H_
#define MAILCORE_SPOOL_QUEUE_ID_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "mailcore/base/string_view.h"

namespace mailsec::spool {

// A number that a spool gives out once and never again; it counts, so no clock
// can make it repeat. Thread safety: a value.
class QueueId {
 public:
  constexpr QueueId() = default;  // 0, which no message has.
  explicit constexpr QueueId(uint64_t value) : value_(value) {}

  // Base 36 of the digits 0-9 and A-Z, without leading zeros, at most 13
  // characters. InvalidArgument for anything else, lower case too: one message
  // has one name.
  static absl::StatusOr<QueueId> Parse(base::StringView text);
  std::string ToString() const;

  constexpr uint64_t value() const { return value_; }

  friend bool operator==(const QueueId&, const QueueId&) = default;
  friend auto operator<=>(const QueueId&, const QueueId&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const QueueId& id) {
    return H::combine(std::move(h), id.value_);
  }

 private:
  uint64_t value_ = 0;
};

}  // namespace mailsec::spool

#endif  // MAILCORE_SPOOL_QUEUE_ID_H_
