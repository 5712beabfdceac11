// Whatever a peer said, a decision explains itself in lines that nobody can
// forge, and its JSON is one balanced object of safe UTF-8.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "mailcore/base/utf8.h"
#include "mailcore/policy/decision.h"

namespace mailsec::policy {
namespace {

using base::IsValidUtf8;

void Require(bool holds) {
  if (!holds) std::abort();
}

// Ends behind the JSON value that begins at `at`: objects, arrays, strings
// and numbers, which are all that a decision has.
size_t SkipValue(const std::string& json, size_t at) {
  int depth = 0;
  bool quoted = false;
  for (; at < json.size(); ++at) {
    const char c = json[at];
    if (quoted) {
      if (c == '\\') ++at;
      if (c == '"') quoted = false;
      continue;
    }
    if (c == '"') quoted = true;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (depth == 0 && !quoted) return at + 1;
  }
  return std::string::npos;
}

void Check(const Decision& decision, size_t lines) {
  const std::string text = decision.Explain();
  Require(static_cast<size_t>(std::count(text.begin(), text.end(), '\n')) ==
          lines);
  const std::string json = decision.ToJson();
  Require(IsValidUtf8(text) && IsValidUtf8(json));
  for (const char c : text) {
    Require(c == '\n' || (static_cast<uint8_t>(c) >= ' ' && c != 0x7F));
  }
  for (const char c : json)
    Require(static_cast<uint8_t>(c) >= ' ' && c != 0x7F);
  Require(SkipValue(json, 0) == json.size());
}

}  // namespace
}  // namespace mailsec::policy

// The input is the reply's text and the inputs, parted by '|'.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<std::string> parts = absl::StrSplit(text, '|');
  if (parts.empty()) parts.emplace_back();  // `data` was null.
  mailsec::policy::Decision decision = {
      .verdict = mailsec::policy::Verdict::kRefuse,
      .reply = mailsec::smtp::Reply(550, {5, 7, 1}, parts[0]),
      .rule = mailsec::policy::RulePtr::Make("rule")};
  for (size_t i = 1; i < parts.size(); ++i) {
    decision.inputs.emplace_back("input", parts[i]);
  }
  mailsec::policy::Check(decision, 2 + decision.inputs.size());
  return 0;
}
