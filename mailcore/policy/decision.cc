#include "mailcore/policy/decision.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "mailcore/base/json_string.h"
#include "mailcore/base/log_safe.h"

namespace mailsec::policy {
namespace {

using base::LogSafe;

void AppendMember(const char* key, absl::string_view value, std::string& out) {
  if (out.back() != '{') out += ',';
  base::AppendJsonString(key, out);
  out += ':';
  base::AppendJsonString(value, out);
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
