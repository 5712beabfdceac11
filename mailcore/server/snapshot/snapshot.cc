#include "mailcore/server/snapshot/snapshot.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mailcore/io/read_file.h"
#include "mailcore/policy/role_mailboxes.h"
#include "mailcore/policy/text_recipient_directory.h"
#include "mailcore/server/config/srs_secrets.h"
#include "mailcore/server/config/syntax_hints.h"
#include "mailcore/server/snapshot/make_governor.h"

namespace mailsec::server {
namespace {

using address::Address;
using address::Domain;

constexpr size_t kMaxFileOctets = size_t{256} << 20;

// The names of the local domains that are not their main ones.
route::MainNames OtherNames(const DomainSettings& domains) {
  route::MainNames names;
  for (const LocalDomainSettings& local : domains.local) {
    for (const Domain& alias : local.aliases) {
      names.insert_or_assign(alias, local.name);
    }
  }
  return names;
}

// Some route wants its recipients verified.
bool Verifies(const Settings& settings) {
  const RouteSettings& routes = settings.routes;
  const DomainSettings& domains = settings.domains;
  return routes.fallback.verify ||
         std::any_of(routes.routes.begin(), routes.routes.end(),
                     [](const auto& r) { return r.next_hop.verify; }) ||
         std::any_of(domains.local.begin(), domains.local.end(),
                     [](const auto& d) { return d.mailboxes.verify; }) ||
         std::any_of(domains.relay.begin(), domains.relay.end(),
                     [](const auto& d) { return d.next_hop.verify; });
}

notify::AlarmMailOptions MakeAlarmMail(const Settings& settings) {
  const NotificationSettings& notes = settings.notifications;
  return {.hostname = settings.identity.host_domain->ascii(),
          .from = *notes.from,
          .to = {*settings.identity.administrator, *settings.identity.deputy},
          .language = notes.languages.front(),
          .interval = notes.digest_interval};
}

// Builds a snapshot step by step; a step that fails adds its errors.
class Builder {
 public:
  Builder(const Settings& settings, const Parts& parts,
          const SnapshotSources& sources, std::vector<ConfigError>* errors)
      : parts_(parts), sources_(sources), errors_(errors) {
    made_->settings = settings;
  }

  std::shared_ptr<const Snapshot> Build() {
    const size_t errors_before = errors_->size();
    MakeSessions();
    MakeDirectory();
    MakeScanning();
    MakeRouting();
    MakeVerifier();
    made_->forwards = ReadForwards();
    if (errors_->size() > errors_before) return nullptr;
    MakeOwnMail();
    CheckMailboxes();
    MakeAcceptance();
    if (errors_->size() > errors_before) return nullptr;
    return std::move(made_);
  }

 private:
  // What is wrong, but stands at no place of the configuration.
  ConfigError ErrorOf(const absl::Status& status) const {
    return {settings_.identity.administrator_place.file, 1, 1,
            std::string(status.message())};
  }

  // ---- The files that the configuration names

  // Nothing after an error.
  std::optional<std::string> ReadText(const ConfigFile& file) {
    const absl::StatusOr<std::string> text =
        io::ReadFile(file.path, kMaxFileOctets);
    if (!text.ok()) {
      errors_->push_back(ErrorAt(file.place, text.status().message()));
      return std::nullopt;
    }
    if (std::optional<ConfigPlace> at = NotUtf8(*text)) {
      at->file = file.path;
      errors_->push_back(ErrorAt(
          *at, "is no UTF-8: save the file as UTF-8 (it may be Latin-1)"));
      return std::nullopt;
    }
    return std::string(WithoutByteOrderMark(*text));
  }

  void AddErrors(const ConfigFile& file,
                 const std::vector<base::TextError>& text_errors) {
    for (const base::TextError& error : text_errors) {
      errors_->push_back({file.path, error.line, error.column, error.message});
    }
  }

  std::vector<Domain> Served() const {
    std::vector<Domain> served = settings_.domains.LocalNames();
    for (const RelayDomainSettings& relay : settings_.domains.relay) {
      served.push_back(relay.name);
    }
    return served;
  }

  // Null after an error.
  std::shared_ptr<policy::TextRecipientDirectory> ReadRecipients(
      const ConfigFile& file) {
    const std::optional<std::string> text = ReadText(file);
    if (!text) return nullptr;
    std::vector<base::TextError> text_errors;
    absl::StatusOr<policy::TextRecipientDirectory> directory =
        policy::TextRecipientDirectory::Parse(*text, &text_errors, Served());
    AddErrors(file, text_errors);
    if (!directory.ok()) return nullptr;
    return std::make_shared<policy::TextRecipientDirectory>(
        *std::move(directory));
  }

  route::ForwardTable ReadForwards() {
    const ConfigFile& file = settings_.automatic.forwards_file;
    if (file.empty()) return route::ForwardTable();
    const std::optional<std::string> text = ReadText(file);
    if (!text) return route::ForwardTable();
    std::vector<base::TextError> text_errors;
    absl::StatusOr<route::ForwardTable> forwards =
        route::ForwardTable::Parse(*text, settings_.domains.LocalNames(),
                                   &text_errors, OtherNames(settings_.domains));
    AddErrors(file, text_errors);
    return forwards.ok() ? *std::move(forwards) : route::ForwardTable();
  }

  route::AliasTable ReadAliases() {
    const ConfigFile& file = settings_.domains.aliases_file;
    if (file.empty()) return route::AliasTable();
    const std::optional<std::string> text = ReadText(file);
    if (!text) return route::AliasTable();
    std::vector<base::TextError> text_errors;
    absl::StatusOr<route::AliasTable> aliases = route::AliasTable::Parse(
        *text, Served(), &text_errors, OtherNames(settings_.domains));
    AddErrors(file, text_errors);
    return aliases.ok() ? *std::move(aliases) : route::AliasTable();
  }

  // Null if nothing was ever forwarded, or after an error.
  std::shared_ptr<const autoreply::Srs> ReadSrs() {
    std::vector<std::string> secrets =
        ReadSrsSecrets(settings_.automatic, errors_);
    if (secrets.empty()) return nullptr;
    absl::StatusOr<autoreply::Srs> srs =
        autoreply::Srs::Create({.domain = *settings_.automatic.srs_domain,
                                .own_domains = settings_.domains.LocalNames(),
                                .secrets = std::move(secrets),
                                .valid_days = settings_.automatic.srs_days},
                               sources_.srs_table);
    if (srs.ok()) {
      return std::make_shared<const autoreply::Srs>(*std::move(srs));
    }
    errors_->push_back(ErrorOf(srs.status()));
    return nullptr;
  }

  // ---- How mail comes in

  void MakeSessions() {
    for (const ListenerSettings& listener : settings_.listeners) {
      made_->sessions.push_back(MakeSessionSettings(settings_, listener));
    }
  }

  void MakeDirectory() {
    made_->directory = std::make_shared<LocalDirectory>();
    MailboxDirectory& mailboxes = *made_->directory->mailboxes();
    for (const LocalDomainSettings& local : settings_.domains.local) {
      const std::shared_ptr<policy::TextRecipientDirectory> directory =
          ReadRecipients(local.recipients_file);
      if (directory == nullptr) continue;
      AddQuotas(local, *directory);
      mailboxes.Add(local.name, local.name, directory);
      for (const Domain& alias : local.aliases) {
        mailboxes.Add(alias, local.name, directory);
      }
    }
    for (const RelayDomainSettings& relay : settings_.domains.relay) {
      if (relay.recipients_file.empty()) {
        mailboxes.AddUnchecked(relay.name);
        continue;
      }
      const std::shared_ptr<policy::TextRecipientDirectory> directory =
          ReadRecipients(relay.recipients_file);
      if (directory == nullptr) continue;
      mailboxes.Add(relay.name, relay.name, directory);
    }
  }

  void AddQuotas(const LocalDomainSettings& local,
                 const policy::TextRecipientDirectory& directory) {
    const bool has_quotas = local.has_quota || directory.has_quotas();
    if (!has_quotas || parts_.clock == nullptr ||
        local.mailboxes.kind != route::Destination::Kind::kMaildir) {
      return;
    }
    made_->directory->AddQuotas(local.name, local.mailboxes.maildir_root,
                                local.quota, local.has_quota, parts_.clock);
    made_->may_block = true;
  }

  void MakeScanning() {
    made_->scanning =
        Scanning::Create(settings_.content, sources_.scanners, parts_.clock,
                         parts_.events, sources_.scans_stopped, errors_);
  }

  // The next hops are asked as the routing of this snapshot has it.
  void MakeVerifier() {
    if (sources_.make_verifier == nullptr || made_->routing == nullptr) return;
    made_->asked_verifier = sources_.make_verifier(made_->routing);
    made_->verifier = std::make_unique<policy::CachingVerifier>(
        policy::CachingVerifier::Options(), made_->asked_verifier.get(),
        parts_.clock);
    made_->may_block |= Verifies(settings_);
    made_->may_block_for_ours =
        settings_.routes.fallback.kind == route::Destination::Kind::kMx;
  }

  policy::AcceptancePolicy::Options AcceptanceOptions() const {
    policy::AcceptancePolicy::Options options;
    options.authorised_networks = settings_.networks.authorised;
    options.max_message_octets = settings_.limits.message_octets;
    options.full_is_transient = settings_.limits.full_is_transient;
    options.own_addresses = settings_.identity.own_addresses;
    options.local_domains = settings_.domains.LocalNames();
    for (const RelayDomainSettings& relay : settings_.domains.relay) {
      options.relay_domains.push_back(
          {.domain = relay.name,
           .directory = relay.recipients_file.empty()
                            ? nullptr
                            : made_->directory.get()});
    }
    if (parts_.spool != nullptr) {
      options.has_space = [spool = parts_.spool](uint64_t octets) {
        return spool->CheckSpace(octets).ok();
      };
    }
    options.strangers_with_own_sender =
        settings_.networks.strangers_with_own_sender;
    options.verifier = made_->verifier.get();
    return options;
  }

  void MakeAcceptance() {
    if (settings_.routes.live_mx && parts_.resolver != nullptr) {
      made_->live_mx = std::make_unique<policy::LiveMxAuthority>(
          *settings_.routes.live_mx, parts_.resolver);
      made_->may_block = true;
    }
    absl::StatusOr<std::unique_ptr<policy::AcceptancePolicy>> acceptance =
        policy::AcceptancePolicy::Create(
            AcceptanceOptions(), made_->directory.get(), made_->live_mx.get());
    if (acceptance.ok()) {
      made_->acceptance = *std::move(acceptance);
    } else {
      errors_->push_back(ErrorOf(acceptance.status()));
    }
  }

  // ---- Where mail goes

  void MakeRouting() {
    made_->schedule = spool::RetrySchedule(settings_.retry.schedule);
    made_->outbox = MakeOutboxOptions(settings_.retry);
    absl::StatusOr<std::shared_ptr<const Routing>> routing =
        server::MakeRouting(settings_, ReadAliases(), sources_.own_addresses,
                            parts_.resolver, ReadSrs(),
                            made_->directory->mailboxes());
    if (!routing.ok()) {
      errors_->push_back(ErrorOf(routing.status()));
      return;
    }
    made_->routing = *std::move(routing);
    made_->directory->SetRouting(made_->routing.get());
    if (parts_.clock != nullptr) {
      made_->directory->SetSrs(made_->routing->srs.get(), parts_.clock);
    }
  }

  // ---- What the server sends by itself

  void MakeOwnMail() {
    const Snapshot* const before = sources_.before.get();
    made_->governor =
        MakeGovernor(settings_, before ? before->governor.get() : nullptr,
                     parts_.clock ? parts_.clock->Now() : absl::UnixEpoch());
    made_->notifier = MakeNotifierSettings(settings_, made_->governor);
    made_->alarm_mail = MakeAlarmMail(settings_);
    made_->own_addresses =
        OwnAddresses(made_->routing->aliases, OtherNames(settings_.domains));
    // ReadAutomatic() has checked the patterns.
    const AutomaticMailSettings& automatic = settings_.automatic;
    made_->responder = *autoreply::Autoresponder::Create(
        {.system_senders = automatic.machines});
    made_->receipts = *autoreply::ReceiptPolicy::Create(
        {.enabled = automatic.receipts, .system_senders = automatic.machines});
  }

  // ---- Do the addresses end in mailboxes?

  bool Exists(const Address& mailbox) const {
    return made_->routing->names.HasMailbox(mailbox);
  }

  // A mailbox or an alias, and nothing that only leads to one.
  bool IsWholeName(const Address& address) const {
    const route::MeantName meant =
        made_->routing->NameOf(address::ForwardPath(address));
    return !meant.mailboxes.empty() &&
           (meant.kind == policy::NameKind::kMailbox ||
            meant.kind == policy::NameKind::kAlias);
  }

  void CheckCatchAll(const LocalDomainSettings& local) {
    if (!local.catch_all) return;
    const Domain* const domain = local.catch_all->domain();
    const bool is_served =
        domain != nullptr && settings_.domains.Serves(*domain);
    if (is_served && IsWholeName(*local.catch_all)) return;
    errors_->push_back(ErrorAt(
        local.catch_all_place,
        absl::StrCat("catch_all: ", local.catch_all->ToString(),
                     is_served ? " is neither a mailbox nor an alias"
                               : " is not in a domain that is served here")));
  }

  // Postmaster and abuse end in a mailbox (R6), and so does every alias, and
  // every catch-all.
  void CheckMailboxes() {
    for (const LocalDomainSettings& local : settings_.domains.local) {
      CheckCatchAll(local);
      const absl::Status roles =
          policy::CheckRoleMailboxes(*made_->directory, {local.name});
      if (roles.ok()) continue;
      errors_->push_back(
          {local.recipients_file.path, 1, 1, std::string(roles.message())});
    }
    for (const Address& mailbox : made_->forwards.Mailboxes()) {
      if (IsWholeName(mailbox)) continue;
      errors_->push_back({settings_.automatic.forwards_file.path,
                          made_->forwards.LineOf(mailbox), 1,
                          absl::StrCat(mailbox.ToString(), " does not exist")});
    }
    const route::AliasTable& aliases = made_->routing->aliases;
    for (const Address& alias : aliases.Aliases()) {
      for (const Address& mailbox : aliases.Expand(alias)) {
        if (Exists(mailbox)) continue;
        errors_->push_back(
            {settings_.domains.aliases_file.path, aliases.LineOf(alias), 1,
             absl::StrCat(alias.ToString(), " leads to ", mailbox.ToString(),
                          ", which does not exist")});
      }
    }
  }

  const Parts& parts_;
  const SnapshotSources& sources_;
  std::vector<ConfigError>* const errors_;
  std::shared_ptr<Snapshot> made_ = std::make_shared<Snapshot>();
  const Settings& settings_ = made_->settings;
};

}  // namespace

std::shared_ptr<const Snapshot> BuildSnapshot(
    const Settings& settings, const Parts& parts,
    const SnapshotSources& sources, std::vector<ConfigError>* errors) {
  return Builder(settings, parts, sources, errors).Build();
}

}  // namespace mailsec::server
