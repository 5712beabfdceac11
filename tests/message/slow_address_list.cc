#include "tests/message/slow_address_list.h"

#include <cctype>
#include <cstddef>
#include <set>
#include <utility>

namespace mailsec::message {
namespace {

// Where a production may end that begins here, and what it names then.
using Ways = std::set<std::pair<size_t, std::string>>;
constexpr char kNext = '\n';   // Behind a mailbox.
constexpr char kGroup = '\v';  // Behind a group.

class Grammar {
 public:
  explicit Grammar(const std::string& text) : text_(text) {}

  // address-list, obs-addr-list: addresses and nothings, a comma between each
  // two, and one address at least.
  Ways AddressList() const {
    return List([this](size_t at) { return AddressAt(at); });
  }

 private:
  bool Is(size_t at, char c) const {
    return at < text_.size() && text_[at] == c;
  }

  static void Add(Ways& to, const Ways& from) {
    to.insert(from.begin(), from.end());
  }

  // The ways of `first`, and after each of them those of `second`.
  template <typename Second>
  static Ways Then(const Ways& first, Second second,
                   const std::string& between = "") {
    Ways out;
    for (const auto& [end, named] : first) {
      for (const auto& [last, more] : second(end)) {
        out.emplace(last, named + between + more);
      }
    }
    return out;
  }
  Ways ThenSign(const Ways& first, char c) const {
    Ways out;
    for (const auto& [end, named] : first) {
      if (Is(end, c)) out.emplace(end + 1, named);
    }
    return out;
  }
  static Ways Nameless(const Ways& ways) {
    Ways out;
    for (const auto& way : ways) out.emplace(way.first, "");
    return out;
  }

  // comment = "(" *([FWS] ccontent) [FWS] ")"
  Ways Comment(size_t at) const {
    if (!Is(at, '(')) return {};
    Ways inside = {{at + 1, ""}};
    Ways out;
    while (!inside.empty()) {
      Ways next;
      for (const auto& way : inside) {
        const size_t i = way.first;
        if (i >= text_.size()) continue;
        if (text_[i] == ')') {
          out.emplace(i + 1, "");
        } else if (text_[i] == '(') {
          Add(next, Comment(i));
        } else if (text_[i] == '\\') {
          if (i + 1 < text_.size()) next.emplace(i + 2, "");
        } else {
          next.emplace(i + 1, "");
        }
      }
      inside = next;
    }
    return out;
  }

  // [CFWS]
  Ways Blanks(size_t at) const {
    Ways out = {{at, ""}};
    if (Is(at, ' ')) Add(out, Blanks(at + 1));
    for (const auto& way : Comment(at)) Add(out, Blanks(way.first));
    return out;
  }
  Ways ThenBlanks(const Ways& first) const {
    return Then(first, [this](size_t at) { return Blanks(at); });
  }

  // atom = [CFWS] 1*atext [CFWS]
  Ways Atom(size_t at) const {
    Ways out;
    for (const auto& way : Blanks(at)) {
      size_t end = way.first;
      std::string text;
      while (end < text_.size() && std::isalnum(text_[end])) {
        text += text_[end++];
      }
      // Longest only: what follows an atom is no atext.
      if (!text.empty()) Add(out, ThenBlanks({{end, text}}));
    }
    return out;
  }

  // quoted-string = [CFWS] DQUOTE *([FWS] qcontent) [FWS] DQUOTE [CFWS]
  Ways Quoted(size_t at) const {
    Ways out;
    for (const auto& way : Blanks(at)) {
      size_t i = way.first;
      if (!Is(i++, '"')) continue;
      std::string text;
      while (i < text_.size() && text_[i] != '"') {
        if (text_[i] == '\\' && ++i == text_.size()) break;
        text += text_[i++];
      }
      if (Is(i, '"')) Add(out, ThenBlanks({{i + 1, text}}));
    }
    return out;
  }

  Ways Word(size_t at) const {
    Ways out = Atom(at);
    Add(out, Quoted(at));
    return out;
  }

  // one *("." one)
  template <typename One>
  Ways Dotted(size_t at, One one) const {
    Ways out;
    Ways last = one(at);
    while (!last.empty()) {
      Add(out, last);
      last = Then(ThenSign(last, '.'), one, ".");
    }
    return out;
  }

  // addr-spec = (dot-atom / quoted-string / obs-local-part) "@" domain
  Ways AddrSpec(size_t at) const {
    const Ways local = Dotted(at, [this](size_t i) { return Word(i); });
    return Then(
        ThenSign(local, '@'),
        [this](size_t domain) {
          return Dotted(domain, [this](size_t i) { return Atom(i); });
        },
        "@");
  }

  // phrase = 1*word / obs-phrase; obs-phrase = word *(word / "." / CFWS)
  Ways Phrase(size_t at) const {
    Ways out;
    Ways last = Nameless(Word(at));
    while (!last.empty()) {
      Ways next;
      for (const auto& way : last) {
        if (!out.insert(way).second) continue;
        Add(next, Nameless(Word(way.first)));
        Add(next, Blanks(way.first));
        if (Is(way.first, '.')) next.emplace(way.first + 1, "");
      }
      last = next;
    }
    return out;
  }

  // mailbox = [phrase] [CFWS] "<" addr-spec ">" [CFWS] / addr-spec
  Ways Mailbox(size_t at) const {
    Ways before = Blanks(at);
    Add(before, ThenBlanks(Phrase(at)));
    const Ways inside =
        Then(ThenSign(before, '<'), [this](size_t i) { return AddrSpec(i); });
    Ways out = ThenBlanks(ThenSign(inside, '>'));
    Add(out, AddrSpec(at));
    return out;
  }

  // `one` and nothings, a comma between each two.
  template <typename One>
  Ways List(One one) const {
    return ListFrom(0, one);
  }
  template <typename One>
  Ways ListFrom(size_t at, One one) const {
    const auto element = [&](size_t i) {
      Ways ways = Blanks(i);
      for (const auto& [end, named] : one(i)) {
        ways.emplace(end, named + kNext);
      }
      return ways;
    };
    Ways out;
    Ways last = element(at);
    while (!last.empty()) {
      Add(out, last);
      last = Then(ThenSign(last, ','), element);
    }
    return out;
  }

  // group = phrase ":" [group-list] ";" [CFWS]
  Ways Group(size_t at) const {
    const Ways inside = Then(ThenSign(Phrase(at), ':'), [this](size_t begin) {
      return ListFrom(begin, [this](size_t i) { return Mailbox(i); });
    });
    Ways out;
    for (const auto& [end, named] : ThenBlanks(ThenSign(inside, ';'))) {
      out.emplace(end, named + kGroup);  // So that an empty group is something.
    }
    return out;
  }

  Ways AddressAt(size_t at) const {
    Ways out = Mailbox(at);
    Add(out, Group(at));
    return out;
  }

  const std::string& text_;
};

}  // namespace

std::optional<std::vector<std::string>> SlowAddressList(
    const std::string& text) {
  for (const auto& [end, named] : Grammar(text).AddressList()) {
    if (end != text.size() || named.empty()) continue;
    std::vector<std::string> mailboxes;
    std::string one;
    for (const char c : named) {
      if (c == kNext) {
        if (!one.empty()) mailboxes.push_back(one);
        one.clear();
      } else if (c != kGroup) {
        one += c;
      }
    }
    return mailboxes;
  }
  return std::nullopt;
}

}  // namespace mailsec::message
