#include "mailcore/server/queue/last_reply.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "mailcore/base/log_safe.h"
#include "mailcore/smtp/reply_parser.h"

namespace mailsec::server {
namespace {

constexpr size_t kMaxReplyOctets = 64 * 1024;

// Of all replies of one message together, and of each. Ours.
constexpr size_t kMaxKept = 128 << 10;
constexpr size_t kMinKeptOfEach = 160;

}  // namespace

std::string KeptReply(absl::string_view text, size_t recipients) {
  return base::LogSafe(text, std::clamp(kMaxKept / recipients, kMinKeptOfEach,
                                        base::kMaxLogSafeOctets));
}

smtp::Reply LastTransientReply(const spool::Recipient& recipient) {
  smtp::ReplyParser parser(kMaxReplyOctets);
  parser.Append(absl::StrCat(recipient.last_reply, "\r\n"));
  const std::optional<smtp::Reply> reply = parser.Next().reply;
  if (reply && reply->IsTransient()) return *reply;
  return smtp::Reply(451, {4, 4, 1},
                     recipient.last_reply.empty()
                         ? "The next hop cannot be asked now; try again later"
                         : recipient.last_reply);
}

}  // namespace mailsec::server
