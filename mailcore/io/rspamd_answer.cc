#include "mailcore/io/rspamd_answer.h"

#include <fnmatch.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "boost/json/src.hpp"  // Boost.JSON is compiled here.
#include "mailcore/base/log_safe.h"

namespace mailsec::io {
namespace {

namespace json = boost::json;
using base::LogSafe;
using policy::ScanResult;
using Outcome = ScanResult::Outcome;

constexpr size_t kMaxAnswerOctets = 1024 * 1024;  // Ours.
constexpr size_t kMaxSymbols = 100;               // Ours.
constexpr size_t kMaxWhyOctets = 200;             // Ours.

// One rule that holds. Thread safety: a value.
struct Symbol {
  std::string name;
  double score = 0;
  std::string option;  // Its first one; empty if it has none.
};

std::string ToString(const json::string& text) {
  return std::string(text.data(), text.size());
}

// A finite number of any kind.
std::optional<double> Number(const json::value* value) {
  if (value == nullptr || !value->is_number()) return std::nullopt;
  const double number = value->is_double()  ? value->get_double()
                        : value->is_int64() ? double(value->get_int64())
                                            : double(value->get_uint64());
  return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

std::string FirstOption(const json::object& symbol) {
  const json::value* options = symbol.if_contains("options");
  if (options == nullptr || !options->is_array() ||
      options->get_array().empty() || !options->get_array()[0].is_string()) {
    return "";
  }
  return ToString(options->get_array()[0].get_string());
}

// Nothing if one of them makes no sense.
std::optional<std::vector<Symbol>> ReadSymbols(const json::object& object) {
  std::vector<Symbol> symbols;
  for (const json::key_value_pair& pair : object) {
    if (!pair.value().is_object()) return std::nullopt;
    const json::object& symbol = pair.value().get_object();
    const std::optional<double> score = Number(symbol.if_contains("score"));
    if (!score) return std::nullopt;
    symbols.push_back({std::string(pair.key().data(), pair.key().size()),
                       *score, FirstOption(symbol)});
  }
  std::stable_sort(symbols.begin(), symbols.end(),
                   [](const Symbol& a, const Symbol& b) {
                     return std::abs(a.score) > std::abs(b.score);
                   });
  return symbols;
}

const Symbol* FindListed(const std::vector<Symbol>& symbols,
                         const std::vector<std::string>& patterns) {
  for (const Symbol& symbol : symbols) {
    for (const std::string& pattern : patterns) {
      if (fnmatch(pattern.c_str(), symbol.name.c_str(), FNM_NOESCAPE) == 0) {
        return &symbol;
      }
    }
  }
  return nullptr;
}

// What rspamd wants to be said to the client; empty if nothing.
std::string Message(const json::object& answer) {
  const json::value* messages = answer.if_contains("messages");
  if (messages == nullptr || !messages->is_object()) return "";
  const json::value* text = messages->get_object().if_contains("smtp_message");
  if (text == nullptr || !text->is_string()) return "";
  return LogSafe(ToString(text->get_string()), kMaxWhyOctets);
}

ScanResult CannotTell(ScanResult result, absl::string_view why) {
  result.outcome = Outcome::kCannotTell;
  result.why = std::string(why);
  return result;
}

// The table of the header.
ScanResult Judge(ScanResult result, const json::object& answer,
                 const std::string& action, const std::vector<Symbol>& symbols,
                 const RspamdSymbols& listed) {
  if (const Symbol* malware = FindListed(symbols, listed.malware)) {
    result.outcome = Outcome::kMalware;
    result.signature =
        malware->option.empty() ? malware->name : malware->option;
    return result;
  }
  if (action == "reject" || action == "discard") {
    result.outcome = Outcome::kSpam;
    result.would_refuse = true;
    return result;
  }
  const json::value* skipped = answer.if_contains("is_skipped");
  if (skipped != nullptr && *skipped != json::value(false)) {
    return CannotTell(std::move(result), "rspamd skipped the message");
  }
  if (const Symbol* fault = FindListed(symbols, listed.fault)) {
    return CannotTell(std::move(result), fault->name);
  }
  if (action == "soft reject") {
    return CannotTell(std::move(result),
                      absl::StrCat("soft reject: ", Message(answer)));
  }
  if (const Symbol* parts = FindListed(symbols, listed.unscannable)) {
    result.outcome = Outcome::kUnscannable;
    result.why = parts->name;
    return result;
  }
  if (action == "add header" || action == "rewrite subject" ||
      action == "quarantine") {
    result.outcome = Outcome::kSpam;
    return result;
  }
  if (action == "no action" || action == "greylist") {
    result.outcome = Outcome::kClean;
    return result;
  }
  return CannotTell(std::move(result), absl::StrCat("rspamd's action is \"",
                                                    LogSafe(action, 64), "\""));
}

// The object that `text` is; nothing if it is none.
std::optional<json::object> Parse(absl::string_view text) {
  if (text.size() > kMaxAnswerOctets) return std::nullopt;
  json::parse_options options;        // 32 levels, nothing beyond RFC 8259 …
  options.allow_invalid_utf8 = true;  // … but for what mail is made of.
  json::error_code error;
  json::value value = json::parse({text.data(), text.size()}, error,
                                  json::storage_ptr(), options);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

}  // namespace

ScanResult ReadRspamdAnswer(absl::string_view text,
                            const RspamdSymbols& listed) {
  const std::optional<json::object> answer = Parse(text);
  if (!answer) return {.why = "rspamd's answer is no JSON object"};
  const json::value* action = answer->if_contains("action");
  if (action == nullptr || !action->is_string()) {
    return {.why = "rspamd's answer has no action"};
  }
  const std::optional<double> score = Number(answer->if_contains("score"));
  if (!score) return {.why = "rspamd's score is no number"};
  const json::value* object = answer->if_contains("symbols");
  std::optional<std::vector<Symbol>> symbols;
  if (object != nullptr && object->is_object()) {
    symbols = ReadSymbols(object->get_object());
  }
  if (!symbols) return {.why = "rspamd's symbols cannot be read"};
  ScanResult result = {.score = *score};
  for (const Symbol& symbol : *symbols) {
    if (result.symbols.size() == kMaxSymbols) break;
    result.symbols.push_back(symbol.name);
  }
  return Judge(std::move(result), *answer, ToString(action->get_string()),
               *symbols, listed);
}

}  // namespace mailsec::io
