#include "mailcore/server/snapshot/addressees.h"

#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"

namespace mailsec::server {
namespace {

using address::Address;
using address::ForwardPath;
using message::HeaderScanner;

constexpr size_t kMaxRecipients = 10000;

std::string KeyOf(const ForwardPath& recipient) {
  return recipient.IsBarePostmaster() ? "postmaster"
                                      : recipient.address()->CanonicalKey();
}

// RFC 3461, 5.2.7.4: those behind a list report no success of their own.
void LeaveOutSuccess(smtp::DsnNotify* notify) {
  if (!notify->success) return;
  notify->success = false;
  notify->never = notify->IsDefault();
}

// RFC 3461, 5.2.7.3: who is meant stays known.
void KeepOriginal(const ForwardPath& named, const ForwardPath& mailbox,
                  smtp::RcptParameters* parameters) {
  const Address* address = named.address();
  if (!parameters->original_type.empty() ||
      (address != nullptr && KeyOf(named) == KeyOf(mailbox))) {
    return;
  }
  const bool is_utf8 = address != nullptr && address->needs_smtputf8();
  parameters->original_type = is_utf8 ? "utf-8" : "rfc822";
  parameters->original_recipient =
      address == nullptr ? "postmaster" : address->ToString();
}

class Finder {
 public:
  Finder(const Routing& routing, const spool::Envelope& envelope)
      : routing_(routing), envelope_(envelope) {}

  absl::StatusOr<Addressees> Find() {
    for (size_t i = 0; i < envelope_.recipients.size(); ++i) {
      AddWithAliases(envelope_.recipients[i], i);
      if (out_.recipients.size() > kMaxRecipients) {
        return absl::ResourceExhaustedError(
            "Too many recipients behind aliases; send to fewer at once");
      }
    }
    for (const size_t origin : own_) out_.shared.erase(origin);
    return std::move(out_);
  }

 private:
  // A bounce to a rewritten sender goes to the one whom it stands for. False:
  // `recipient` is none, and stays as it is.
  bool TurnBack(spool::Recipient* recipient) const {
    const Address* address = recipient->path.address();
    if (routing_.srs == nullptr || address == nullptr ||
        !envelope_.sender.IsNull() || !routing_.srs->IsOurs(*address)) {
      return false;
    }
    const autoreply::SrsAnswer answer =
        routing_.srs->Reverse(*address, envelope_.received);
    if (answer.outcome != autoreply::SrsOutcome::kOriginal) return false;
    recipient->path = ForwardPath(*answer.original);
    recipient->parameters = {};
    recipient->parameters.notify.never = true;
    recipient->belief = std::string(answer.decision.rule->name);
    return true;
  }

  void AddWithAliases(spool::Recipient recipient, size_t origin) {
    const ForwardPath named = recipient.path;
    const bool turned_back = TurnBack(&recipient);
    recipient.local_only =
        routing_.inside.Classify(envelope_.sender_is_ours, envelope_.sender,
                                 routing_.router.IsLocal(recipient.path)) ==
        route::MailClass::kLocalOnly;
    const std::vector<Address> behind = routing_.MailboxesOf(recipient.path);
    if (behind.size() > 1 && recipient.parameters.notify.success) {
      spool::Recipient list = recipient;
      list.state = spool::RecipientState::kExpanded;
      out_.recipients.push_back(std::move(list));
      out_.origins.push_back(origin);
      LeaveOutSuccess(&recipient.parameters.notify);
    }
    for (const Address& mailbox : behind) {
      spool::Recipient one = recipient;
      one.path = ForwardPath(mailbox);
      if (named.IsBarePostmaster() || KeyOf(named) != KeyOf(one.path)) {
        one.named = named;
      }
      KeepOriginal(recipient.path, one.path, &one.parameters);
      Add(std::move(one), origin, turned_back);
    }
  }

  void Add(spool::Recipient recipient, size_t origin, bool turned_back) {
    const auto [first, is_new] =
        owners_.try_emplace(KeyOf(recipient.path), origin);
    if (!is_new) {
      out_.shared[origin].push_back(first->second);
      return;
    }
    own_.insert(origin);
    const route::Destination to = routing_.router.Route(recipient.path);
    out_.has_route |= to.kind != route::Destination::Kind::kNone;
    out_.cut_through |= to.cut_through;
    if (turned_back) out_.turned_back.push_back(out_.recipients.size());
    out_.recipients.push_back(std::move(recipient));
    out_.origins.push_back(origin);
  }

  const Routing& routing_;
  const spool::Envelope& envelope_;
  Addressees out_;
  // Whose each mailbox is: the first origin that named it.
  absl::flat_hash_map<std::string, size_t> owners_;
  absl::flat_hash_set<size_t> own_;  // Origins with a mailbox of their own.
};

}  // namespace

absl::StatusOr<Addressees> FindAddressees(const Routing& routing,
                                          const spool::Envelope& envelope) {
  return Finder(routing, envelope).Find();
}

std::vector<size_t> FindLooping(
    const HeaderScanner& header,
    const std::vector<spool::Recipient>& recipients) {
  std::vector<size_t> looping;
  const absl::flat_hash_set<std::string> before = header.DeliveredTo();
  if (before.empty()) return looping;
  for (size_t i = 0; i < recipients.size(); ++i) {
    const Address* mailbox = recipients[i].path.address();
    if (mailbox != nullptr && before.contains(mailbox->CanonicalKey())) {
      looping.push_back(i);
    }
  }
  return looping;
}

}  // namespace mailsec::server
