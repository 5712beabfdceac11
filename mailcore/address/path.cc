#include "mailcore/address/path.h"

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace mailsec::address {
namespace {

absl::Status Malformed(absl::string_view reason) {
  return absl::InvalidArgumentError(absl::StrCat("not a path: ", reason));
}

// What is between the brackets of `text`.
absl::StatusOr<absl::string_view> Unwrap(absl::string_view text) {
  if (text.size() < 2 || PathLength(text) != text.size()) {
    return Malformed("it does not stand in angle brackets");
  }
  return text.substr(1, text.size() - 2);
}

// RFC 5321, 4.1.2:
//   Path      = "<" [ A-d-l ":" ] Mailbox ">"
//   A-d-l     = At-domain *( "," At-domain )
//   At-domain = "@" Domain
// Takes the source route and its colon, if there is one, off the front.
absl::Status DropSourceRoute(absl::string_view& text) {
  if (text.empty() || text.front() != '@') return absl::OkStatus();
  // No domain holds a colon, so the first one ends the route.
  const size_t colon = text.find(':');
  if (colon == absl::string_view::npos) {
    return Malformed("no local part before the '@'");
  }
  absl::string_view route = text.substr(0, colon);
  text.remove_prefix(colon + 1);
  for (;;) {
    if (route.empty() || route.front() != '@') {
      return Malformed("each domain of a source route begins with '@'");
    }
    const size_t comma = route.find(',');
    const absl::StatusOr<Domain> domain = Domain::Parse(route.substr(
        1, comma == absl::string_view::npos ? absl::string_view::npos
                                            : comma - 1));
    if (!domain.ok()) return domain.status();
    if (comma == absl::string_view::npos) return absl::OkStatus();
    route.remove_prefix(comma + 1);
  }
}

absl::StatusOr<Address> ParseMailbox(absl::string_view text) {
  const absl::Status dropped = DropSourceRoute(text);
  if (!dropped.ok()) return dropped;
  return Address::Parse(text);
}

}  // namespace

size_t PathLength(base::StringView text) {
  if (text.empty() || text.front() != '<') return 0;
  bool quoted = false;
  for (size_t i = 1; i < text.size(); ++i) {
    switch (text[i]) {
      case '"':
        quoted = !quoted;
        break;
      case '\\':
        if (quoted) ++i;
        break;
      case '>':
        if (!quoted) return i + 1;
        break;
      default:
        break;
    }
  }
  return 0;
}

// RFC 5321, 4.1.2: Reverse-path = Path / "<>"
absl::StatusOr<ReversePath> ReversePath::Parse(base::StringView text) {
  const absl::StatusOr<absl::string_view> inner = Unwrap(text);
  if (!inner.ok()) return inner.status();
  if (inner->empty()) return ReversePath();
  absl::StatusOr<Address> address = ParseMailbox(*inner);
  if (!address.ok()) return address.status();
  return ReversePath(*std::move(address));
}

std::string ReversePath::ToString() const {
  return IsNull() ? "<>" : absl::StrCat("<", address_->ToString(), ">");
}

// RFC 5321, 4.1.1.3: "<Postmaster>" as an alternative to a Forward-path.
absl::StatusOr<ForwardPath> ForwardPath::Parse(base::StringView text) {
  const absl::StatusOr<absl::string_view> inner = Unwrap(text);
  if (!inner.ok()) return inner.status();
  if (inner->empty()) return Malformed("the null path receives no mail");
  if (absl::EqualsIgnoreCase(*inner, "postmaster")) return Postmaster();
  absl::StatusOr<Address> address = ParseMailbox(*inner);
  if (!address.ok()) return address.status();
  return ForwardPath(*std::move(address));
}

std::string ForwardPath::ToString() const {
  return IsBarePostmaster() ? "<Postmaster>"
                            : absl::StrCat("<", address_->ToString(), ">");
}

}  // namespace mailsec::address
