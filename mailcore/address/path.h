// path.h: where did it come from, and where shall it go?
//
// Reverse- and forward-paths of RFC 5321, 4.1.2, as they stand in MAIL and
// RCPT, with their angle brackets. A source route ("@a,@b:") is parsed and
// ignored (RFC 5321, 3.6.1 and appendix C): the mailbox at the end is all that
// a path means to us.
//
//   auto to = ForwardPath::Parse("<@a.example:b@c.example>");
//   to->address()->ToString() == "b@c.example";

#ifndef MAILCORE_ADDRESS_PATH_H_
#define MAILCORE_ADDRESS_PATH_H_

#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "mailcore/address/address.h"
#include "mailcore/base/string_view.h"

namespace mailsec::address {

// How many octets at the start of `text` are a path, quoted strings respected
// ("<\"a>b\"@example.org> SIZE=1" has its path end at the second '>'). Zero if
// there is none. Says nothing about what is between the brackets.
size_t PathLength(base::StringView text);

// "<>" or a mailbox. Thread safety: a value.
class ReversePath {
 public:
  ReversePath() = default;  // The null path, "<>".
  explicit ReversePath(Address address) : address_(std::move(address)) {}

  // `text` is a whole path with its brackets. InvalidArgument with the reason.
  static absl::StatusOr<ReversePath> Parse(base::StringView text);

  bool IsNull() const { return !address_.has_value(); }
  // Null for the null path.
  const Address* address() const { return address_ ? &*address_ : nullptr; }
  bool needs_smtputf8() const { return address_ && address_->needs_smtputf8(); }
  std::string ToString() const;  // With brackets.
  friend bool operator==(const ReversePath&, const ReversePath&) = default;

 private:
  std::optional<Address> address_;
};

// A mailbox, or the bare "<Postmaster>" (any case), which is the postmaster of
// the server that receives it (RFC 5321, 4.5.1). Thread safety: a value.
class ForwardPath {
 public:
  explicit ForwardPath(Address address) : address_(std::move(address)) {}
  static ForwardPath Postmaster() { return ForwardPath(); }

  // As ReversePath::Parse(), but the null path is refused.
  static absl::StatusOr<ForwardPath> Parse(base::StringView text);

  bool IsBarePostmaster() const { return !address_.has_value(); }
  // Null for the bare postmaster.
  const Address* address() const { return address_ ? &*address_ : nullptr; }
  bool needs_smtputf8() const { return address_ && address_->needs_smtputf8(); }
  std::string ToString() const;  // With brackets.
  friend bool operator==(const ForwardPath&, const ForwardPath&) = default;

 private:
  ForwardPath() = default;
  std::optional<Address> address_;
};

}  // namespace mailsec::address

#endif  // MAILCORE_ADDRESS_PATH_H_
