// slots.h: may one more connection to a next hop be opened now?
//
// Connections to next hops that have greeted us share one pool. Those to new
// ones and to such that failed share another one, and so do all that have
// waited for their peer for more than two seconds: destinations that hang never
// take the place of mail that moves. If the second pool is full, those that
// have waited longest are given up for who comes next.
//
//   if (slots.HasRoom(kind)) {
//     slots.Take(&hop, kind);
//     Work();
//     slots.Free(&hop);
//   } else if (slots.MakeRoom(kind, uptime)) {
//     Hold();  // Soon there is room: ask again.
//   }

#ifndef MAILCORE_SERVER_DELIVER_SLOTS_H_
#define MAILCORE_SERVER_DELIVER_SLOTS_H_

#include <cstddef>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"

namespace mailsec::server {

// Thread safety: none; belongs to one thread.
class Slots {
 public:
  struct Options {
    size_t max_proven = 100;
    // Ours: a thousand destinations that hang are gone through in two seconds.
    size_t max_unproven = 500;
  };
  enum class Kind {
    kProven,   // The next hop has greeted us, and has not failed since.
    kNew,      // Nothing is known of it.
    kSuspect,  // It failed the last time. All of these together get half of
               // the places for the unproven.
  };

  // A connection, as far as this has to know it.
  class Holder {
   public:
    virtual ~Holder() = default;
    // The uptime since which it waits for its peer; infinite: it does not.
    virtual absl::Duration waits_since() const = 0;
    // Whether it has carried a message to its end.
    virtual bool has_carried() const = 0;
    // Others want its place: it is to end as if its time was over.
    virtual void GiveUp() = 0;
  };

  explicit Slots(Options options) : options_(options) {}
  Slots(const Slots&) = delete;
  Slots& operator=(const Slots&) = delete;

  bool HasRoom(Kind kind) const;
  // If there is room. The holder is not owned; it must be given to Free()
  // before it ends.
  void Take(Holder* holder, Kind kind);
  void Free(Holder* holder);

  // Its next hop has greeted.
  void BecomeProven(Holder* holder);

  // To be called about once a second: who has waited for long goes into the
  // second pool, and who goes on returns into the first if there is room.
  void CheckTime(absl::Duration uptime);
  bool is_slow(const Holder* holder) const;

  // One of this kind, which is not kProven, finds no room: gives up the one in
  // the second pool that has waited longest, if for a second at least. Those
  // that have carried nothing go first, and for a suspect only other suspects.
  // False: there was none.
  bool MakeRoom(Kind kind, absl::Duration uptime);

  void SetOptions(Options options) { options_ = options; }
  size_t proven() const { return proven_; }
  size_t unproven() const { return unproven_; }

 private:
  struct Entry {
    Kind kind;
    bool in_first_pool;
    bool slow = false;
    bool given_up = false;
  };

  void Move(Entry& entry, bool to_first_pool);
  void Count(const Entry& entry, int by);

  Options options_;
  absl::flat_hash_map<Holder*, Entry> entries_;
  size_t proven_ = 0;    // In the first pool.
  size_t unproven_ = 0;  // In the second.
  size_t suspects_ = 0;  // Of these.
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_DELIVER_SLOTS_H_
