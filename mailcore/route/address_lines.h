// address_lines.h: which addresses belong together in this text?
//
// The grammar that aliases and forwards have in common, one line each:
//
//   line   = [ left ":" target *( "," target ) ] [ comment ]
//   left   = Mailbox               ; RFC 5321, 4.1.2, quoted strings as well
//   target = [ "\" ] Mailbox      ; the backslash only where it is allowed
//
// '#' begins a comment at the start of a line or after a space.
//
//   AddressLines lines(check);
//   lines.Parse(text, [&](AddressLine line) { Show(line.left.text); });
//   if (!lines.status().ok()) return lines.TakeErrors();

#ifndef MAILCORE_ROUTE_ADDRESS_LINES_H_
#define MAILCORE_ROUTE_ADDRESS_LINES_H_

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mailcore/address/address.h"
#include "mailcore/base/text_error.h"

namespace mailsec::route {

// A place in the text, both from 1. Thread safety: a value.
struct TextPlace {
  int line;
  int column;  // In octets.
};

// Thread safety: a value.
struct PlacedAddress {
  address::Address address;
  std::string text;  // As written.
  TextPlace place;
  bool has_backslash = false;  // It stood before the address.
};

// Thread safety: a value.
struct AddressLine {
  PlacedAddress left;
  std::vector<PlacedAddress> targets;  // Without those that are wrong.
};

// Thread safety: none.
class AddressLines {
 public:
  // Checks an address for its place in a line: returns it, perhaps by its main
  // name, or says what is wrong with it.
  using Check = std::function<absl::StatusOr<address::Address>(
      const address::Address& address, bool is_left)>;

  // `allows_backslash`: one may stand before a target.
  explicit AddressLines(Check check, bool allows_backslash = false)
      : check_(std::move(check)), allows_backslash_(allows_backslash) {}

  // Calls `on_line` for each line whose left side is right.
  void Parse(absl::string_view text,
             const std::function<void(AddressLine)>& on_line);

  // Adds an error of the caller's.
  void Fail(TextPlace place, std::string message);

  absl::Status status() const { return errors_.status(); }
  std::vector<base::TextError> TakeErrors() { return errors_.Take(); }

 private:
  // A word or one of ':' and ','.
  struct Token {
    absl::string_view text;
    TextPlace place;
  };

  static std::vector<Token> Tokens(absl::string_view line, int number);
  void ParseLine(const std::vector<Token>& tokens,
                 const std::function<void(AddressLine)>& on_line);
  // Reports an error and returns nothing if it is no address, or a wrong one.
  absl::StatusOr<address::Address> ParseAddress(const Token& token,
                                                bool is_left);

  const Check check_;
  const bool allows_backslash_;
  base::TextErrors errors_;
};

}  // namespace mailsec::route

#endif  // MAILCORE_ROUTE_ADDRESS_LINES_H_
