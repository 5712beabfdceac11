#include "mailcore/route/forward_table.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "mailcore/route/address_lines.h"

namespace mailsec::route {
namespace {

using address::Address;
using address::Domain;
using base::QuotedText;

// By the main name of its domain; InvalidArgument if it is not local.
class LocalNames {
 public:
  LocalNames(const std::vector<Domain>& local, MainNames other_names)
      : local_(local.begin(), local.end()),
        other_names_(std::move(other_names)) {}

  absl::StatusOr<Address> Main(const Address& address, bool is_left) const {
    const Domain* domain = address.domain();
    if (domain == nullptr || !local_.contains(*domain)) {
      if (!is_left) return address;
      return absl::InvalidArgumentError("is not in a local domain");
    }
    const auto main = other_names_.find(*domain);
    return main == other_names_.end()
               ? absl::StatusOr<Address>(address)
               : Address::Create(address.local_part(), main->second);
  }

 private:
  const absl::flat_hash_set<Domain> local_;
  const MainNames other_names_;
};

}  // namespace

absl::StatusOr<ForwardTable> ForwardTable::Parse(
    absl::string_view text, const std::vector<Domain>& local,
    std::vector<base::TextError>* errors, MainNames other_names) {
  const LocalNames names(local, std::move(other_names));
  ForwardTable table;
  AddressLines lines([&names](const Address& address, bool is_left) {
    return names.Main(address, is_left);
  });
  lines.Parse(text, [&](const AddressLine& line) {
    const std::string key = line.left.address.CanonicalKey();
    Entry entry = {line.left.address, {}, line.left.place.line};
    absl::flat_hash_set<std::string> seen;
    for (const PlacedAddress& target : line.targets) {
      if (target.address.CanonicalKey() == key) {
        lines.Fail(target.place, absl::StrCat(QuotedText(target.text),
                                              " is the mailbox itself"));
      }
      if (!seen.insert(target.address.CanonicalKey()).second) continue;
      entry.targets.push_back(target.address);
    }
    if (entry.targets.size() > kMaxTargets) {
      lines.Fail(line.left.place,
                 absl::StrCat("more than ", kMaxTargets, " targets"));
    }
    const auto [first, inserted] = table.by_key_.emplace(key, std::move(entry));
    if (inserted) return;
    lines.Fail(line.left.place,
               absl::StrCat(QuotedText(line.left.text), " is on line ",
                            first->second.line, " already"));
  });
  absl::Status status = lines.status();
  if (status.ok()) return table;
  if (errors != nullptr) *errors = lines.TakeErrors();
  return status;
}

const std::vector<Address>& ForwardTable::Find(const Address& mailbox) const {
  static const std::vector<Address>* const kNone = new std::vector<Address>();
  if (by_key_.empty()) return *kNone;
  const auto found = by_key_.find(mailbox.CanonicalKey());
  return found == by_key_.end() ? *kNone : found->second.targets;
}

int ForwardTable::LineOf(const Address& mailbox) const {
  const auto found = by_key_.find(mailbox.CanonicalKey());
  return found == by_key_.end() ? 0 : found->second.line;
}

std::vector<Address> ForwardTable::Mailboxes() const {
  std::vector<std::pair<std::string, Address>> keyed;
  for (const auto& [key, entry] : by_key_) {
    keyed.emplace_back(key, entry.mailbox);
  }
  std::sort(keyed.begin(), keyed.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Address> mailboxes;
  for (auto& [key, mailbox] : keyed) mailboxes.push_back(std::move(mailbox));
  return mailboxes;
}

}  // namespace mailsec::route
