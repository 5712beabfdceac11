#include "mailcore/message/content_type.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "mailcore/message/charset.h"

namespace mailsec::message {
namespace {

constexpr size_t kMaxParameters = 100;  // Ours.

// RFC 2045, 5.1: any CHAR except SPACE, CTLs, or tspecials.
bool IsTokenChar(char c) {
  return absl::ascii_isgraph(c) &&
         absl::string_view("()<>@,;:\\\"/[]?=").find(c) ==
             absl::string_view::npos;
}

// Reads tokens, quoted strings and the comments between them.
class Lexer {
 public:
  explicit Lexer(absl::string_view text) : text_(text) {}

  bool AtEnd() {
    SkipBlanksAndComments();
    return at_ == text_.size();
  }

  bool Take(char c) {
    if (AtEnd() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  // Empty if there is none.
  absl::string_view Token() {
    SkipBlanksAndComments();
    const size_t begin = at_;
    while (at_ < text_.size() && IsTokenChar(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  // A token or a quoted string; false if there is neither, or no end to it.
  bool Value(std::string* out) {
    if (!Take('"')) {
      const absl::string_view token = Token();
      *out = std::string(token);
      return !token.empty();
    }
    for (; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      *out += text_[at_];
    }
    if (at_ == text_.size()) return false;
    ++at_;
    return true;
  }

  // Passes over what cannot be read, up to the next ';'.
  void Recover() {
    while (at_ < text_.size() && text_[at_] != ';') ++at_;
  }

 private:
  void SkipBlanksAndComments() {
    size_t depth = 0;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '(') {
        ++depth;
      } else if (c == ')' && depth > 0) {
        --depth;
      } else if (c == '\\' && depth > 0) {
        if (at_ + 1 < text_.size()) ++at_;
      } else if (depth == 0 && !absl::ascii_isspace(c)) {
        return;
      }
    }
  }

  absl::string_view text_;
  size_t at_ = 0;
};

// What RFC 2231 lets one parameter be cut into.
struct Section {
  bool encoded = false;
  std::string value;
};
using Sections = std::map<int, Section>;

// RFC 2231, 7:
//   extended-parameter: attribute ["*" section] ["*"]
// Takes the signs off `name`.
std::pair<int, bool> TakeSection(std::string* name) {
  bool encoded = false;
  if (name->size() > 1 && name->back() == '*') {
    encoded = true;
    name->pop_back();
  }
  int section = 0;
  const size_t star = name->rfind('*');
  if (star != std::string::npos && star > 0) {
    const absl::string_view digits = absl::string_view(*name).substr(star + 1);
    if (digits.size() <= 3 && absl::SimpleAtoi(digits, &section) &&
        section >= 0) {
      name->resize(star);
      return {section, encoded};
    }
  }
  // A single extended value comes before a plain one of the same name.
  return {encoded ? 0 : -1, encoded};
}

std::string PercentDecode(absl::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() &&
        absl::ascii_isxdigit(text[i + 1]) &&
        absl::ascii_isxdigit(text[i + 2])) {
      const absl::string_view digits = text.substr(i + 1, 2);
      out += absl::HexStringToBytes(digits);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

// The sections from 0 on, as far as none is missing; else the plain value.
std::string Join(const Sections& sections) {
  std::string charset = "us-ascii";
  std::string octets;
  bool extended = false;
  int next = 0;
  for (auto at = sections.find(0); at != sections.end() && at->first == next;
       ++at, ++next) {
    absl::string_view value = at->second.value;
    if (at->second.encoded && next == 0) {
      const size_t first = value.find('\'');
      const size_t second = value.find('\'', first + 1);
      if (first != absl::string_view::npos &&
          second != absl::string_view::npos) {
        charset = std::string(value.substr(0, first));
        value.remove_prefix(second + 1);
        extended = true;
      }
    }
    octets += at->second.encoded ? PercentDecode(value) : std::string(value);
  }
  if (next == 0) return sections.begin()->second.value;
  return extended ? ToUtf8(octets, charset).utf8 : octets;
}

// RFC 2045, 5.1:
//   parameter := attribute "=" value
// Keeps it in `found`, and its name, when it is new, in `order`.
bool ReadParameter(Lexer* lexer, std::map<std::string, Sections>* found,
                   std::vector<std::string>* order) {
  const absl::string_view token = lexer->Token();
  std::string name = absl::AsciiStrToLower(token);
  std::string value;
  if (name.empty() || !lexer->Take('=') || !lexer->Value(&value)) return false;
  const auto [section, encoded] = TakeSection(&name);
  Sections& sections = (*found)[name];
  if (sections.empty()) order->push_back(name);
  return sections.emplace(section, Section{encoded, std::move(value)}).second;
}

}  // namespace

bool ContentType::Is(absl::string_view full) const {
  return full.size() == type.size() + 1 + subtype.size() &&
         full.substr(0, type.size()) == type && full[type.size()] == '/' &&
         full.substr(type.size() + 1) == subtype;
}

const std::string* ContentType::Find(absl::string_view name) const {
  for (const Parameter& parameter : parameters) {
    if (parameter.name == name) return &parameter.value;
  }
  return nullptr;
}

ContentType ParseContentType(absl::string_view value) {
  ContentType out;
  Lexer lexer(value);
  const absl::string_view type = lexer.Token();
  const bool slash = lexer.Take('/');
  const absl::string_view subtype = lexer.Token();
  if (type.empty() || !slash || subtype.empty()) {
    out.well_formed = false;
    return out;
  }
  out.type = absl::AsciiStrToLower(type);
  out.subtype = absl::AsciiStrToLower(subtype);
  std::map<std::string, Sections> found;
  std::vector<std::string> order;
  for (size_t count = 0; !lexer.AtEnd() && count < kMaxParameters; ++count) {
    const bool separated = lexer.Take(';');
    // Many write a last ';'. It is not legal, and harms nobody.
    if (lexer.AtEnd()) break;
    if (!separated || !ReadParameter(&lexer, &found, &order)) {
      out.well_formed = false;
      lexer.Recover();
    }
  }
  out.well_formed = out.well_formed && lexer.AtEnd();
  for (std::string& name : order) {
    std::string joined = Join(found[name]);
    out.parameters.push_back({std::move(name), std::move(joined)});
  }
  return out;
}

}  // namespace mailsec::message
