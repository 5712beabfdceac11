#include "mailcore/server/deliver/carrier.h"

#include <algorithm>
#include <utility>

#include "mailcore/server/deliver/hop_limits.h"
#include "mailcore/server/runtime/server_events.h"

namespace mailsec::server {
namespace {

namespace asio = boost::asio;
using Reach = Carried::Reach;
using Outcomes = std::vector<smtp::RecipientOutcome>;

// The smaller of two bounds, of which 0 is none.
size_t Least(size_t a, size_t b) {
  if (a == 0 || b == 0) return std::max(a, b);
  return std::min(a, b);
}

bool AllSpeakOfMail(const Outcomes& outcomes) {
  return std::all_of(outcomes.begin(), outcomes.end(), [](const auto& outcome) {
    return outcome.about == smtp::About::kMail;
  });
}

}  // namespace

struct Carrier::Journey {
  Journey(Way to, Outgoing what, route::HostHealth* health,
          absl::Duration uptime)
      : way(std::move(to)),
        handover(std::move(what.transaction)),
        content(std::move(what.content)),
        on_taken(std::move(what.on_taken)),
        search(HostsOf(way.hops), health, way.search,
               std::min(kSearchTime, what.patience), uptime) {}

  const Way way;
  Handover handover;
  const HopContent content;
  const Outgoing::OnTaken on_taken;
  HostSearch search;
  bool greeted = false;  // By some host.
  Carried carried;
};

asio::awaitable<Carried> Carrier::Carry(Way way, Outgoing message) {
  hop_->SetPatience(message.patience);
  Journey journey(std::move(way), std::move(message), health_,
                  context_->clock->Uptime());
  while (!journey.handover.done()) {
    const bool connected = co_await Connect(journey);
    if (!connected) {
      GiveUp(journey);
      break;
    }
    co_await Ask(journey);
    const bool goes_on = !journey.handover.done();
    if (goes_on && journey.on_taken && journey.handover.HasTaken()) {
      co_await journey.on_taken(journey.handover.outcomes());
    }
  }
  journey.carried.outcomes = journey.handover.TakeOutcomes();
  co_return std::move(journey.carried);
}

bool Carrier::IsUsable(const Way& way) const {
  if (!hop_->ready()) return false;
  const size_t promised = hop_->capabilities().max_messages;
  return hop_->messages() < Least(way.max_messages, promised) &&
         context_->clock->Uptime() - hop_->connected_at() < way.max_age;
}

// True: there is a connection that is ready for mail.
asio::awaitable<bool> Carrier::Connect(Journey& journey) {
  if (IsUsable(journey.way)) {
    journey.greeted = true;
    co_return true;
  }
  co_await hop_->Quit();
  while (!hop_->given_up()) {
    const Host* host = journey.search.Next();
    if (host == nullptr) break;
    const bool allowed =
        !host->unix_path.empty() ||
        journey.way.inside->MayConnect(journey.way.mail_class, host->address);
    if (!allowed) {
      journey.search.Forbidden(*host);
      continue;
    }
    const absl::Duration start = context_->clock->Uptime();
    const std::optional<HostFault> fault =
        co_await hop_->ConnectTo(*host, journey.search.others_left());
    journey.search.Spent(context_->clock->Uptime() - start);
    if (!fault) {
      journey.greeted = true;
      on_greeted_();
      co_return true;
    }
    Leave(journey, *host, *fault);
  }
  co_return false;
}

// One transaction, and what it means for the rest.
asio::awaitable<void> Carrier::Ask(Journey& journey) {
  Carried& carried = journey.carried;
  const bool is_new = hop_->messages() == 0;
  const size_t max_recipients =
      Least(carried.max_recipients.value_or(journey.way.max_recipients),
            hop_->capabilities().max_recipients);
  const Outcomes outcomes = co_await hop_->Send(
      journey.handover.Next(max_recipients), journey.content);
  (void)journey.handover.Hear(outcomes, hop_->host().name,
                              hop_->capabilities().dsn);
  if (journey.handover.found_limit()) {
    carried.max_recipients = journey.handover.found_limit();
  }
  if (AllSpeakOfMail(outcomes)) {
    health_->Worked(hop_->host().Key());
    carried.reach = Reach::kAnswered;
    carried.why.clear();  // Hosts that were left before do not matter any more.
    co_return;
  }
  carried.reach = Reach::kBrokeOff;
  carried.why = hop_->fault()->why;
  if (is_new || hop_->timed_out()) {
    Leave(journey, hop_->host(), *hop_->fault());
  } else {
    // An old connection was closed, perhaps while it lay idle (RFC 5321, 3.8).
    journey.search.PutFirst(hop_->host());
  }
}

void Carrier::Leave(Journey& journey, const Host& host,
                    const HostFault& fault) {
  journey.carried.why = fault.why;
  journey.search.Failed(host, fault, context_->clock->Uptime());
  if (!journey.search.others_left()) return;
  context_->events->Record(
      base::Event(events::kHostLeft, context_->clock->Now())
          .With("hop", journey.way.key)
          .With("host", host.name)
          .With("why", fault.why)
          .With("next", journey.search.NextName()));
}

// No host is left: those without an answer wait, or are refused.
void Carrier::GiveUp(Journey& journey) const {
  Carried& carried = journey.carried;
  const HostSearch& search = journey.search;
  carried.reach = journey.greeted ? Reach::kBrokeOff : Reach::kNotReached;
  carried.kept_inside = search.all_forbidden();
  smtp::RecipientOutcome verdict = search.Verdict();
  if (carried.kept_inside) {
    verdict.reply = route::Inside::Refusal(search.last_name());
  }
  if (carried.why.empty()) carried.why = verdict.reply.text();
  journey.handover.AnswerRest(verdict, search.last_name());
}

}  // namespace mailsec::server
