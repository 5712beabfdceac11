#include "mailcore/policy/role_mailboxes.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace mailsec::policy {

using address::Address;
using address::Domain;

namespace {

constexpr const char* kRoles[] = {"postmaster", "abuse"};

}  // namespace

bool IsRoleMailbox(const address::ForwardPath& recipient) {
  if (recipient.IsBarePostmaster()) return true;
  const std::string& local_part = recipient.address()->local_part();
  return std::any_of(std::begin(kRoles), std::end(kRoles),
                     [&](const char* role) {
                       return absl::EqualsIgnoreCase(local_part, role);
                     });
}

absl::Status CheckRoleMailboxes(RecipientDirectory& directory,
                                const std::vector<Domain>& domains) {
  std::vector<std::string> missing;
  for (const Domain& domain : domains) {
    for (const char* role : kRoles) {
      const absl::StatusOr<Address> address = Address::Create(role, domain);
      if (!address.ok()) return address.status();
      const RecipientAnswer found = directory.Find(*address);
      switch (found.answer) {
        case Answer::kYes:
          break;
        case Answer::kNo:
          missing.push_back(address->ToString());
          break;
        case Answer::kCannotTell:
          return absl::UnavailableError(
              absl::StrCat("cannot tell whether ", address->ToString(),
                           " exists: ", found.reason));
      }
    }
  }
  if (missing.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("each local domain needs postmaster and abuse (R6); not in "
                   "the recipient directory: ",
                   absl::StrJoin(missing, ", ")));
}

}  // namespace mailsec::policy
