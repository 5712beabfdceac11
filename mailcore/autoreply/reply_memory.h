// reply_memory.h: has this sender had our answer already?
//
// There is one absence notice for each sender and absence (R24; RFC 3834, 2),
// and one receipt for each message. The SQLite form of the memory survives
// restarts (io/sqlite_reply_memory.h), the one in memory does not.
//
//   const ReplyKey key = AbsenceReplyKey(settings, sender);
//   auto remembered = memory.Remember(key, now, settings.Period(now));
//   if (remembered.ok() && *remembered == Remembered::kFirst) Answer();
//   // kAlready, kFull, or a Status: send nothing.

#ifndef MAILCORE_AUTOREPLY_REPLY_MEMORY_H_
#define MAILCORE_AUTOREPLY_REPLY_MEMORY_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mailcore/address/address.h"
#include "mailcore/autoreply/absence_settings.h"

namespace mailsec::autoreply {

// Thread safety: a value.
struct ReplyKey {
  std::string owner = {};     // Address::CanonicalKey() of whose answer it is.
  std::string occasion = {};  // The absence, or "receipt".
  std::string whom = {};      // The sender, or the message.

  friend bool operator==(const ReplyKey&, const ReplyKey&) = default;
};

// In what form a sender is remembered: in lower case, without "+detail" and
// without the tags that some systems put into the local part anew each time
// (BATV's "prvs=tag=name", VERP's "name+x", SRS0's and SRS1's hash and time):
// senders that differ in nothing else are one. Thread safety: pure functions.
std::string NormalisedSender(const address::Address& sender);
ReplyKey AbsenceReplyKey(const AbsenceSettings& settings,
                         const address::Address& sender);
ReplyKey ReceiptReplyKey(const address::Address& owner,
                         absl::string_view message_id);

enum class Remembered {
  kFirst,    // Not answered in this period until now; is remembered.
  kAlready,  // Answered before.
  kFull,     // Not answered, and there is no room to remember it: answer no.
};
absl::string_view RememberedName(Remembered remembered);  // "first"

// Bounds on what senders can make us hold. They are above the number of forged
// senders to whom we could answer within a period. Both ours.
//
// Thread safety: a value.
struct ReplyMemoryLimits {
  uint64_t max_per_owner = 10'000;
  uint64_t max_in_all = 1'000'000;
};

// All methods: Unavailable, ResourceExhausted or PermissionDenied if the
// memory cannot be reached, DataLoss if it is damaged; nothing changed then.
// If the memory cannot tell, send nothing.
//
// Thread safety: implementations must allow concurrent calls; of several that
// ask for one key at once, one gets kFirst.
class ReplyMemory {
 public:
  virtual ~ReplyMemory() = default;

  // Asks and remembers in one step; durable on return, in a form that is.
  // An answer counts for `period`, which is above zero and may be infinite,
  // from `now`. One of a time after `now` (the clock was set back) counts as
  // one of just now, and again for its whole period.
  //
  // Where a limit is reached, those whose period is over make room, the oldest
  // first; if there is none, it is kFull. InvalidArgument for a period that is
  // not above zero, or a key with an empty part or one above kMaxKeyOctets.
  virtual absl::StatusOr<Remembered> Remember(const ReplyKey& key,
                                              absl::Time now,
                                              absl::Duration period) = 0;

  // The answer was not sent after all. Not an error if it is not there.
  virtual absl::Status Forget(const ReplyKey& key) = 0;

  // What was remembered of one owner's other occasions than `occasion` and
  // "receipt": they have set a new absence, or cleared it (then "").
  virtual absl::Status ForgetOtherAbsences(absl::string_view owner,
                                           absl::string_view occasion) = 0;

  // How many are remembered, those whose period is over too.
  virtual absl::StatusOr<uint64_t> Count() const = 0;

  static constexpr size_t kMaxKeyOctets = 1000;  // In each part. Ours.
};

// The occasion of receipts.
inline constexpr absl::string_view kReceiptOccasion = "receipt";

// InvalidArgument as Remember() says: for implementations.
absl::Status CheckRemember(const ReplyKey& key, absl::Duration period);

}  // namespace mailsec::autoreply

#endif  // MAILCORE_AUTOREPLY_REPLY_MEMORY_H_
