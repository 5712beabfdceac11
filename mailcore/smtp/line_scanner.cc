#include "mailcore/smtp/line_scanner.h"

#include <cstdint>
#include <cstring>

namespace mailsec::smtp {
namespace {

// GCC and clang compile vectors of this kind for every machine; the width and
// the target attribute of the caller decide which instructions they become.
template <size_t kWidth>
struct VectorOf {
  typedef uint8_t Type __attribute__((vector_size(kWidth)));
};

#define MAILSEC_INLINE inline __attribute__((always_inline))

template <typename Vector>
MAILSEC_INLINE bool AnySet(const Vector& v) {
  uint64_t words[sizeof(Vector) / sizeof(uint64_t)];
  std::memcpy(words, &v, sizeof v);
  uint64_t any = 0;
  for (uint64_t word : words) any |= word;
  return any != 0;
}

// What was seen in a run of vectors. `unusual` has a bit set if a line end is
// not CRLF or a line begins with a dot; `least` is the smallest octet of each
// place, `all` the octets or-ed.
template <typename Vector>
struct Seen {
  Vector unusual;
  Vector least;
  Vector all;

  template <bool kCopy>
  MAILSEC_INLINE void Add(const char* p, char* copy_to) {
    Vector here, after;
    std::memcpy(&here, p, sizeof here);
    std::memcpy(&after, p + 1, sizeof after);
    if constexpr (kCopy) std::memcpy(copy_to, &here, sizeof here);
    const Vector line_end = (Vector)(here == '\n');
    unusual |= (Vector)(here == '\r') ^ (Vector)(after == '\n');
    unusual |= (Vector)((line_end & after) == '.');
    least = here < least ? here : least;
    all |= here;
  }
  MAILSEC_INLINE bool IsOrdinary() const {
    return !AnySet<Vector>(unusual | (Vector)(least == 0));
  }
};

template <size_t kWidth, size_t kVectors, bool kCopy>
MAILSEC_INLINE const char* PassBlocks(const char* p, const char* end,
                                      char*& copy_to, bool* has_8bit) {
  using Vector = typename VectorOf<kWidth>::Type;
  constexpr size_t kBlock = kWidth * kVectors;
  // One octet more, as Add() looks one ahead.
  while (static_cast<size_t>(end - p) > kBlock) {
    Seen<Vector> seen{};
    seen.least = ~seen.least;
    for (size_t i = 0; i < kBlock; i += kWidth) {
      seen.template Add<kCopy>(p + i, kCopy ? copy_to + i : nullptr);
    }
    if (!seen.IsOrdinary()) break;
    if (AnySet<Vector>(seen.all & 0x80)) *has_8bit = true;
    p += kBlock;
    if constexpr (kCopy) copy_to += kBlock;
  }
  return p;
}

template <size_t kWidth, bool kCopy>
MAILSEC_INLINE size_t Pass(const char* begin, const char* end, char* copy_to,
                           bool* has_8bit) {
  const char* p = PassBlocks<kWidth, 16, kCopy>(begin, end, copy_to, has_8bit);
  p = PassBlocks<kWidth, 1, kCopy>(p, end, copy_to, has_8bit);
  return p - begin;
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) size_t PassAvx2(const char* begin,
                                                const char* end, char* copy_to,
                                                bool* has_8bit) {
  return copy_to == nullptr ? Pass<32, false>(begin, end, copy_to, has_8bit)
                            : Pass<32, true>(begin, end, copy_to, has_8bit);
}
#endif

size_t PassPortable(const char* begin, const char* end, char* copy_to,
                    bool* has_8bit) {
  return copy_to == nullptr ? Pass<16, false>(begin, end, copy_to, has_8bit)
                            : Pass<16, true>(begin, end, copy_to, has_8bit);
}

}  // namespace

bool IsScanEngineSupported(ScanEngine engine) {
  switch (engine) {
    case ScanEngine::kPortable:
      return true;
    case ScanEngine::kAvx2:
#if defined(__x86_64__)
      return __builtin_cpu_supports("avx2") != 0;
#else
      return false;
#endif
  }
  return false;
}

ScanEngine BestScanEngine() {
  return IsScanEngineSupported(ScanEngine::kAvx2) ? ScanEngine::kAvx2
                                                  : ScanEngine::kPortable;
}

size_t OrdinaryOctets(ScanEngine engine, absl::string_view text, size_t from,
                      char* copy_to, bool* has_8bit) {
  const char* begin = text.data() + from;
  const char* end = text.data() + text.size();
  // Each step checks the octet after its own; nobody has checked the first.
  if (begin == end || (begin[-1] == '\r') != (*begin == '\n')) return 0;
#if defined(__x86_64__)
  if (engine == ScanEngine::kAvx2)
    return PassAvx2(begin, end, copy_to, has_8bit);
#endif
  return PassPortable(begin, end, copy_to, has_8bit);
}

}  // namespace mailsec::smtp
