#include "mailcore/message/address_list.h"

#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "mailcore/message/charset.h"
#include "mailcore/message/encoded_word.h"

namespace mailsec::message {
namespace {

using address::Address;

enum class Kind {
  kAtom,     // atext only.
  kQuoted,   // A quoted string, decoded.
  kLiteral,  // A domain literal with its brackets.
  kDot,
  kAt,
  kComma,
  kColon,
  kSemicolon,
  kOpen,   // '<'
  kClose,  // '>'
  kBad,    // Stands nowhere, or does not end.
  kEnd,
};

struct Token {
  Kind kind;
  std::string text;    // Set for kAtom, kQuoted and kLiteral.
  bool blank = false;  // Blanks or a comment stand before it.
};

// RFC 5322, 3.2.3, with the UTF-8 of RFC 6532.
bool IsAtext(unsigned char c) {
  return c > 0x7F || absl::ascii_isalnum(c) ||
         absl::string_view("!#$%&'*+-/=?^_`{|}~").find(static_cast<char>(c)) !=
             absl::string_view::npos;
}

// Takes tokens off the front of a text, each octet once.
class Tokens {
 public:
  explicit Tokens(absl::string_view text) : text_(text) {}

  Token Next() {
    bool unended = false;
    const bool blank = SkipBlanks(&unended);
    Token token = unended ? Token{.kind = Kind::kBad, .text = ""} : Take();
    token.blank = blank;
    return token;
  }

 private:
  // Blanks, line ends and comments (CFWS). True if there were any.
  bool SkipBlanks(bool* unended) {
    const size_t before = text_.size();
    while (!text_.empty()) {
      if (absl::string_view(" \t\r\n").find(text_[0]) !=
          absl::string_view::npos) {
        text_.remove_prefix(1);
      } else if (text_[0] == '(') {
        if (!SkipComment()) *unended = true;
      } else {
        break;
      }
    }
    return text_.size() != before;
  }

  // False if it does not end: then all is gone.
  bool SkipComment() {
    size_t depth = 0;
    for (size_t i = 0; i < text_.size(); ++i) {
      if (text_[i] == '\\') {
        ++i;
      } else if (text_[i] == '(') {
        ++depth;
      } else if (text_[i] == ')' && --depth == 0) {
        text_.remove_prefix(i + 1);
        return true;
      }
    }
    text_ = {};
    return false;
  }

  Token Take() {
    if (text_.empty()) return {.kind = Kind::kEnd, .text = ""};
    switch (text_[0]) {
      case '"':
        return TakeQuoted();
      case '[':
        return TakeLiteral();
      case '.':
        return TakeOne(Kind::kDot);
      case '@':
        return TakeOne(Kind::kAt);
      case ',':
        return TakeOne(Kind::kComma);
      case ':':
        return TakeOne(Kind::kColon);
      case ';':
        return TakeOne(Kind::kSemicolon);
      case '<':
        return TakeOne(Kind::kOpen);
      case '>':
        return TakeOne(Kind::kClose);
      default:
        return IsAtext(text_[0]) ? TakeAtom() : TakeOne(Kind::kBad);
    }
  }

  Token TakeOne(Kind kind) {
    text_.remove_prefix(1);
    return {.kind = kind, .text = ""};
  }

  Token TakeAtom() {
    size_t end = 1;
    while (end < text_.size() && IsAtext(text_[end])) ++end;
    Token token = {.kind = Kind::kAtom,
                   .text = std::string(text_.substr(0, end))};
    text_.remove_prefix(end);
    return token;
  }

  Token TakeQuoted() {
    Token token = {.kind = Kind::kQuoted, .text = ""};
    for (size_t i = 1; i < text_.size(); ++i) {
      if (text_[i] == '"') {
        text_.remove_prefix(i + 1);
        return token;
      }
      if (text_[i] == '\\' && ++i == text_.size()) break;
      if (text_[i] != '\r' && text_[i] != '\n') token.text += text_[i];
    }
    text_ = {};
    return {.kind = Kind::kBad, .text = ""};
  }

  Token TakeLiteral() {
    const size_t end = text_.find(']');
    if (end == absl::string_view::npos) {
      text_ = {};
      return {.kind = Kind::kBad, .text = ""};
    }
    Token token = {.kind = Kind::kLiteral,
                   .text = std::string(text_.substr(0, end + 1))};
    text_.remove_prefix(end + 1);
    return token;
  }

  absl::string_view text_;
};

using Parts = std::vector<Token>;

bool IsWord(const Token& token) {
  return token.kind == Kind::kAtom || token.kind == Kind::kQuoted;
}

// addr-spec = local-part "@" domain, with the obsolete blanks around each dot.
// Local-part and domain are words, or atoms, with a dot between each two.
std::optional<Address> ToAddress(const Parts& parts) {
  std::string local_part;
  size_t i = 0;
  for (bool word = true; i < parts.size() && parts[i].kind != Kind::kAt;
       word = !word, ++i) {
    if (word ? !IsWord(parts[i]) : parts[i].kind != Kind::kDot) {
      return std::nullopt;
    }
    local_part += word ? parts[i].text : ".";
  }
  // As a word, a dot, a word ... it is of an odd number.
  if (i % 2 == 0 || i + 1 >= parts.size()) return std::nullopt;
  if (parts[++i].kind == Kind::kLiteral) {
    if (i + 1 != parts.size()) return std::nullopt;
    const auto literal = address::AddressLiteral::Parse(parts[i].text);
    if (!literal.ok()) return std::nullopt;
    const auto address = Address::Create(local_part, *literal);
    if (!address.ok()) return std::nullopt;
    return *address;
  }
  std::string name;
  for (bool atom = true; i < parts.size(); atom = !atom, ++i) {
    if (parts[i].kind != (atom ? Kind::kAtom : Kind::kDot)) return std::nullopt;
    name += atom ? parts[i].text : ".";
  }
  const auto domain = address::Domain::Parse(name);
  if (!domain.ok()) return std::nullopt;
  const auto address = Address::Create(local_part, *domain);
  if (!address.ok()) return std::nullopt;
  return *address;
}

// phrase, with the dots of obs-phrase. `well_formed` becomes false if it is
// none.
std::string ToName(const Parts& parts, bool* well_formed) {
  std::string name;
  std::string plain;  // Atoms, in which encoded words may stand.
  const auto flush = [&name, &plain] {
    name += DecodeEncodedWords(plain);
    plain.clear();
  };
  for (size_t i = 0; i < parts.size(); ++i) {
    const Token& part = parts[i];
    if (part.blank && i > 0) plain += ' ';
    if (!IsWord(part) && (part.kind != Kind::kDot || i == 0)) {
      *well_formed = false;
    }
    switch (part.kind) {
      case Kind::kQuoted:  // RFC 2047, 5: no encoded word stands in one.
        flush();
        name += ToUtf8(part.text, "utf-8").utf8;
        break;
      case Kind::kDot:
        plain += '.';
        break;
      case Kind::kAt:
        plain += '@';
        break;
      default:
        plain += part.text;
        break;
    }
  }
  flush();
  return name;
}

class Parser {
 public:
  Parser(absl::string_view text, size_t max_mailboxes, AddressList* list)
      : tokens_(text), max_mailboxes_(max_mailboxes), list_(list) {}

  void Parse() {
    for (;;) {
      Token token = tokens_.Next();
      const Kind kind = token.kind;
      if (in_angle_ ? !TakeInAngle(token) : !TakeOutside(token)) {
        parts_.push_back(std::move(token));
      }
      if (kind == Kind::kEnd) break;
    }
    if (in_group_ || !seen_) list_->well_formed = false;
  }

 private:
  // True if the token was used up.
  bool TakeInAngle(const Token& token) {
    if (!first_in_angle_) first_in_angle_ = token.kind;
    switch (token.kind) {
      case Kind::kClose:
        in_angle_ = false;
        after_angle_ = true;
        address_ = ToAddress(parts_);
        parts_.clear();
        return true;
      case Kind::kColon:  // RFC 5322, 4.4: a route, which means nothing.
        if (!IsRoute()) list_->well_formed = false;
        parts_.clear();
        return true;
      case Kind::kComma:
        if (IsRoute()) return false;
        break;
      case Kind::kOpen:
        list_->well_formed = false;
        return true;
      case Kind::kSemicolon:
      case Kind::kEnd:
        break;
      default:
        return false;
    }
    // Does not end before the element does.
    list_->well_formed = false;
    in_angle_ = false;
    parts_.clear();
    return TakeOutside(token);
  }

  // The obsolete route of RFC 5322, 4.4 begins with '@' (or with commas, which
  // nobody ever wrote, and brackets that do not end do).
  bool IsRoute() const { return first_in_angle_ == Kind::kAt; }

  bool TakeOutside(const Token& token) {
    switch (token.kind) {
      case Kind::kOpen:
        if (after_angle_) list_->well_formed = false;
        name_ = ToName(parts_, &list_->well_formed);
        parts_.clear();
        in_angle_ = true;
        first_in_angle_.reset();
        return true;
      case Kind::kColon:
        BeginGroup();
        return true;
      case Kind::kComma:
        EndElement();
        return true;
      case Kind::kSemicolon:
        EndElement();
        if (!in_group_) list_->well_formed = false;
        after_group_ = in_group_;
        in_group_ = false;
        return true;
      case Kind::kEnd:
        EndElement();
        return true;
      default:
        return false;
    }
  }

  void BeginGroup() {
    if (in_group_ || after_angle_ || after_group_ || parts_.empty()) {
      list_->well_formed = false;
    }
    (void)ToName(parts_, &list_->well_formed);
    parts_.clear();
    address_.reset();
    name_.clear();
    after_angle_ = false;
    in_group_ = true;
    seen_ = true;
  }

  // At a comma, at the end of a group and at the end.
  void EndElement() {
    const bool something = after_angle_ || !parts_.empty();
    if (something && after_group_) list_->well_formed = false;
    after_group_ = false;
    if (something) {
      seen_ = true;
      if (after_angle_ && !parts_.empty()) list_->well_formed = false;
      if (!after_angle_) address_ = ToAddress(parts_);
      Add();
    }
    parts_.clear();
    address_.reset();
    name_.clear();
    after_angle_ = false;
  }

  void Add() {
    if (!address_) {
      list_->well_formed = false;
    } else if (list_->mailboxes.size() >= max_mailboxes_) {
      list_->complete = false;
    } else {
      list_->mailboxes.push_back(
          {.address = *std::move(address_), .display_name = std::move(name_)});
    }
  }

  Tokens tokens_;
  const size_t max_mailboxes_;
  AddressList* const list_;
  Parts parts_;  // The element's, or those in its angle brackets.
  std::string name_;
  std::optional<Address> address_;  // From the angle brackets.
  bool in_angle_ = false;
  std::optional<Kind> first_in_angle_;
  bool after_angle_ = false;
  bool in_group_ = false;
  bool after_group_ = false;  // Only a comma may come.
  bool seen_ = false;         // An element that is not empty, or a group.
};

}  // namespace

bool AddressList::Names(const Address& address) const {
  const std::string key = address.CanonicalKey();
  for (const ListedMailbox& mailbox : mailboxes) {
    if (mailbox.address.CanonicalKey() == key) return true;
  }
  return false;
}

AddressList ParseAddressList(absl::string_view value,
                             const AddressListLimits& limits) {
  AddressList list;
  if (value.size() > limits.max_octets) {
    list.complete = false;
    value = value.substr(0, limits.max_octets);
    // What is cut off must not become another address.
    const size_t comma = value.rfind(',');
    value = value.substr(0, comma == absl::string_view::npos ? 0 : comma);
  }
  Parser(value, limits.max_mailboxes, &list).Parse();
  return list;
}

}  // namespace mailsec::message
