#include "mailcore/smtp/esmtp_parameters.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "mailcore/base/utf8.h"
#include "mailcore/smtp/xtext.h"

namespace mailsec::smtp {
namespace {

constexpr size_t kMaxEnvelopeIdOctets = 100;  // RFC 3461, 4.4.
constexpr size_t kMaxOriginalOctets = 500;    // RFC 3461, 4.2.

// What one word did.
enum class Outcome { kTaken, kBad, kUnknown };

struct Word {
  absl::string_view keyword;
  std::optional<absl::string_view> value;
};

// esmtp-param   = esmtp-keyword ["=" esmtp-value]
// esmtp-keyword = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-")
// esmtp-value   = 1*(%d33-60 / %d62-126); RFC 6531, 3.3 adds UTF8-non-ascii
std::optional<Word> SplitWord(absl::string_view text) {
  const size_t equals = text.find('=');
  Word word{text.substr(0, equals), std::nullopt};
  if (word.keyword.empty() || word.keyword[0] == '-') return std::nullopt;
  for (unsigned char c : word.keyword) {
    if (!absl::ascii_isalnum(c) && c != '-') return std::nullopt;
  }
  if (equals == absl::string_view::npos) return word;
  word.value = text.substr(equals + 1);
  if (word.value->empty() || !base::IsValidUtf8(*word.value))
    return std::nullopt;
  for (unsigned char c : *word.value) {
    if (c <= 0x20 || c == 0x7F || c == '=') return std::nullopt;
  }
  return word;
}

// Splits and hands each word to `take`, a word given twice being bad.
template <typename Take>
std::optional<Reply> ForEachWord(absl::string_view text, bool extended,
                                 Take take) {
  std::vector<std::string> seen;
  for (absl::string_view piece :
       absl::StrSplit(text, absl::ByAnyChar(" \t"), absl::SkipEmpty())) {
    if (!extended) {
      return Reply(555, {5, 5, 4}, "Parameters need EHLO");
    }
    const auto word = SplitWord(piece);
    if (!word) return Reply(501, {5, 5, 4}, "Bad parameter syntax");
    std::string keyword = absl::AsciiStrToUpper(word->keyword);
    if (std::find(seen.begin(), seen.end(), keyword) != seen.end()) {
      return Reply(501, {5, 5, 4}, absl::StrCat(keyword, " was given twice"));
    }
    switch (take(keyword, word->value)) {
      case Outcome::kTaken:
        break;
      case Outcome::kBad:
        return Reply(501, {5, 5, 4}, absl::StrCat("Bad value of ", keyword));
      case Outcome::kUnknown:
        return Reply(555, {5, 5, 4},
                     absl::StrCat("Parameter ", keyword, " is not supported"));
    }
    seen.push_back(std::move(keyword));
  }
  return std::nullopt;
}

// Both keyword and value in any case.
template <typename Value>
Outcome Choose(
    absl::string_view text,
    std::initializer_list<std::pair<absl::string_view, Value>> choices,
    Value& out) {
  for (const auto& [name, value] : choices) {
    if (!absl::EqualsIgnoreCase(text, name)) continue;
    out = value;
    return Outcome::kTaken;
  }
  return Outcome::kBad;
}

Outcome TakeEnvelopeId(absl::string_view value, MailParameters& out) {
  auto decoded = DecodeXtext(value);
  if (value.size() > kMaxEnvelopeIdOctets || !decoded) return Outcome::kBad;
  out.envelope_id = *std::move(decoded);
  return Outcome::kTaken;
}

Outcome TakeMailWord(absl::string_view keyword,
                     std::optional<absl::string_view> value,
                     MailParameters& out) {
  if (keyword == "SMTPUTF8") {
    out.smtputf8 = true;
    return value ? Outcome::kBad : Outcome::kTaken;
  }
  if (keyword == "PRDR") {
    out.prdr = true;
    return value ? Outcome::kBad : Outcome::kTaken;
  }
  const absl::string_view text = value.value_or("");
  if (keyword == "SIZE") {
    const auto size = ParseSize(text);
    out.declared_size = size.value_or(0);
    return size ? Outcome::kTaken : Outcome::kBad;
  }
  if (keyword == "BODY") {
    return Choose<BodyType>(text,
                            {{"7BIT", BodyType::k7Bit},
                             {"8BITMIME", BodyType::k8BitMime},
                             {"BINARYMIME", BodyType::kBinaryMime}},
                            out.body);
  }
  if (keyword == "RET") {
    return Choose<DsnReturn>(
        text, {{"FULL", DsnReturn::kFull}, {"HDRS", DsnReturn::kHeaders}},
        out.dsn_return);
  }
  if (keyword == "ENVID") {
    return value ? TakeEnvelopeId(text, out) : Outcome::kBad;
  }
  if (keyword == "AUTH") {
    out.auth = value ? DecodeXtext(text) : std::nullopt;
    return out.auth ? Outcome::kTaken : Outcome::kBad;
  }
  return Outcome::kUnknown;
}

// notify-esmtp-value = "NEVER" / 1#("SUCCESS" / "FAILURE" / "DELAY")
Outcome TakeNotify(absl::string_view text, DsnNotify& out) {
  if (absl::EqualsIgnoreCase(text, "NEVER")) {
    out.never = true;
    return Outcome::kTaken;
  }
  for (absl::string_view word : absl::StrSplit(text, ',')) {
    if (absl::EqualsIgnoreCase(word, "SUCCESS")) {
      out.success = true;
    } else if (absl::EqualsIgnoreCase(word, "FAILURE")) {
      out.failure = true;
    } else if (absl::EqualsIgnoreCase(word, "DELAY")) {
      out.delay = true;
    } else {
      return Outcome::kBad;
    }
  }
  return Outcome::kTaken;
}

// addr-type = atom (RFC 3461, 4.2), here letters, digits and hyphens.
bool IsAddressType(absl::string_view type) {
  return !type.empty() &&
         std::all_of(type.begin(), type.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '-';
         });
}

// original-recipient-address = addr-type ";" xtext; RFC 6533, 3 for "utf-8".
Outcome TakeOriginal(absl::string_view text, bool smtputf8,
                     RcptParameters& out) {
  const size_t semicolon = text.find(';');
  if (semicolon == absl::string_view::npos || semicolon == 0 ||
      text.size() > kMaxOriginalOctets) {
    return Outcome::kBad;
  }
  std::string type = absl::AsciiStrToLower(text.substr(0, semicolon));
  if (!IsAddressType(type)) return Outcome::kBad;
  const absl::string_view encoded = text.substr(semicolon + 1);
  std::optional<std::string> address;
  if (type != "utf-8") {
    address = DecodeXtext(encoded);
  } else if (smtputf8 && !base::IsAscii(encoded)) {
    address = DecodeUnitext(encoded);
  } else if (auto decoded = DecodeXtext(encoded)) {
    address = DecodeUnitext(*decoded);
  }
  if (!address || address->empty()) return Outcome::kBad;
  out.original_type = std::move(type);
  out.original_recipient = *std::move(address);
  return Outcome::kTaken;
}

Outcome TakeRcptWord(absl::string_view keyword,
                     std::optional<absl::string_view> value, bool smtputf8,
                     RcptParameters& out) {
  const absl::string_view text = value.value_or("");
  if (keyword == "NOTIFY") return TakeNotify(text, out.notify);
  if (keyword == "ORCPT") return TakeOriginal(text, smtputf8, out);
  return Outcome::kUnknown;
}

}  // namespace

std::optional<uint64_t> ParseSize(absl::string_view text) {
  if (text.empty() || text.size() > 20) return std::nullopt;
  for (unsigned char c : text) {
    if (!absl::ascii_isdigit(c)) return std::nullopt;
  }
  uint64_t size = 0;
  return absl::SimpleAtoi(text, &size) ? size
                                       : std::numeric_limits<uint64_t>::max();
}

std::variant<MailParameters, Reply> ParseMailParameters(absl::string_view text,
                                                        bool extended) {
  MailParameters out;
  auto refusal =
      ForEachWord(text, extended, [&](absl::string_view keyword, auto value) {
        return TakeMailWord(keyword, value, out);
      });
  if (refusal) return *std::move(refusal);
  return out;
}

std::variant<RcptParameters, Reply> ParseRcptParameters(absl::string_view text,
                                                        bool extended,
                                                        bool smtputf8) {
  RcptParameters out;
  auto refusal =
      ForEachWord(text, extended, [&](absl::string_view keyword, auto value) {
        return TakeRcptWord(keyword, value, smtputf8, out);
      });
  if (refusal) return *std::move(refusal);
  return out;
}

std::string FormatDsnParameters(const MailParameters& parameters) {
  std::string out;
  switch (parameters.dsn_return) {
    case DsnReturn::kUnspecified:
      break;
    case DsnReturn::kFull:
      out += " RET=FULL";
      break;
    case DsnReturn::kHeaders:
      out += " RET=HDRS";
      break;
  }
  if (!parameters.envelope_id.empty()) {
    absl::StrAppend(&out, " ENVID=", EncodeXtext(parameters.envelope_id));
  }
  return out;
}

std::string FormatDsnParameters(const RcptParameters& parameters) {
  std::string out;
  const DsnNotify& notify = parameters.notify;
  if (notify.never) {
    out += " NOTIFY=NEVER";
  } else if (!notify.IsDefault()) {
    std::string words;
    if (notify.success) words += ",SUCCESS";
    if (notify.failure) words += ",FAILURE";
    if (notify.delay) words += ",DELAY";
    absl::StrAppend(&out, " NOTIFY=", words.substr(1));
  }
  if (IsAddressType(parameters.original_type) &&
      !parameters.original_recipient.empty()) {
    absl::StrAppend(&out, " ORCPT=", parameters.original_type, ";",
                    parameters.original_type == "utf-8"
                        ? EncodeUnitext(parameters.original_recipient)
                        : EncodeXtext(parameters.original_recipient));
  }
  return out;
}

}  // namespace mailsec::smtp
