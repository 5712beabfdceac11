#include "mailcore/server/queue/last_reply.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "mailcore/smtp/reply_parser.h"

namespace mailsec::server {
namespace {

constexpr size_t kMaxReplyOctets = 64 * 1024;

}  // namespace

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
