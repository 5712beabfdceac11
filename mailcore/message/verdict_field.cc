#include "mailcore/message/verdict_field.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace mailsec::message {
namespace {

constexpr size_t kFoldAtOctets = 78;    // RFC 5322, 2.1.1, without the CRLF.
constexpr size_t kMaxTokenOctets = 64;  // Ours.

bool MayStandInToken(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' ||
         c == '-' || c == '.' || c == ':' || c == '/' || c == '+' || c == '@';
}

// The tokens of "name=a, b, +3", one for each word of the field.
void AppendList(absl::string_view name, const std::vector<std::string>& items,
                std::vector<std::string>& words) {
  if (items.empty()) return;
  const size_t shown = std::min(items.size(), kMaxVerdictListItems);
  for (size_t i = 0; i < shown; ++i) {
    if (i > 0) words.back() += ',';
    words.push_back(absl::StrCat(i == 0 ? name : "", i == 0 ? "=" : "",
                                 VerdictToken(items[i])));
  }
  if (shown < items.size()) {
    words.back() += ',';
    words.push_back(absl::StrCat("+", items.size() - shown));
  }
}

// The items after the verdict. Each ends where a word without a comma does.
std::vector<std::string> Words(const VerdictField& field) {
  std::vector<std::string> words;
  if (field.score && std::isfinite(*field.score)) {
    words.push_back(
        absl::StrCat("score=", std::round(*field.score * 100) / 100));
  }
  AppendList("scanner", field.scanners, words);
  if (!field.signature.empty()) {
    words.push_back(absl::StrCat("signature=", VerdictToken(field.signature)));
  }
  AppendList("symbols", field.symbols, words);
  if (field.unscannable) words.push_back("unscannable");
  return words;
}

}  // namespace

std::string VerdictToken(absl::string_view text) {
  if (text.empty()) return "_";
  std::string token(text.substr(0, kMaxTokenOctets));
  for (char& c : token) {
    if (!MayStandInToken(c)) c = '_';
  }
  return token;
}

std::string VerdictField::ToFields() const {
  std::string out =
      absl::StrCat(kVerdictFieldName, ": ", ContentVerdictName(verdict));
  size_t column = out.size();
  for (const std::string& word : Words(*this)) {
    // A list goes on behind its comma; an item behind a semicolon.
    if (out.back() != ',') {
      out += ';';
      ++column;
    }
    // Room for the sign behind the word, too.
    if (column + 1 + word.size() + 1 > kFoldAtOctets) {
      out += "\r\n\t";
      column = 1;
    } else {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
  }
  out += "\r\n";
  if (spam_flag) absl::StrAppend(&out, kSpamFlagFieldName, ": YES\r\n");
  return out;
}

}  // namespace mailsec::message
