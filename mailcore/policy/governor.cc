#include "mailcore/policy/governor.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

namespace mailsec::policy {
namespace {

using address::Address;
using address::Domain;
using address::OrganisationalDomains;
using message::ContentVerdict;
using rate::RateLimiter;

// More of one target's exchangers are not looked at. Ours.
constexpr size_t kMaxProviders = 4;

// What SaveBounds() writes: the magic, and for each table its length in
// decimal, a line feed, and what RateLimiter::Save() wrote.
constexpr absl::string_view kMagic = "MSGOV1\n";

constexpr Rule kAllowed = {
    "automatic.allowed", "R22, R23, R24",
    "not sent if a scanner had called the content anything but clean, or a "
    "bound were used up"};
constexpr Rule kNotOperator = {
    "automatic.not-operator", "R20",
    "sent if the target were an operator: the administrator or the deputy"};
constexpr Rule kNullSender = {"automatic.null-sender", "RFC 5321, 4.5.5",
                              "sent if the message had a sender"};
constexpr Rule kAutomatic = {"automatic.automatic", "RFC 3834, 2",
                             "sent if the message were not automatic itself"};
constexpr Rule kNoVerdict = {
    "automatic.no-verdict", "R22, R27",
    "sent if a scanner had looked at the content and called it clean"};
constexpr Rule kSpam = {"automatic.spam", "R22",
                        "sent if the content were neither spam nor malware"};
constexpr Rule kNotOurName = {
    "automatic.not-our-name", "R23",
    "sent if it were from an address in one of our own domains"};
constexpr Rule kBound = {"automatic.bound", "R24",
                         "sent if less had been sent lately"};

const Rule& RuleOf(GovernorRule rule) {
  switch (rule) {
    case GovernorRule::kAllowed:
      return kAllowed;
    case GovernorRule::kNotOperator:
      return kNotOperator;
    case GovernorRule::kNullSender:
      return kNullSender;
    case GovernorRule::kAutomatic:
      return kAutomatic;
    case GovernorRule::kNoVerdict:
      return kNoVerdict;
    case GovernorRule::kSpam:
      return kSpam;
    case GovernorRule::kNotOurName:
      return kNotOurName;
    case GovernorRule::kBound:
      return kBound;
  }
  return kNoVerdict;
}

// What makes a mailbox's bound: "Bob+x@Example.ORG" is "bob@example.org", and
// its organisation's "example.org".
class TargetKeys {
 public:
  // `organisations` may be null: then all is looked up.
  TargetKeys(const Address& target, OrganisationalDomains* organisations) {
    absl::string_view host;
    if (const Domain* domain = target.domain()) {
      host = domain->ascii();
      domain_ = organisations == nullptr
                    ? address::OrganisationalDomain(*domain)
                    : organisations->Find(*domain);
    } else {
      literal_ = std::get<address::AddressLiteral>(target.host()).ToString();
      host = domain_ = literal_;
    }
    absl::string_view local = target.local_part();
    const size_t plus = local.find('+');
    if (plus != 0) local = local.substr(0, plus);
    Append(local);
    Append("@");
    Append(host);
  }
  TargetKeys(const TargetKeys&) = delete;
  TargetKeys& operator=(const TargetKeys&) = delete;

  absl::string_view address() const { return {buffer_.data(), size_}; }
  absl::string_view domain() const { return domain_; }

 private:
  void Append(absl::string_view text) {
    for (const char c : text.substr(0, buffer_.size() - size_)) {
      buffer_[size_++] = absl::ascii_tolower(static_cast<unsigned char>(c));
    }
  }

  // A local part, "@" and a domain in A-labels, which may be longer than what
  // was written. Were it too long, two targets might share a bound.
  std::array<char, address::kMaxPathOctets + 256> buffer_;
  size_t size_ = 0;
  std::string literal_;
  absl::string_view domain_;
};

bool AnswersSomebody(AutomaticKind kind) {
  switch (kind) {
    case AutomaticKind::kNotification:
    case AutomaticKind::kDelayWarning:
    case AutomaticKind::kAbsenceNotice:
    case AutomaticKind::kReceipt:
      return true;
    case AutomaticKind::kForward:
    case AutomaticKind::kAlarm:
      return false;
  }
  return false;
}

bool NeedsVerdict(const AutomaticMail& mail) {
  switch (mail.kind) {
    case AutomaticKind::kNotification:
    case AutomaticKind::kDelayWarning:
      return !mail.sender_is_ours;
    case AutomaticKind::kAbsenceNotice:
    case AutomaticKind::kReceipt:
    case AutomaticKind::kForward:
      return true;
    case AutomaticKind::kAlarm:
      return false;
  }
  return true;
}

absl::string_view BoundName(GovernorBound bound) {
  switch (bound) {
    case GovernorBound::kNone:
      return "none";
    case GovernorBound::kTotal:
      return "total";
    case GovernorBound::kAddress:
      return "address";
    case GovernorBound::kDomain:
      return "domain";
    case GovernorBound::kExchanger:
      return "exchanger";
  }
  return "";
}

// Whose bound it is, for people.
std::string WhoseBound(const GovernorAnswer& answer,
                       const AutomaticMail& mail) {
  const TargetKeys keys(mail.target, nullptr);
  switch (answer.bound) {
    case GovernorBound::kNone:
      return "";
    case GovernorBound::kTotal:
      return "all absence notices and receipts";
    case GovernorBound::kAddress:
      return std::string(keys.address());
    case GovernorBound::kDomain:
      return std::string(keys.domain());
    case GovernorBound::kExchanger:
      return std::string(answer.provider);
  }
  return "";
}

using Inputs = std::vector<std::pair<std::string, std::string>>;

Inputs InputsOf(const AutomaticMail& mail) {
  const auto yes_no = [](bool yes) { return yes ? "yes" : "no"; };
  Inputs inputs = {
      {"kind", std::string(AutomaticKindName(mail.kind))},
      {"content", std::string(message::ContentVerdictName(mail.verdict))},
      {"answered", mail.answered.ToString()},
      {"sender-is-ours", yes_no(mail.sender_is_ours)},
      {"automatic", yes_no(mail.answers_automatic)},
      {"sender", mail.sender.ToString()},
      {"author", mail.author.ToString()},
      {"target", mail.target.ToString()}};
  if (!mail.exchangers.empty()) {
    inputs.emplace_back("exchangers", absl::StrJoin(mail.exchangers, " "));
  }
  return inputs;
}

std::string Seconds(absl::Duration duration) {
  return absl::FormatDuration(absl::Ceil(duration, absl::Seconds(1)));
}

void AddFigures(const GovernorAnswer& answer, const AutomaticMail& mail,
                Inputs* inputs) {
  if (answer.bound == GovernorBound::kNone) return;
  inputs->emplace_back("bound", std::string(BoundName(answer.bound)));
  inputs->emplace_back("bound-of", WhoseBound(answer, mail));
  inputs->emplace_back("burst", absl::StrCat(answer.burst));
  inputs->emplace_back("interval", absl::FormatDuration(answer.interval));
  inputs->emplace_back("used", absl::StrCat(answer.used));
  inputs->emplace_back("left", absl::StrCat(answer.left));
  if (!answer.allowed()) {
    inputs->emplace_back("retry-after", Seconds(answer.retry_after));
  }
}

std::string ExactOtherwise(const GovernorAnswer& answer,
                           const AutomaticMail& mail) {
  std::string text(RuleOf(answer.rule).otherwise);
  if (answer.rule == GovernorRule::kNoVerdict &&
      (mail.kind == AutomaticKind::kNotification ||
       mail.kind == AutomaticKind::kDelayWarning)) {
    return text + ", or if its sender were one of ours";
  }
  if (answer.bound == GovernorBound::kNone) return text;
  if (answer.allowed()) {
    return absl::StrCat(text, ": that of ", WhoseBound(answer, mail), " has ",
                        answer.left, " left of ", answer.burst);
  }
  return absl::StrCat(text, " to ", WhoseBound(answer, mail), ": ",
                      answer.burst, " at once, then one each ",
                      absl::FormatDuration(answer.interval),
                      "; the next is sent in ", Seconds(answer.retry_after));
}

}  // namespace

absl::string_view AutomaticKindName(AutomaticKind kind) {
  switch (kind) {
    case AutomaticKind::kNotification:
      return "notification";
    case AutomaticKind::kDelayWarning:
      return "delay-warning";
    case AutomaticKind::kAbsenceNotice:
      return "absence-notice";
    case AutomaticKind::kReceipt:
      return "receipt";
    case AutomaticKind::kForward:
      return "forward";
    case AutomaticKind::kAlarm:
      return "alarm";
  }
  return "";
}

absl::string_view GovernorAnswer::rule_name() const {
  return RuleOf(rule).name;
}

absl::string_view GovernorAnswer::source() const { return RuleOf(rule).source; }

// RFC 3463, 3.8: X.7.1, delivery not authorised.
Decision GovernorAnswer::ToDecision(const AutomaticMail& mail) const {
  Inputs inputs = InputsOf(mail);
  AddFigures(*this, mail, &inputs);
  return {.verdict = allowed() ? Verdict::kAccept : Verdict::kRefuse,
          .reply = allowed()
                       ? smtp::Reply(250, {2, 0, 0}, "Sent automatically")
                       : smtp::Reply(550, {5, 7, 1}, "Not sent automatically"),
          .rule = &RuleOf(rule),
          .inputs = std::move(inputs),
          .exact_otherwise = ExactOtherwise(*this, mail)};
}

// What one mail takes: one from each of these.
class Governor::Claims {
 public:
  struct One {
    Table table;
    GovernorBound bound;
    absl::string_view key;
  };

  Claims(const AutomaticMail& mail, OrganisationalDomains* organisations)
      : keys_(mail.target, organisations) {}

  const TargetKeys& keys() const { return keys_; }
  void Add(Table table, GovernorBound bound, absl::string_view key) {
    all_[size_++] = {table, bound, key};
  }
  void AddProvider(Table table, absl::string_view provider) {
    if (provider.empty() || size_ == all_.size()) return;
    for (size_t i = 0; i < size_; ++i) {
      if (all_[i].table == table && all_[i].key == provider) return;
    }
    Add(table, GovernorBound::kExchanger, provider);
  }
  const One* begin() const { return all_.data(); }
  const One* end() const { return all_.data() + size_; }

 private:
  TargetKeys keys_;
  std::array<One, 3 + kMaxProviders> all_;
  size_t size_ = 0;
};

Governor::Governor(Options options) : providers_(options.public_providers) {
  for (const Domain& domain : options.own_domains) {
    own_domains_.insert(domain.ascii());
  }
  for (const Address& address : options.operators) {
    operators_.push_back(address.CanonicalKey());
  }
  const auto make = [&](Table table, Bound bound) {
    bound.seed = options.seed;
    tables_[table] = std::make_unique<RateLimiter>(bound);
  };
  make(kNotices, options.notices);
  make(kAddresses, options.per_address);
  make(kDomains, options.per_domain);
  make(kExchangers, options.per_exchanger);
  make(kForwardAddresses, options.forwards_per_address);
  make(kForwardDomains, options.forwards_per_domain);
  make(kForwardExchangers, options.forwards_per_exchanger);
  make(kAlarms, options.alarms);
}

Governor::Governor(Options options, const Governor& before, absl::Time now)
    : Governor(std::move(options)) {
  for (size_t i = 0; i < kTables; ++i) {
    if (tables_[i]->HasSameBound(*before.tables_[i])) {
      tables_[i] = before.tables_[i];
    } else {
      // What one table saves, another one loads.
      (void)tables_[i]->Load(before.tables_[i]->Save(now));
    }
  }
}

Governor::~Governor() = default;

bool Governor::IsOurs(const Address& address) const {
  const Domain* domain = address.domain();
  return domain != nullptr && own_domains_.contains(domain->ascii());
}

bool Governor::IsOperator(const Address& address) const {
  return std::find(operators_.begin(), operators_.end(),
                   address.CanonicalKey()) != operators_.end();
}

GovernorRule Governor::FirstBroken(const AutomaticMail& mail) const {
  const bool alarm = mail.kind == AutomaticKind::kAlarm;
  if (alarm && !IsOperator(mail.target)) return GovernorRule::kNotOperator;
  if (AnswersSomebody(mail.kind)) {
    if (mail.answered.IsNull()) return GovernorRule::kNullSender;
    // RFC 3834 rules responders; a failure is told (RFC 5321, 6.1).
    const bool is_response = mail.kind != AutomaticKind::kNotification;
    if (mail.answers_automatic && is_response) return GovernorRule::kAutomatic;
  }
  if (!alarm) {
    switch (mail.verdict) {
      case ContentVerdict::kUnknown:
        if (NeedsVerdict(mail)) return GovernorRule::kNoVerdict;
        break;
      case ContentVerdict::kClean:
        break;
      case ContentVerdict::kSpam:
      case ContentVerdict::kMalware:
        return GovernorRule::kSpam;
    }
  }
  const bool from_us = IsOurs(mail.author) &&
                       (mail.sender.IsNull() || IsOurs(*mail.sender.address()));
  return from_us ? GovernorRule::kAllowed : GovernorRule::kNotOurName;
}

void Governor::Claim(const AutomaticMail& mail, Claims* claims) const {
  const TargetKeys& keys = claims->keys();
  switch (mail.kind) {
    case AutomaticKind::kAlarm:
      claims->Add(kAlarms, GovernorBound::kAddress, keys.address());
      return;
    case AutomaticKind::kForward:
      claims->Add(kForwardAddresses, GovernorBound::kAddress, keys.address());
      claims->Add(kForwardDomains, GovernorBound::kDomain, keys.domain());
      break;
    case AutomaticKind::kAbsenceNotice:
    case AutomaticKind::kReceipt:
      claims->Add(kNotices, GovernorBound::kTotal, "");
      [[fallthrough]];
    case AutomaticKind::kNotification:
    case AutomaticKind::kDelayWarning:
      claims->Add(kAddresses, GovernorBound::kAddress, keys.address());
      claims->Add(kDomains, GovernorBound::kDomain, keys.domain());
      break;
  }
  const Table table =
      mail.kind == AutomaticKind::kForward ? kForwardExchangers : kExchangers;
  for (const std::string& exchanger : mail.exchangers) {
    claims->AddProvider(table, providers_.Find(exchanger));
  }
}

GovernorAnswer Governor::Decide(const AutomaticMail& mail, absl::Time now,
                                bool takes) {
  GovernorAnswer answer = {.rule = FirstBroken(mail)};
  if (!answer.allowed()) return answer;
  Claims claims(mail, &organisations_);
  Claim(mail, &claims);
  for (const Claims::One& one : claims) {
    RateLimiter& table = *tables_[one.table];
    const RateLimiter::Answer said =
        takes ? table.Take(one.key, now) : table.Peek(one.key, now);
    if (!said.allowed || answer.bound == GovernorBound::kNone ||
        said.left < answer.left) {
      answer.bound = one.bound;
      answer.burst = table.burst();
      answer.interval = table.interval();
      answer.left = said.left;
      answer.used = table.burst() - said.left;
      answer.provider = one.bound == GovernorBound::kExchanger
                            ? one.key
                            : absl::string_view();
    }
    if (said.allowed) continue;
    answer.rule = GovernorRule::kBound;
    answer.retry_after = said.retry_after;
    // What the earlier ones gave.
    for (const Claims::One* taken = claims.begin(); takes && taken != &one;
         ++taken) {
      tables_[taken->table]->Return(taken->key, now);
    }
    break;
  }
  return answer;
}

GovernorAnswer Governor::DecideWithoutBounds(const AutomaticMail& mail) const {
  return {.rule = FirstBroken(mail)};
}

void Governor::Return(const AutomaticMail& mail, absl::Time now) {
  Claims claims(mail, &organisations_);
  Claim(mail, &claims);
  for (const Claims::One& one : claims) {
    tables_[one.table]->Return(one.key, now);
  }
}

std::string Governor::SaveBounds(absl::Time now) const {
  std::string out(kMagic);
  for (const auto& table : tables_) {
    const std::string saved = table->Save(now);
    absl::StrAppend(&out, saved.size(), "\n", saved);
  }
  return out;
}

absl::Status Governor::LoadBounds(base::StringView octets) {
  const absl::Status damaged =
      absl::DataLossError("not what Governor::SaveBounds() wrote");
  if (!absl::ConsumePrefix(&octets, kMagic)) return damaged;
  // All must be whole before one is changed.
  std::array<absl::string_view, kTables> saved;
  for (absl::string_view& one : saved) {
    const size_t end = octets.find('\n');
    size_t size = 0;
    if (end == absl::string_view::npos ||
        octets.substr(0, end).find_first_not_of("0123456789") !=
            absl::string_view::npos ||
        !absl::SimpleAtoi(octets.substr(0, end), &size) ||
        size > octets.size() - end - 1) {
      return damaged;
    }
    one = octets.substr(end + 1, size);
    octets.remove_prefix(end + 1 + size);
    if (!RateLimiter::Check(one).ok()) return damaged;
  }
  if (!octets.empty()) return damaged;
  for (size_t i = 0; i < kTables; ++i) {
    const absl::Status status = tables_[i]->Load(saved[i]);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

size_t Governor::memory_octets() const {
  size_t octets = sizeof(*this) + organisations_.memory_octets();
  for (const auto& table : tables_) octets += table->memory_octets();
  return octets;
}

}  // namespace mailsec::policy
