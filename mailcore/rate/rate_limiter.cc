#include "mailcore/rate/rate_limiter.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "openssl/siphash.h"

namespace mailsec::rate {
namespace {

constexpr size_t kFirstPlaces = 16;
// Places that each insertion looks at for buckets that are full again; more if
// there is no room. Constant, so that no call takes long.
constexpr size_t kSweptPlaces = 4;
constexpr size_t kSweptPlacesIfFull = 64;

// Leaves room to add burst * interval, and is far from 0.
constexpr int64_t kLastTime = int64_t{1} << 58;  // The year 11104.

int64_t Microseconds(absl::Time time) {
  return std::clamp<int64_t>(absl::ToUnixMicros(time), 1, kLastTime);
}

uint64_t SipHash(const std::array<uint64_t, 2>& seed, absl::string_view text) {
  return SIPHASH_24(seed.data(), reinterpret_cast<const uint8_t*>(text.data()),
                    text.size());
}

// What Save() writes: the magic, the seed, the buckets, and the SipHash of all
// that with no seed. Numbers are of 64 bits, the lowest octet first.
constexpr absl::string_view kMagic = "MSRATE1\n";
constexpr size_t kFrameOctets = 8 + 2 * 8 + 8;
constexpr size_t kBucketOctets = 16;

void AppendNumber(uint64_t number, std::string& out) {
  for (int shift = 0; shift < 64; shift += 8) {
    out += static_cast<char>(number >> shift & 0xFF);
  }
}

uint64_t TakeNumber(absl::string_view& octets) {
  uint64_t number = 0;
  for (int i = 7; i >= 0; --i) {
    number = number << 8 | static_cast<unsigned char>(octets[i]);
  }
  octets.remove_prefix(8);
  return number;
}

uint64_t Checksum(absl::string_view octets) { return SipHash({}, octets); }

}  // namespace

RateLimiter::RateLimiter(Options options)
    : burst_(std::clamp<uint32_t>(options.burst, 1, 1000000)),
      interval_(
          std::clamp<int64_t>(absl::ToInt64Microseconds(options.interval), 1,
                              absl::ToInt64Microseconds(absl::Hours(30 * 24)))),
      max_keys_(std::clamp<size_t>(options.max_keys, 1, size_t{1} << 32)),
      seed_(options.seed),
      buckets_(kFirstPlaces) {}

RateLimiter::Answer RateLimiter::Take(base::StringView key, absl::Time now) {
  const int64_t time = Microseconds(now);
  const std::lock_guard lock(mutex_);
  const uint64_t hash = Hash(key);
  if (Bucket* bucket = Find(hash, time)) {
    const int64_t used = std::max<int64_t>(bucket->full_at - time, 0);
    const Answer answer = AnswerFor(used + interval_);
    if (answer.allowed) bucket->full_at = time + used + interval_;
    return answer;
  }
  if (!MakeRoom(time)) return {.retry_after = absl::Microseconds(interval_)};
  Insert(hash, time + interval_);
  return AnswerFor(interval_);
}

RateLimiter::Answer RateLimiter::Peek(base::StringView key,
                                      absl::Time now) const {
  const int64_t time = Microseconds(now);
  const std::lock_guard lock(mutex_);
  const Bucket* bucket = Find(Hash(key), time);
  const int64_t used =
      bucket == nullptr ? 0 : std::max<int64_t>(bucket->full_at - time, 0);
  return AnswerFor(used + interval_);
}

void RateLimiter::Return(base::StringView key, absl::Time now) {
  const int64_t time = Microseconds(now);
  const std::lock_guard lock(mutex_);
  Bucket* bucket = Find(Hash(key), time);
  if (bucket == nullptr) return;
  bucket->full_at -= interval_;
  if (bucket->full_at <= time) Erase(bucket - buckets_.data());
}

size_t RateLimiter::keys() const {
  const std::lock_guard lock(mutex_);
  return keys_;
}

size_t RateLimiter::memory_octets() const {
  const std::lock_guard lock(mutex_);
  return buckets_.size() * sizeof(Bucket);
}

std::string RateLimiter::Save(absl::Time now) const {
  const int64_t time = Microseconds(now);
  const std::lock_guard lock(mutex_);
  std::string out(kMagic);
  out.reserve(kFrameOctets + keys_ * kBucketOctets);
  for (uint64_t part : seed_) AppendNumber(part, out);
  for (const Bucket& bucket : buckets_) {
    if (bucket.hash == 0 || bucket.full_at <= time) continue;
    AppendNumber(bucket.hash, out);
    AppendNumber(static_cast<uint64_t>(bucket.full_at), out);
  }
  AppendNumber(Checksum(out), out);
  return out;
}

absl::Status RateLimiter::Check(base::StringView octets) {
  const absl::Status damaged =
      absl::DataLossError("not what RateLimiter::Save() wrote");
  if (octets.size() < kFrameOctets ||
      (octets.size() - kFrameOctets) % kBucketOctets != 0 ||
      octets.substr(0, kMagic.size()) != kMagic) {
    return damaged;
  }
  absl::string_view checksum = octets.substr(octets.size() - 8);
  octets.remove_suffix(8);
  if (TakeNumber(checksum) != Checksum(octets)) return damaged;
  return absl::OkStatus();
}

absl::Status RateLimiter::Load(base::StringView octets) {
  const absl::Status checked = Check(octets);
  if (!checked.ok()) return checked;
  octets.remove_suffix(8);
  octets.remove_prefix(kMagic.size());

  const std::lock_guard lock(mutex_);
  for (uint64_t& part : seed_) part = TakeNumber(octets);
  buckets_.assign(kFirstPlaces, {});
  keys_ = 0;
  while (!octets.empty() && keys_ < max_keys_) {
    const uint64_t hash = TakeNumber(octets);
    const int64_t full_at = std::clamp<int64_t>(
        static_cast<int64_t>(TakeNumber(octets)), 1, 2 * kLastTime);
    if (hash != 0 && buckets_[Place(hash)].hash == 0) Insert(hash, full_at);
  }
  return absl::OkStatus();
}

uint64_t RateLimiter::Hash(absl::string_view key) const {
  const uint64_t hash = SipHash(seed_, key);
  return hash == 0 ? 1 : hash;
}

size_t RateLimiter::Place(uint64_t hash) const {
  const size_t mask = buckets_.size() - 1;
  size_t place = hash & mask;
  while (buckets_[place].hash != hash && buckets_[place].hash != 0) {
    place = (place + 1) & mask;
  }
  return place;
}

RateLimiter::Bucket* RateLimiter::Find(uint64_t hash, int64_t now) const {
  Bucket& bucket = buckets_[Place(hash)];
  if (bucket.hash == 0) return nullptr;
  bucket.full_at = std::min(bucket.full_at, now + burst_ * interval_);
  return &bucket;
}

// For a bucket of which `used` will have been used.
RateLimiter::Answer RateLimiter::AnswerFor(int64_t used) const {
  const int64_t unused = burst_ * interval_ - used;
  if (unused < 0) return {.retry_after = absl::Microseconds(-unused)};
  return {.allowed = true, .left = static_cast<uint32_t>(unused / interval_)};
}

bool RateLimiter::MakeRoom(int64_t now) {
  Sweep(keys_ < max_keys_ ? kSweptPlaces : kSweptPlacesIfFull, now);
  return keys_ < max_keys_;
}

void RateLimiter::Insert(uint64_t hash, int64_t full_at) {
  if ((keys_ + 1) * 4 > buckets_.size() * 3) Resize(buckets_.size() * 2);
  buckets_[Place(hash)] = {hash, full_at};
  ++keys_;
}

// Moves later buckets of the same run up, so that no search stops early.
void RateLimiter::Erase(size_t place) {
  const size_t mask = buckets_.size() - 1;
  size_t hole = place;
  for (size_t next = (hole + 1) & mask; buckets_[next].hash != 0;
       next = (next + 1) & mask) {
    const size_t home = buckets_[next].hash & mask;
    if (((next - home) & mask) < ((next - hole) & mask)) continue;
    buckets_[hole] = buckets_[next];
    hole = next;
  }
  buckets_[hole] = {};
  --keys_;
}

void RateLimiter::Sweep(size_t places, int64_t now) {
  for (size_t i = 0; i < std::min(places, buckets_.size()); ++i) {
    hand_ &= buckets_.size() - 1;
    const Bucket& bucket = buckets_[hand_];
    if (bucket.hash != 0 && bucket.full_at <= now) {
      Erase(hand_);  // And look at what moved here.
    } else {
      ++hand_;
    }
  }
}

void RateLimiter::Resize(size_t places) {
  std::vector<Bucket> old(places);
  std::swap(old, buckets_);
  for (const Bucket& bucket : old) {
    if (bucket.hash != 0) buckets_[Place(bucket.hash)] = bucket;
  }
}

}  // namespace mailsec::rate
