// range_table.h: which of many nested networks holds this number?
//
// The networks of one family, cut into disjoint ranges: each range knows the
// innermost network that holds it. A look-up is one binary search over
// contiguous numbers, narrowed by a table over the highest 16 bits where there
// are many. For NetworkSet only.

#ifndef MAILCORE_IP_RANGE_TABLE_H_
#define MAILCORE_IP_RANGE_TABLE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace mailsec::ip::internal {

// Key: an unsigned integer of 32 or 128 bits.
// Thread safety: const methods may run concurrently.
template <typename Key>
class RangeTable {
 public:
  static constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();

  struct Network {
    Key first;
    Key last;
    uint32_t id;
  };

  RangeTable() = default;

  // `networks` are prefixes (nested or disjoint), sorted by `first` and the
  // wider before the narrower.
  explicit RangeTable(const std::vector<Network>& networks) {
    std::vector<Network> open;  // Each is inside the one before it.
    const auto close = [&] {
      const Key last = open.back().last;
      open.pop_back();
      if (last != std::numeric_limits<Key>::max()) {
        Begin(last + 1, open.empty() ? kNone : open.back().id);
      }
    };
    for (const Network& network : networks) {
      while (!open.empty() && open.back().last < network.first) close();
      Begin(network.first, network.id);
      open.push_back(network);
    }
    while (!open.empty()) close();
    if (starts_.size() >= kIndexFrom) BuildIndex();
  }

  // The id of the innermost network that holds `key`, or kNone.
  uint32_t Find(Key key) const {
    auto from = starts_.begin();
    auto to = starts_.end();
    if (!index_.empty()) {
      const size_t slot = Slot(key);
      from += index_[slot];
      to = starts_.begin() + index_[slot + 1];
    }
    const auto after = std::upper_bound(from, to, key);
    // The range that begins before the slot may reach into it.
    if (after == starts_.begin()) return kNone;
    return ids_[static_cast<size_t>(after - starts_.begin()) - 1];
  }

 private:
  // With fewer ranges the index would cost more cache than it saves.
  static constexpr size_t kIndexFrom = 1024;
  static constexpr size_t kSlots = size_t{1} << 16;

  static size_t Slot(Key key) {
    return static_cast<size_t>(key >> (std::numeric_limits<Key>::digits - 16));
  }

  // From `start` on, `id` is the innermost network.
  void Begin(Key start, uint32_t id) {
    if (!starts_.empty() && starts_.back() == start) {
      ids_.back() = id;
      return;
    }
    starts_.push_back(start);
    ids_.push_back(id);
  }

  // index_[s]: how many ranges begin below slot s.
  void BuildIndex() {
    index_.assign(kSlots + 1, 0);
    for (const Key& start : starts_) ++index_[Slot(start) + 1];
    for (size_t s = 1; s <= kSlots; ++s) index_[s] += index_[s - 1];
  }

  std::vector<Key> starts_;  // Ascending.
  std::vector<uint32_t> ids_;
  std::vector<uint32_t> index_;
};

}  // namespace mailsec::ip::internal

#endif  // MAILCORE_IP_RANGE_TABLE_H_
