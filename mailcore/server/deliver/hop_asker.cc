#include "mailcore/server/deliver/hop_asker.h"

#include <optional>
#include <utility>

namespace mailsec::server {
namespace {

namespace asio = boost::asio;
using route::MailClass;
using smtp::Reply;

smtp::RecipientOutcome OurAnswer(const Reply& reply) {
  return {.reply = reply, .stage = smtp::Stage::kConnect, .from_peer = false};
}

Outgoing Probe(const HopQuestion& question) {
  Outgoing message;
  message.patience = question.patience;
  message.transaction.probe = true;
  message.transaction.parameters.declared_size = question.octets;
  message.transaction.recipients.push_back({question.recipient, {}});
  return message;
}

}  // namespace

asio::awaitable<void> HopAsker::Ask(HopQuestion question, Done done) {
  const std::shared_ptr<const Routing>& routing = question.routing;
  const route::Destination to = routing->router.Route(question.recipient);
  const MailClass mail_class = routing->router.IsLocal(question.recipient)
                                   ? MailClass::kLocalOnly
                                   : MailClass::kOrdinary;
  std::optional<route::NextHops> hops =
      co_await cache_->Find(routing, to, mail_class, question.patience);
  if (!hops) {
    done(OurAnswer(Reply(451, {4, 4, 3}, "The DNS takes too long")), "");
    co_return;
  }
  if (hops->failure) {
    done(OurAnswer(*hops->failure), "");
    co_return;
  }
  if (question.only_route) {
    done(OurAnswer(Reply(250, {2, 1, 5}, "There is a way")), "");
    co_return;
  }
  const smtp::Protocol protocol = to.kind == route::Destination::Kind::kLmtp
                                      ? smtp::Protocol::kLmtp
                                      : smtp::Protocol::kSmtp;
  std::shared_ptr<const route::Inside> inside(routing, &routing->inside);
  const SendResult result =
      co_await outbox_->Send(*std::move(hops), protocol, mail_class,
                             std::move(inside), Probe(question));
  if (result.tried) {
    done(result.outcomes[0].said, result.outcomes[0].hop);
  } else {
    done(OurAnswer(Reply(451, {4, 4, 1}, result.why)), "");
  }
}

}  // namespace mailsec::server
