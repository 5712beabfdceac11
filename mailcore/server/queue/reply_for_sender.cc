#include "mailcore/server/queue/reply_for_sender.h"

#include <vector>

#include "mailcore/smtp/hidden_address.h"

namespace mailsec::server {
namespace {

constexpr size_t kMaxOthers = 20;

}  // namespace

smtp::Reply ReplyForSender(const smtp::Reply& reply,
                           const spool::Envelope& envelope, size_t recipient) {
  std::vector<smtp::HiddenAddress> hidden;
  const auto hide = [&hidden](const spool::Recipient& r) {
    if (r.named && r.path.address() != nullptr) {
      hidden.push_back({.hidden = *r.path.address(), .shown = *r.named});
    }
  };
  hide(envelope.recipients[recipient]);
  for (size_t i = 0; i < envelope.recipients.size(); ++i) {
    if (hidden.size() > kMaxOthers) break;
    if (i != recipient) hide(envelope.recipients[i]);
  }
  return hidden.empty() ? reply : smtp::WithoutAddresses(reply, hidden);
}

}  // namespace mailsec::server
