#include "mailcore/message/content_verdict.h"

#include "absl/strings/match.h"

namespace mailsec::message {

absl::string_view ContentVerdictName(ContentVerdict verdict) {
  switch (verdict) {
    case ContentVerdict::kUnknown:
      return "unknown";
    case ContentVerdict::kClean:
      return "clean";
    case ContentVerdict::kSpam:
      return "spam";
    case ContentVerdict::kMalware:
      return "malware";
  }
  return "";
}

std::optional<ContentVerdict> ParseContentVerdict(base::StringView name) {
  for (const ContentVerdict verdict :
       {ContentVerdict::kUnknown, ContentVerdict::kClean, ContentVerdict::kSpam,
        ContentVerdict::kMalware}) {
    if (absl::EqualsIgnoreCase(name, ContentVerdictName(verdict))) {
      return verdict;
    }
  }
  return std::nullopt;
}

}  // namespace mailsec::message
