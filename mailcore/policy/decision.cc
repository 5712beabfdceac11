#include "mailcore/policy/decision.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "mailcore/base/log_safe.h"
#include "mailcore/base/utf8.h"

namespace mailsec::policy {
namespace {

using base::LogSafe;

// Code points that a terminal obeys rather than shows.
bool IsEscapedInJson(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x200E || c == 0x200F ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

// RFC 8259, 7. What is not UTF-8 becomes U+FFFD; all that a terminal obeys is
// written as \uXXXX.
void AppendJsonString(absl::string_view text, std::string& out) {
  out += '"';
  while (!text.empty()) {
    const base::Utf8Character c = base::NextUtf8(text);
    if (!c.valid) {
      out += "\\ufffd";
    } else if (c.code_point == '"' || c.code_point == '\\') {
      out += '\\';
      out += text[0];
    } else if (IsEscapedInJson(c.code_point)) {
      absl::StrAppend(
          &out, "\\u",
          absl::Hex(static_cast<uint32_t>(c.code_point), absl::kZeroPad4));
    } else {
      absl::StrAppend(&out, text.substr(0, c.octets));
    }
    text.remove_prefix(c.octets);
  }
  out += '"';
}

void AppendMember(const char* key, absl::string_view value, std::string& out) {
  if (out.back() != '{') out += ',';
  AppendJsonString(key, out);
  out += ':';
  AppendJsonString(value, out);
}

void AppendJson(const Decision& decision, std::string& out) {
  out += '{';
  AppendMember("verdict", VerdictName(decision.verdict), out);
  absl::StrAppend(&out, ",\"code\":", decision.reply.code());
  AppendMember("enhanced", decision.reply.status().ToString(), out);
  AppendMember("text", decision.reply.text(), out);
  AppendMember("rule", decision.rule->name, out);
  AppendMember("source", decision.rule->source, out);
  out += ",\"inputs\":{";
  for (const auto& [key, value] : decision.inputs) {
    AppendMember(key.c_str(), value, out);
  }
  out += '}';
  AppendMember("otherwise", decision.otherwise(), out);
  out += ",\"because\":[";
  for (const Decision& cause : decision.because) {
    if (out.back() != '[') out += ',';
    AppendJson(cause, out);
  }
  out += "]}";
}

// The lines of a reply, on one line.
std::string OneLine(const smtp::Reply& reply) {
  return absl::StrReplaceAll(reply.ToString(), {{"\n", " / "}});
}

}  // namespace

absl::string_view VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAccept:
      return "accept";
    case Verdict::kRefuse:
      return "refuse";
    case Verdict::kCannotTell:
      return "cannot tell";
  }
  return "";
}

std::string Decision::Explain(int indent) const {
  const std::string margin(indent, ' ');
  std::string out =
      absl::StrCat(margin, VerdictName(verdict), ": ", LogSafe(OneLine(reply)),
                   "\n", margin, "  rule: ", LogSafe(rule->name));
  if (!rule->source.empty()) {
    absl::StrAppend(&out, " (", LogSafe(rule->source), ")");
  }
  out += '\n';
  for (const auto& [key, value] : inputs) {
    absl::StrAppend(&out, margin, "  ", LogSafe(key), ": ", LogSafe(value),
                    "\n");
  }
  if (!otherwise().empty()) {
    absl::StrAppend(&out, margin, "  otherwise: ", LogSafe(otherwise()), "\n");
  }
  if (!because.empty()) absl::StrAppend(&out, margin, "  because:\n");
  for (const Decision& cause : because) out += cause.Explain(indent + 4);
  return out;
}

std::string Decision::ToJson() const {
  std::string out;
  AppendJson(*this, out);
  return out;
}

}  // namespace mailsec::policy
