// A list of aliases either has errors, each on one safe line with its place, or
// leads from each alias to mailboxes, each once, in domains that are served, and
// not too many.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "mailcore/route/alias_table.h"

namespace mailsec::route {
namespace {

using address::Address;
using address::Domain;

void Require(bool holds) {
  if (!holds) std::abort();
}

Domain D(const char* text) { return *Domain::Parse(text); }

void CheckErrors(absl::string_view message,
                 const std::vector<base::TextError>& errors) {
  const std::vector<std::string> lines = absl::StrSplit(message, '\n');
  Require(lines.size() == errors.size() && lines.size() <= 20);
  for (const base::TextError& error : errors) {
    Require(error.line >= 1 && error.column >= 1);
  }
  for (const std::string& line : lines) {
    Require(absl::StartsWith(line, "line "));
    for (const char c : line) {
      Require(static_cast<uint8_t>(c) >= ' ' && c != 0x7F);
    }
  }
}

void CheckTargets(const AliasTable& table, bool has_backslash) {
  for (const Address& alias : table.Aliases()) {
    absl::flat_hash_set<std::string> seen;
    const std::vector<Address> targets = table.Expand(alias);
    Require(!targets.empty() && targets.size() <= AliasTable::kMaxBehindOne);
    for (const Address& target : targets) {
      // A mailbox that is an alias as well shares its mail, unless a backslash
      // says that this is no matter here.
      const std::vector<Address> shared = table.Expand(target);
      Require(
          shared.empty() || has_backslash ||
          std::any_of(shared.begin(), shared.end(), [&](const Address& one) {
            return one.CanonicalKey() == target.CanonicalKey();
          }));
      Require(seen.insert(target.CanonicalKey()).second);
      Require(target.domain() != nullptr);
      Require(*target.domain() == D("example.org") ||
              *target.domain() == D("example.net"));
    }
  }
}

}  // namespace
}  // namespace mailsec::route

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using mailsec::route::D;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<mailsec::base::TextError> errors;
  const auto table = mailsec::route::AliasTable::Parse(
      text, {D("example.org"), D("example.net"), D("other.example.net")},
      &errors, {{D("other.example.net"), D("example.net")}});
  if (table.ok()) {
    mailsec::route::CheckTargets(*table, absl::StrContains(text, "\\"));
  } else {
    mailsec::route::CheckErrors(table.status().message(), errors);
  }
  return 0;
}
