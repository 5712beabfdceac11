#include "mailcore/server/deliver/hop_asker.h"

#include <utility>

namespace mailsec::server {
namespace {

using smtp::Reply;

smtp::RecipientOutcome OurAnswer(const Reply& reply) {
  return {.reply = reply, .stage = smtp::Stage::kConnect, .from_peer = false};
}

}  // namespace

void HopAsker::Ask(const std::shared_ptr<const Routing>& routing,
                   HopQuestion question, Done done) {
  const route::Destination to = routing->router.Route(question.recipient);
  const route::MailClass mail_class =
      routing->router.IsLocal(question.recipient) ? route::MailClass::kLocalOnly
                                                  : route::MailClass::kOrdinary;
  cache_->Find(
      routing, to, mail_class,
      [this, routing, to, mail_class, question = std::move(question),
       done = std::move(done)](const route::NextHops& hops) {
        if (hops.failure) return done(OurAnswer(*hops.failure), "");
        if (question.only_route) {
          return done(OurAnswer(Reply(250, {2, 1, 5}, "There is a way")), "");
        }
        AskHop(routing, to, mail_class, hops, question, done);
      });
}

void HopAsker::AskHop(const std::shared_ptr<const Routing>& routing,
                      const route::Destination& to, route::MailClass mail_class,
                      const route::NextHops& hops, const HopQuestion& question,
                      const Done& done) {
  Outgoing message;
  message.patience = question.patience;
  message.transaction.probe = true;
  message.transaction.parameters.declared_size = question.octets;
  message.transaction.recipients.push_back({question.recipient, {}});
  message.done = [done](SendResult result) {
    if (result.tried) return done(result.outcomes[0], result.hop);
    done(OurAnswer(Reply(451, {4, 4, 1}, result.why)), result.hop);
  };
  outbox_->Send(hops,
                to.kind == route::Destination::Kind::kLmtp
                    ? smtp::Protocol::kLmtp
                    : smtp::Protocol::kSmtp,
                mail_class,
                std::shared_ptr<const route::Inside>(routing, &routing->inside),
                std::move(message));
}

}  // namespace mailsec::server
