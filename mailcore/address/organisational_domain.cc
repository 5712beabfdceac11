#include "mailcore/address/organisational_domain.h"

#include "absl/hash/hash.h"
#include "libpsl.h"

namespace mailsec::address {
namespace {

// The longest rule of the list has five labels ("*.compute.amazonaws.com.cn");
// the rest of a longer name need not be looked up. Ours.
constexpr int kMaxSuffixLabels = 8;

constexpr uint64_t kLengthMask = 0xFF;
constexpr size_t kRemembered = size_t{1} << 18;

// Where the last `labels` labels of `name` begin: 0 if it has no more.
size_t StartOfLast(absl::string_view name, int labels) {
  size_t start = name.size();
  for (int i = 0; i < labels; ++i) {
    const size_t dot = name.rfind('.', start - 1);
    if (dot == absl::string_view::npos) return 0;
    start = dot;
  }
  return start + 1;
}

// The organisational domain of a name with `dots` dots.
int Labels(absl::string_view name) {
  int labels = 1;
  for (const char c : name) labels += c == '.';
  return labels;
}

}  // namespace

// With two labels there is nothing to look up: either both are a public suffix,
// and the name stands for itself, or one is, and it was registered below that.
absl::string_view OrganisationalDomain(const Domain& domain) {
  const std::string& name = domain.ascii();
  const int labels = Labels(name);
  if (labels <= 2) return name;
  // Longest first, as the longest suffix counts (and an exception from a rule
  // is no suffix).
  int suffix = labels < kMaxSuffixLabels ? labels : kMaxSuffixLabels;
  for (; suffix > 1; --suffix) {
    const char* candidate = name.c_str() + StartOfLast(name, suffix);
    if (psl_is_public_suffix(psl_builtin(), candidate) != 0) break;
  }
  return absl::string_view(name).substr(StartOfLast(name, suffix + 1));
}

OrganisationalDomains::OrganisationalDomains() : remembered_(kRemembered) {}

size_t OrganisationalDomains::memory_octets() const {
  return remembered_.size() * sizeof(remembered_[0]);
}

absl::string_view OrganisationalDomains::Find(const Domain& domain) {
  const absl::string_view name = domain.ascii();
  if (Labels(name) <= 2) return name;
  const uint64_t hash = absl::HashOf(name);
  std::atomic<uint64_t>& place = remembered_[(hash >> 8) % kRemembered];
  const uint64_t found = place.load(std::memory_order_relaxed);
  const size_t length = found & kLengthMask;
  if ((found ^ hash) <= kLengthMask && length > 0 && length <= name.size()) {
    return name.substr(name.size() - length);
  }
  const absl::string_view answer = OrganisationalDomain(domain);
  place.store((hash & ~kLengthMask) | answer.size(), std::memory_order_relaxed);
  return answer;
}

}  // namespace mailsec::address
