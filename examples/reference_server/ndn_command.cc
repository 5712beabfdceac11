#include "examples/reference_server/ndn_command.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "mailcore/base/log_safe.h"
#include "mailcore/io/read_file.h"
#include "mailcore/message/date_time.h"
#include "mailcore/notify/delivery_report.h"
#include "mailcore/notify/report_linter.h"
#include "mailcore/notify/report_parser.h"

namespace {

using mailsec::base::LogSafe;
namespace notify = mailsec::notify;

constexpr int kGood = 0;
constexpr int kFaulty = 1;
constexpr int kBadUse = 2;
// No mail server takes longer messages by default. Ours.
constexpr size_t kMaxFileOctets = 256 * 1024 * 1024;

// `text`, which is UTF-8, as a JSON string.
std::string Json(absl::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (static_cast<unsigned char>(c) < 0x20) {
      absl::StrAppend(&out, "\\u",
                      absl::Hex(static_cast<uint8_t>(c), absl::kZeroPad4));
    } else {
      out += c;
    }
  }
  return out + "\"";
}

// Members of one JSON object, in order. Thread safety: none.
class JsonObject {
 public:
  void Add(absl::string_view name, const std::string& json) {
    absl::StrAppend(&text_, text_.empty() ? "" : ",", Json(name), ":", json);
  }
  // Not if `text` is empty.
  void AddText(absl::string_view name, absl::string_view text) {
    if (!text.empty()) Add(name, Json(text));
  }
  std::string ToString() const { return "{" + text_ + "}"; }

 private:
  std::string text_;
};

absl::StatusOr<std::string> Read(const std::string& file, std::istream& in) {
  if (file != "-") return mailsec::io::ReadFile(file, kMaxFileOctets);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

int ListRules(bool json, std::ostream& out) {
  for (const notify::LintRule& rule : notify::LintRules()) {
    if (json) {
      JsonObject object;
      object.AddText("rule", rule.name);
      object.AddText("severity", notify::SeverityName(rule.severity));
      object.AddText("rfc", rule.rfc);
      object.AddText("summary", rule.summary);
      out << object.ToString() << "\n";
    } else {
      out << absl::StreamFormat("%-30s %-7s  %s\n    %s\n", rule.name,
                                notify::SeverityName(rule.severity), rule.rfc,
                                rule.summary);
    }
  }
  return kGood;
}

void PrintViolation(const std::string& file, const notify::Violation& v,
                    bool json, std::ostream& out) {
  const absl::string_view severity = notify::SeverityName(v.severity);
  if (!json) {
    out << file << ":" << v.line << ": " << severity << " " << v.rule << ": "
        << v.message << " (" << v.rfc << ")\n";
    return;
  }
  JsonObject object;
  object.AddText("file", file);
  object.Add("line", std::to_string(v.line));
  object.AddText("severity", severity);
  object.AddText("rule", v.rule);
  object.AddText("message", v.message);
  object.AddText("rfc", v.rfc);
  out << object.ToString() << "\n";
}

int Lint(const std::vector<std::string>& files, bool json, std::istream& in,
         std::ostream& out, std::ostream& err) {
  int result = kGood;
  for (const std::string& file : files) {
    const absl::StatusOr<std::string> content = Read(file, in);
    if (!content.ok()) {
      err << LogSafe(content.status().message()) << "\n";
      result = kBadUse;
      continue;
    }
    for (const notify::Violation& v : notify::LintReport(*content)) {
      PrintViolation(LogSafe(file), v, json, out);
      if (v.severity == notify::Violation::Severity::kError) {
        result = std::max(result, kFaulty);
      }
    }
  }
  return result;
}

std::string Typed(const notify::TypedValue& value) {
  if (value.empty()) return "";
  return value.type.empty() ? value.value
                            : absl::StrCat(value.type, "; ", value.value);
}

std::string Date(const std::optional<absl::Time>& time) {
  return time ? mailsec::message::FormatDateTime(*time) : "";
}

// What is shown: names and texts, of which empty ones are left out.
using Rows = std::vector<std::pair<absl::string_view, std::string>>;

Rows MessageRows(const notify::ParsedReport& parsed) {
  const notify::DeliveryReport& report = parsed.report;
  return {{"reporting_mta", Typed(report.reporting_mta)},
          {"received_from_mta", Typed(report.received_from_mta)},
          {"original_envelope_id", report.original_envelope_id},
          {"arrival_date", Date(report.arrival_date)},
          {"original_message_id", parsed.original_message_id}};
}

Rows RecipientRows(const notify::RecipientStatus& recipient) {
  return {{"final_recipient", Typed(recipient.final_recipient)},
          {"original_recipient", Typed(recipient.original_recipient)},
          {"action", std::string(ActionName(recipient.action))},
          {"status", recipient.status.ToString()},
          {"remote_mta", Typed(recipient.remote_mta)},
          {"diagnostic_code", Typed(recipient.diagnostic_code)},
          {"last_attempt", Date(recipient.last_attempt)},
          {"will_retry_until", Date(recipient.will_retry_until)},
          {"final_log_id", recipient.final_log_id}};
}

JsonObject ToJson(const Rows& rows) {
  JsonObject object;
  for (const auto& [name, text] : rows) object.AddText(name, text);
  return object;
}

// Further lines of a text stand below its first.
void PrintRows(const Rows& rows, std::ostream& out) {
  for (const auto& [name, text] : rows) {
    if (text.empty()) continue;
    absl::string_view label = name;
    for (const absl::string_view line : absl::StrSplit(text, '\n')) {
      out << absl::StreamFormat("%-20s  %s\n", label, LogSafe(line));
      label = "";
    }
  }
}

int Show(const std::string& file, bool json, std::istream& in,
         std::ostream& out, std::ostream& err) {
  const absl::StatusOr<std::string> content = Read(file, in);
  if (!content.ok()) {
    err << LogSafe(content.status().message()) << "\n";
    return kBadUse;
  }
  const absl::StatusOr<notify::ParsedReport> parsed =
      notify::ParseReport(*content);
  if (!parsed.ok()) {
    err << LogSafe(file) << ": " << parsed.status().message() << "\n";
    return kFaulty;
  }
  if (json) {
    JsonObject object = ToJson(MessageRows(*parsed));
    std::string recipients;
    for (const notify::RecipientStatus& r : parsed->report.recipients) {
      absl::StrAppend(&recipients, recipients.empty() ? "" : ",",
                      ToJson(RecipientRows(r)).ToString());
    }
    object.Add("recipients", absl::StrCat("[", recipients, "]"));
    object.AddText("explanation", parsed->explanation);
    out << object.ToString() << "\n";
    return kGood;
  }
  PrintRows(MessageRows(*parsed), out);
  for (const notify::RecipientStatus& r : parsed->report.recipients) {
    out << "\n";
    PrintRows(RecipientRows(r), out);
  }
  return kGood;
}

}  // namespace

int RunNdnCommand(const NdnCommand& command, std::istream& in,
                  std::ostream& out, std::ostream& err) {
  const std::string action = command.words.empty() ? "" : command.words[0];
  const std::vector<std::string> files(
      command.words.begin() + (command.words.empty() ? 0 : 1),
      command.words.end());
  if (action == "lint" && command.rules && files.empty()) {
    return ListRules(command.json, out);
  }
  if (action == "lint" && !command.rules && !files.empty()) {
    return Lint(files, command.json, in, out, err);
  }
  if (action == "show" && !command.rules && files.size() == 1) {
    return Show(files[0], command.json, in, out, err);
  }
  err << "ndn: say lint FILE..., lint --rules or show FILE\n"
         "mailsec --help explains.\n";
  return kBadUse;
}
