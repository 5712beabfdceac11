// memory_reply_memory.h: who was answered, until the next restart.

#ifndef MAILCORE_AUTOREPLY_MEMORY_REPLY_MEMORY_H_
#define MAILCORE_AUTOREPLY_MEMORY_REPLY_MEMORY_H_

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "mailcore/autoreply/reply_memory.h"

namespace mailsec::autoreply {

// It is for tests, and for programs of one run. A mail server needs a memory
// that survives: io/sqlite_reply_memory.h. Thread safety: all methods may be
// called concurrently.
class MemoryReplyMemory : public ReplyMemory {
 public:
  explicit MemoryReplyMemory(ReplyMemoryLimits limits = {}) : limits_(limits) {}

  absl::StatusOr<Remembered> Remember(const ReplyKey& key, absl::Time now,
                                      absl::Duration period) override;
  absl::Status Forget(const ReplyKey& key) override;
  absl::Status ForgetOtherAbsences(absl::string_view owner,
                                   absl::string_view occasion) override;
  absl::StatusOr<uint64_t> Count() const override;

 private:
  using Key = std::tuple<std::string, std::string, std::string>;
  struct Answer {
    absl::Time time;
    absl::Time until;
  };
  using Answers = std::map<Key, Answer>;

  void Insert(const Key& key, absl::Time now, absl::Duration period);
  Answers::iterator Erase(Answers::iterator answer);
  // Takes the oldest one away whose period is over; false if there is none.
  bool MakeRoom(absl::Time now);
  bool MakeRoomOf(const std::string& owner, absl::Time now);

  const ReplyMemoryLimits limits_;
  mutable std::mutex mutex_;
  Answers answers_;
  std::map<std::string, uint64_t> of_owner_;
  // When each one's period is over: of all, and of each owner.
  std::set<std::pair<absl::Time, Key>> ends_;
  std::set<std::tuple<std::string, absl::Time, Key>> ends_of_owner_;
};

}  // namespace mailsec::autoreply

#endif  // MAILCORE_AUTOREPLY_MEMORY_REPLY_MEMORY_H_
