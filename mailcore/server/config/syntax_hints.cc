#include "mailcore/server/config/syntax_hints.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "mailcore/base/utf8.h"
#include "mailcore/server/config/config.pb.h"

namespace mailsec::server {
namespace {

using google::protobuf::FieldDescriptor;

// The values of the enums of all fields with this name.
std::string ValuesOf(const std::string& field) {
  std::string values;
  const google::protobuf::FileDescriptor& file =
      *config::Config::descriptor()->file();
  for (int m = 0; m < file.message_type_count(); ++m) {
    const FieldDescriptor* const found =
        file.message_type(m)->FindFieldByName(field);
    if (found == nullptr || found->enum_type() == nullptr) continue;
    for (int v = 0; v < found->enum_type()->value_count(); ++v) {
      absl::StrAppend(&values, values.empty() ? "" : ", ",
                      found->enum_type()->value(v)->name());
    }
  }
  return values;
}

}  // namespace

std::string WithHint(const std::string& message, absl::string_view line) {
  if (absl::StartsWith(message, "Unknown enumeration value")) {
    const std::vector<std::string> parts = absl::StrSplit(message, '"');
    const std::string values = parts.size() > 3 ? ValuesOf(parts[3]) : "";
    if (!values.empty()) {
      return absl::StrCat(message, " It is one of ", values, ".");
    }
  }
  if (absl::StrContains(message, "Need space between number and identifier")) {
    return absl::StrCat(message,
                        " Numbers have no unit: 20971520, not 20M; the name of "
                        "the field says which unit it has.");
  }
  if (absl::StrContains(line, "//") || absl::StrContains(line, "/*")) {
    return absl::StrCat(message, " Comments begin with #.");
  }
  return message;
}

std::optional<ConfigPlace> OpenBlock(absl::string_view text) {
  std::vector<ConfigPlace> open;
  ConfigPlace at;
  char quote = '\0';
  bool comment = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') {
      ++at.line;
      at.column = 1;
      comment = false;
      quote = '\0';  // No string goes over a line.
      continue;
    }
    if (comment) {
      // Passed over.
    } else if (quote != '\0') {
      if (c == '\\' && i + 1 < text.size() && text[i + 1] != '\n') {
        ++i;
        ++at.column;
      } else if (c == quote) {
        quote = '\0';
      }
    } else if (c == '#') {
      comment = true;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '{' || c == '<') {
      open.push_back(at);
    } else if ((c == '}' || c == '>') && !open.empty()) {
      open.pop_back();
    }
    ++at.column;
  }
  if (open.empty()) return std::nullopt;
  return open.back();
}

std::optional<ConfigPlace> NotUtf8(absl::string_view text) {
  ConfigPlace at;
  while (!text.empty()) {
    const base::Utf8Character c = base::NextUtf8(text);
    if (!c.valid) return at;
    if (text[0] == '\n') {
      ++at.line;
      at.column = 1;
    } else {
      ++at.column;
    }
    text.remove_prefix(c.octets);
  }
  return std::nullopt;
}

absl::string_view WithoutByteOrderMark(absl::string_view text) {
  absl::ConsumePrefix(&text, "\xEF\xBB\xBF");
  return text;
}

}  // namespace mailsec::server
