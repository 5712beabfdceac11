// forward_table.h: where else does this mailbox's mail go?
//
// A text file, one mailbox a line (grammar: address_lines.h):
//
//   alice@example.org: alice@example.com, a.smith@example.net   # comment
//
// The mailbox is in a local domain, the targets are anywhere. A copy always
// stays in the mailbox, so that nothing is lost when a forward is refused.
// policy::Governor decides whether a message may be forwarded (R22 to R24), and
// autoreply::Srs makes the sender of the forward (R23).
//
//   const auto ours = address::Domain::Parse("example.org");
//   auto table = ForwardTable::Parse(text, {*ours}, &errors);
//   for (const address::Address& target : table->Find(mailbox)) Send(target);

#ifndef MAILCORE_ROUTE_FORWARD_TABLE_H_
#define MAILCORE_ROUTE_FORWARD_TABLE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mailcore/address/address.h"
#include "mailcore/base/text_error.h"
#include "mailcore/route/alias_table.h"

namespace mailsec::route {

// Thread safety: immutable once created.
class ForwardTable {
 public:
  // The most targets of one mailbox. Ours.
  static constexpr size_t kMaxTargets = 10;

  ForwardTable() = default;  // No forwards.

  // InvalidArgument if the text has errors; lists them, at most 20, one a line:
  // "line 3, column 9: ...". `errors`, if not null, gets the same one by one:
  // an address that is none, a mailbox outside `local` or given twice, a target
  // that is the mailbox itself, more than kMaxTargets of them.
  static absl::StatusOr<ForwardTable> Parse(
      absl::string_view text, const std::vector<address::Domain>& local,
      std::vector<base::TextError>* errors, MainNames other_names = {});

  // Each target once, in the order of the file; empty if there is none. Asked
  // by the main name of the mailbox's domain. Valid as long as the table.
  const std::vector<address::Address>& Find(
      const address::Address& mailbox) const;

  // Every mailbox that stands on the left, sorted.
  std::vector<address::Address> Mailboxes() const;

  // The line of the text, from 1, in which `mailbox` stands on the left; 0 if
  // it has no forwards.
  int LineOf(const address::Address& mailbox) const;

 private:
  struct Entry {
    address::Address mailbox;
    std::vector<address::Address> targets;
    int line;
  };
  absl::flat_hash_map<std::string, Entry> by_key_;  // Address::CanonicalKey().
};

}  // namespace mailsec::route

#endif  // MAILCORE_ROUTE_FORWARD_TABLE_H_
