#include "mailcore/server/control/control_responses.h"

#include <string>

#include "mailcore/base/log_safe.h"

namespace mailsec::server {

using base::LogSafe;
using control::Response;

Response ErrorResponse(absl::string_view message) {
  Response response;
  response.set_error(LogSafe(message));
  return response;
}

Response ExplanationResponse(const policy::Decision& decision) {
  Response response;
  control::Explanation* explanation = response.mutable_explanation();
  const absl::string_view verdict = policy::VerdictName(decision.verdict);
  explanation->set_verdict(std::string(verdict.data(), verdict.size()));
  explanation->set_text(decision.Explain());
  explanation->set_json(decision.ToJson());
  return response;
}

}  // namespace mailsec::server
