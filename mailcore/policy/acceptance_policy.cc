#include "mailcore/policy/acceptance_policy.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "mailcore/policy/policy_events.h"
#include "mailcore/policy/role_mailboxes.h"
#include "mailcore/smtp/hop_answer.h"

namespace mailsec::policy {
namespace {

using address::Domain;
using address::ForwardPath;
using address::ReversePath;
using ip::IpAddress;
using smtp::Reply;

std::vector<Domain> ListedDomains(const AcceptancePolicy::Options& options) {
  std::vector<Domain> domains = options.local_domains;
  for (const RelayDomain& relay : options.relay_domains) {
    domains.push_back(relay.domain);
  }
  return domains;
}

absl::Status CheckDomains(const AcceptancePolicy::Options& options) {
  if (options.local_domains.empty()) {
    return absl::InvalidArgumentError(
        "no local domain: mail to <Postmaster> would have no mailbox (RFC "
        "5321, 4.5.1)");
  }
  absl::flat_hash_set<Domain> seen;
  for (const Domain& domain : ListedDomains(options)) {
    if (!seen.insert(domain).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("the domain ", domain.ascii(), " is listed twice"));
    }
  }
  return absl::OkStatus();
}

std::vector<MxAuthority*> Authorities(MxAuthority* listed, MxAuthority* live) {
  if (live == nullptr) return {listed};
  return {listed, live};
}

// Rules about the message.
constexpr Rule kMessageTooLarge = {"message.too-large", "R19; RFC 1870, 6.1",
                                   "accepted if the message were smaller",
                                   &events::kPolicyTooLarge};
constexpr Rule kNoSpace = {"spool.no-space", "R10; RFC 1870, 6.2",
                           "accepted once the spool has room, its reserve kept",
                           &events::kPolicySpaceShort};
constexpr Rule kMailAccepted = {
    "mail.accepted", "RFC 5321, 4.1.1.2",
    "refused if the message were too large or the spool short of space"};

// Rules about strangers who use a sender of ours.
constexpr char kWhyRefusingLoses[] =
    "; refusing loses the mail of our own users that comes back from mailing "
    "lists and from servers that forward it, as these keep the sender";
constexpr Rule kOwnSenderRefused = {
    "mail.own-sender-refused", "ours",
    "accepted if the client's address were in an authorised network, if it had "
    "authenticated, or if such senders were only marked or allowed",
    &events::kPolicyOwnSender};
constexpr Rule kOwnSenderMarked = {
    "mail.own-sender-marked", "ours",
    "not marked if the client's address were in an authorised network, if it "
    "had authenticated, or if such senders were allowed; refused if they were "
    "refused"};

// Rules about the recipient directory's answer.
constexpr Rule kExists = {
    "recipient.exists", "R18",
    "refused if the recipient directory did not hold the address, or its "
    "mailbox were full"};
constexpr Rule kSubaddress = {
    "recipient.subaddress", "R18; RFC 5233",
    "refused if there were no such mailbox without the detail, or it were "
    "full, or the whole address were listed as refused, or the domain had no "
    "separators"};
constexpr Rule kCatchAll = {
    "recipient.catch-all", "R18",
    "refused if the domain had no catch-all: with one, every name that "
    "somebody "
    "guesses is valid, spam to invented names is taken, and nobody learns of a "
    "wrong address"};
constexpr Rule kUnknown = {
    "recipient.unknown", "R18",
    "accepted if the recipient directory held the address",
    &events::kPolicyRecipientUnknown};
constexpr Rule kDirectoryCannotTell = {
    "recipient.cannot-tell", "R18",
    "accepted or refused for good once the recipient directory answers",
    &events::kPolicyCannotTell};
constexpr Rule kBouncesOnly = {
    "recipient.bounces-only", "R23",
    "accepted if the sender were <>, as that of a bounce is"};
constexpr Rule kFull = {"recipient.full", "R19",
                        "accepted once the mailbox has room",
                        &events::kPolicyMailboxFull};
constexpr Rule kTooLargeForMailbox = {
    "recipient.too-large", "R19; RFC 1870, 6.1",
    "accepted if the message were smaller", &events::kPolicyTooLarge};

// The rules for an answer about a route, or for a next hop's answer.
struct VerifierRules {
  Rule takes;
  Rule refuses;
  Rule silent;  // No answer, but the client is one of ours.
  Rule cannot_tell;
};
constexpr char kIfHopRefused[] = "refused if the next hop refused it";
constexpr char kIfStranger[] =
    "put off if the client were a stranger, or decided by what could not be "
    "asked now";
constexpr char kOnceAnswered[] = "decided once there is an answer";
constexpr char kHopSource[] = "R18, R21";
constexpr VerifierRules kHopRules = {
    {"recipient.next-hop-takes", kHopSource, kIfHopRefused},
    {"recipient.next-hop-refuses", kHopSource,
     "accepted once the next hop accepts it", &events::kPolicyNextHopRefused},
    {"recipient.next-hop-silent", kHopSource, kIfStranger},
    {"recipient.next-hop-cannot-tell", kHopSource, kOnceAnswered,
     &events::kPolicyCannotTell}};
// RFC 7505, 4: null MX. RFC 5321, 5.1: no such domain, and loops.
constexpr char kRouteSource[] = "R17; RFC 5321, 5.1; RFC 7505";
constexpr VerifierRules kRouteRules = {
    {"recipient.route", kRouteSource, kIfHopRefused},
    {"recipient.no-route", kRouteSource,
     "accepted once the DNS names a host that takes mail for the domain",
     &events::kPolicyNoRoute},
    {"recipient.route-unknown", kRouteSource, kIfStranger},
    {"recipient.route-cannot-tell", kRouteSource, kOnceAnswered,
     &events::kPolicyCannotTell}};

// RFC 1870, 6.1: "552 message size exceeds fixed maximum message size".
Decision TooLarge(uint64_t declared, uint64_t limit, absl::string_view whose,
                  const Rule& rule) {
  return {
      .verdict = Verdict::kRefuse,
      .reply = Reply(552, {5, 3, 4},
                     absl::StrCat("The message is larger than ", limit,
                                  " octets, which is what ", whose, " takes")),
      .rule = &rule,
      .inputs = {{"declared-size", absl::StrCat(declared)},
                 {"limit", absl::StrCat(limit)}},
      .exact_otherwise = absl::StrCat("accepted up to ", limit, " octets")};
}

// RFC 3463, 3.2: X.1.1, bad destination mailbox address.
Decision NoSuchMailbox() {
  return {.verdict = Verdict::kRefuse,
          .reply = Reply(550, {5, 1, 1}, "There is no such mailbox"),
          .rule = &kUnknown};
}

// RFC 3463, 3.5: X.4.3, directory server failure.
Decision DirectoryCannotTell(absl::string_view reason) {
  return {.verdict = Verdict::kCannotTell,
          .reply = Reply(451, {4, 4, 3},
                         "Cannot tell now whether this mailbox exists; try "
                         "again later"),
          .rule = &kDirectoryCannotTell,
          .inputs = {{"reason", std::string(reason)}}};
}

// RFC 3463, 3.8: X.7.1, delivery not authorised. Any other sender of mail to
// such an address would have us relay it.
Decision BouncesOnly() {
  return {
      .verdict = Verdict::kRefuse,
      .reply = Reply(550, {5, 7, 1}, "This address takes mail from <> only"),
      .rule = &kBouncesOnly};
}

// RFC 3463, 3.3: X.2.2, mailbox full.
Decision MailboxFull(bool transient) {
  return {.verdict = transient ? Verdict::kCannotTell : Verdict::kRefuse,
          .reply = transient ? Reply(452, {4, 2, 2}, "The mailbox is full")
                             : Reply(552, {5, 2, 2}, "The mailbox is full"),
          .rule = &kFull};
}

const Rule& RuleFor(NameKind kind) {
  switch (kind) {
    case NameKind::kMailbox:
    case NameKind::kAlias:
      return kExists;
    case NameKind::kSubaddress:
      return kSubaddress;
    case NameKind::kCatchAll:
      return kCatchAll;
  }
  return kExists;
}

Decision Exists(const RecipientAnswer& found) {
  return {.verdict = Verdict::kAccept,
          .reply = Reply(250, {2, 1, 5}, "Recipient accepted"),
          .rule = &RuleFor(found.kind),
          .inputs = {{"mailbox", found.mailbox.name},
                     {"name-is", std::string(NameKindName(found.kind))}}};
}

// What the next hop says, or the way to it, as our own answer.
Decision Verified(const VerifierAnswer& said, bool client_is_ours) {
  const VerifierRules& rules = said.of_route ? kRouteRules : kHopRules;
  const Reply reply = smtp::AnswerForHop(said.reply);
  Decision decision = {
      .verdict = Verdict::kAccept,
      .reply = Reply(250, {2, 1, 5}, "Recipient accepted"),
      .rule = &rules.takes,
      .inputs = {{"hop", said.hop},
                 {"answer", said.reply.ToString()},
                 {"remembered", said.remembered ? "yes" : "no"}}};
  switch (said.answer) {
    case Answer::kYes:
      return decision;
    case Answer::kNo:
      if (!reply.IsPermanent()) break;  // It spoke of something else.
      decision.verdict = Verdict::kRefuse;
      decision.reply = reply;
      decision.rule = &rules.refuses;
      return decision;
    case Answer::kCannotTell:
      break;
  }
  if (client_is_ours) {
    decision.rule = &rules.silent;
    return decision;
  }
  decision.verdict = Verdict::kCannotTell;
  decision.reply =
      reply.IsTransient() ? reply : Reply(451, {4, 4, 3}, reply.text());
  decision.rule = &rules.cannot_tell;
  return decision;
}

// RFC 3463, 3.8: X.7.1, delivery not authorised.
Decision OwnSenderRefused(const Domain& domain) {
  return {.verdict = Verdict::kRefuse,
          .reply = Reply(
              550, {5, 7, 1},
              absl::StrCat("Only our own users may send as ", domain.ascii(),
                           ", and from our own networks")),
          .rule = &kOwnSenderRefused,
          .exact_otherwise =
              absl::StrCat(kOwnSenderRefused.otherwise, kWhyRefusingLoses)};
}

// RFC 3463, 3.4: X.3.1, mail system full.
Decision NoSpace(uint64_t declared) {
  return {.verdict = Verdict::kCannotTell,
          .reply =
              Reply(452, {4, 3, 1}, "Short of space for mail; try again later"),
          .rule = &kNoSpace,
          .inputs = {{"declared-size", absl::StrCat(declared)}}};
}

// One answer for the peer: that of the last of `because`, which decided.
Decision Compose(std::vector<Decision> because,
                 std::vector<std::pair<std::string, std::string>> inputs) {
  const Decision& last = because.back();
  Decision decision{.verdict = last.verdict,
                    .reply = last.reply,
                    .rule = last.rule,
                    .inputs = std::move(inputs),
                    .exact_otherwise = last.exact_otherwise};
  decision.because = std::move(because);
  return decision;
}

}  // namespace

absl::StatusOr<std::unique_ptr<AcceptancePolicy>> AcceptancePolicy::Create(
    Options options, RecipientDirectory* directory, MxAuthority* live_mx) {
  absl::Status checked = CheckDomains(options);
  if (!checked.ok()) return checked;
  checked = CheckRoleMailboxes(*directory, options.local_domains);
  if (!checked.ok()) return checked;
  std::unique_ptr<AcceptancePolicy> policy(
      new AcceptancePolicy(std::move(options), directory, live_mx));
  absl::StatusOr<RelayPolicy> relay = RelayPolicy::Create(
      {.authorised_networks = policy->options_.authorised_networks,
       .own_addresses = policy->options_.own_addresses},
      &policy->mx_);
  if (!relay.ok()) return relay.status();
  policy->relay_ = std::make_unique<RelayPolicy>(*std::move(relay));
  return policy;
}

AcceptancePolicy::AcceptancePolicy(Options options,
                                   RecipientDirectory* directory,
                                   MxAuthority* live_mx)
    : options_(std::move(options)),
      directory_(directory),
      local_domains_(options_.local_domains.begin(),
                     options_.local_domains.end()),
      listed_(ListedDomains(options_)),
      mx_(Authorities(&listed_, live_mx)) {
  for (const Domain& domain : options_.local_domains) {
    directories_[domain] = directory;
  }
  for (const RelayDomain& relay : options_.relay_domains) {
    directories_[relay.domain] = relay.directory;
  }
}

Decision AcceptancePolicy::DecideMail(
    const Client& client, const ReversePath& sender,
    const smtp::MailParameters& parameters) const {
  const uint64_t declared = parameters.declared_size;
  std::vector<std::pair<std::string, std::string>> inputs = {
      {"client", client.ip.ToString()}, {"sender", sender.ToString()}};
  if (options_.strangers_with_own_sender == OwnSender::kRefuse &&
      IsBorrowed(client, sender)) {
    return Compose({OwnSenderRefused(*sender.address()->domain())},
                   std::move(inputs));
  }
  if (declared > options_.max_message_octets) {
    return Compose({TooLarge(declared, options_.max_message_octets,
                             "this server", kMessageTooLarge)},
                   std::move(inputs));
  }
  if (options_.has_space && !options_.has_space(declared)) {
    return Compose({NoSpace(declared)}, std::move(inputs));
  }
  Decision accepted = {.verdict = Verdict::kAccept,
                       .reply = Reply(250, {2, 1, 0}, "Sender accepted"),
                       .rule = &kMailAccepted,
                       .inputs = std::move(inputs)};
  if (IsToBeMarked(client, sender)) {
    accepted.rule = &kOwnSenderMarked;
    accepted.exact_otherwise =
        absl::StrCat(kOwnSenderMarked.otherwise, kWhyRefusingLoses);
  }
  return accepted;
}

bool AcceptancePolicy::IsBorrowed(const Client& client,
                                  const ReversePath& sender) const {
  if (sender.IsNull() || IsOurs(client)) return false;
  const Domain* const domain = sender.address()->domain();
  return domain != nullptr && local_domains_.contains(*domain);
}

bool AcceptancePolicy::IsToBeMarked(const Client& client,
                                    const ReversePath& sender) const {
  return options_.strangers_with_own_sender == OwnSender::kMark &&
         IsBorrowed(client, sender);
}

Decision AcceptancePolicy::DecideRcpt(const Client& client,
                                      const ReversePath& sender,
                                      const smtp::MailParameters& parameters,
                                      const ForwardPath& recipient) const {
  std::vector<std::pair<std::string, std::string>> inputs = {
      {"client", client.ip.ToString()},
      {"sender", sender.ToString()},
      {"recipient", recipient.ToString()}};
  std::vector<Decision> because;
  because.push_back(relay_->Decide(client, recipient));
  if (because.back().accepted()) {
    if (RecipientDirectory* directory = DirectoryFor(recipient)) {
      because.push_back(DecideMailbox(*directory, sender, *recipient.address(),
                                      parameters.declared_size));
    }
  }
  if (because.back().accepted() && options_.verifier != nullptr) {
    const std::optional<VerifierAnswer> answer =
        options_.verifier->Verify(recipient, parameters.declared_size);
    if (answer) because.push_back(Verified(*answer, IsOurs(client)));
  }
  return Compose(std::move(because), std::move(inputs));
}

bool AcceptancePolicy::IsOurs(const Client& client) const {
  return client.authenticated ||
         options_.authorised_networks.Contains(client.ip);
}

RecipientDirectory* AcceptancePolicy::DirectoryFor(
    const ForwardPath& recipient) const {
  // Create() has seen to it that the postmaster exists.
  if (recipient.IsBarePostmaster()) return nullptr;
  const Domain* domain = recipient.address()->domain();
  if (domain == nullptr) {
    // A literal of a stranger is only here if the client may relay to it.
    const IpAddress& ip =
        std::get<address::AddressLiteral>(recipient.address()->host()).ip();
    // A loopback address is ours too; the relay policy has decided who may
    // write to it.
    const bool is_ours =
        ip.IsLoopback() ||
        std::find(options_.own_addresses.begin(), options_.own_addresses.end(),
                  ip) != options_.own_addresses.end();
    return is_ours ? directory_ : nullptr;
  }
  const auto found = directories_.find(*domain);
  return found == directories_.end() ? nullptr : found->second;
}

Decision AcceptancePolicy::DecideMailbox(RecipientDirectory& directory,
                                         const ReversePath& sender,
                                         const address::Address& address,
                                         uint64_t declared_size) const {
  const RecipientAnswer found = directory.Find(address);
  switch (found.answer) {
    case Answer::kNo:
      return NoSuchMailbox();
    case Answer::kCannotTell:
      return DirectoryCannotTell(found.reason);
    case Answer::kYes:
      break;
  }
  if (found.bounces_only && !sender.IsNull()) return BouncesOnly();
  const Mailbox& mailbox = found.mailbox;
  if (mailbox.max_message_octets &&
      declared_size > *mailbox.max_message_octets) {
    return TooLarge(declared_size, *mailbox.max_message_octets, "this mailbox",
                    kTooLargeForMailbox);
  }
  const bool fits =
      !mailbox.room_octets ||
      std::max<uint64_t>(declared_size, 1) <= *mailbox.room_octets;
  if (!mailbox.has_room || !fits) {
    return MailboxFull(options_.full_is_transient);
  }
  return Exists(found);
}

}  // namespace mailsec::policy
