#include "mailcore/server/snapshot/policies.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mailcore/io/read_file.h"
#include "mailcore/policy/role_mailboxes.h"
#include "mailcore/policy/text_recipient_directory.h"
#include "mailcore/server/config/srs_secrets.h"

namespace mailsec::server {
namespace {

using address::Address;
using address::Domain;

constexpr size_t kMaxRecipientsOctets = size_t{256} << 20;

// Builds Policies step by step; a step that fails adds its errors.
class Builder {
 public:
  Builder(const Settings& settings, std::vector<ConfigError>* errors)
      : settings_(settings), errors_(errors) {}

  std::shared_ptr<const Policies> Build(PolicySources sources) {
    const size_t errors_before = errors_->size();
    policies_->directory = std::make_shared<LocalDirectory>();
    options_.authorised_networks = settings_.networks.authorised;
    options_.max_message_octets = settings_.limits.message_octets;
    options_.full_is_transient = settings_.limits.full_is_transient;
    options_.has_space = std::move(sources.has_space);
    options_.verifier = sources.verifier;
    policies_->authorised_networks = settings_.networks.authorised;
    options_.own_addresses = settings_.identity.own_addresses;
    AddLocalDomains();
    AddRelayDomains();
    AddLiveMx(sources.resolver);
    MakeScanning(sources);
    policies_->other_names = OtherNames();
    policies_->governor = sources.governor;
    ReadForwards();
    MakeRoutes(std::move(sources));
    if (errors_->size() > errors_before) return nullptr;
    CheckMailboxes();
    if (errors_->size() > errors_before) return nullptr;
    absl::StatusOr<std::unique_ptr<policy::AcceptancePolicy>> acceptance =
        policy::AcceptancePolicy::Create(std::move(options_),
                                         policies_->directory.get(),
                                         policies_->live_mx.get());
    if (!acceptance.ok()) {
      errors_->push_back(
          {"configuration", 1, 1, std::string(acceptance.status().message())});
      return nullptr;
    }
    policies_->acceptance = *std::move(acceptance);
    return policies_;
  }

 private:
  // Null after an error.
  std::shared_ptr<policy::TextRecipientDirectory> ReadRecipients(
      const ConfigFile& file) {
    const std::optional<std::string> text = ReadText(file);
    if (!text) return nullptr;
    std::vector<base::TextError> text_errors;
    absl::StatusOr<policy::TextRecipientDirectory> directory =
        policy::TextRecipientDirectory::Parse(*text, &text_errors);
    AddErrors(file, text_errors);
    if (!directory.ok()) return nullptr;
    return std::make_shared<policy::TextRecipientDirectory>(
        *std::move(directory));
  }

  void AddErrors(const ConfigFile& file,
                 const std::vector<base::TextError>& text_errors) {
    for (const base::TextError& error : text_errors) {
      errors_->push_back({file.path, error.line, error.column, error.message});
    }
  }

  void AddLocalDomains() {
    for (const LocalDomainSettings& local : settings_.domains.local) {
      const std::shared_ptr<policy::TextRecipientDirectory> directory =
          ReadRecipients(local.recipients_file);
      if (directory == nullptr) continue;
      policies_->directory->Add(local.name, local.name, directory);
      for (const Domain& alias : local.aliases) {
        policies_->directory->Add(alias, local.name, directory);
      }
    }
    options_.local_domains = settings_.domains.LocalNames();
  }

  void AddRelayDomains() {
    for (const RelayDomainSettings& relay : settings_.domains.relay) {
      policy::RelayDomain option = {.domain = relay.name, .directory = nullptr};
      if (!relay.recipients_file.empty()) {
        const std::shared_ptr<policy::TextRecipientDirectory> directory =
            ReadRecipients(relay.recipients_file);
        if (directory == nullptr) continue;
        policies_->directory->Add(relay.name, relay.name, directory);
        option.directory = policies_->directory.get();
      } else {
        policies_->directory->AddUnchecked(relay.name);
      }
      options_.relay_domains.push_back(std::move(option));
    }
  }

  void MakeScanning(const PolicySources& sources) {
    absl::StatusOr<std::shared_ptr<Scanning>> scanning =
        Scanning::Create(settings_.content, sources.scanners, sources.clock,
                         sources.events, sources.scans_stopped);
    if (scanning.ok()) {
      policies_->scanning = *std::move(scanning);
    } else {
      errors_->push_back(
          {"configuration", 1, 1, std::string(scanning.status().message())});
    }
  }

  // Nothing after an error.
  std::optional<std::string> ReadText(const ConfigFile& file) {
    absl::StatusOr<std::string> text =
        io::ReadFile(file.path, kMaxRecipientsOctets);
    if (text.ok()) return *std::move(text);
    errors_->push_back(ErrorAt(file.place, text.status().message()));
    return std::nullopt;
  }

  // The names of the local domains that are not their main ones.
  route::MainNames OtherNames() const {
    route::MainNames names;
    for (const LocalDomainSettings& local : settings_.domains.local) {
      for (const Domain& alias : local.aliases) {
        names.insert_or_assign(alias, local.name);
      }
    }
    return names;
  }

  void ReadForwards() {
    const ConfigFile& file = settings_.automatic.forwards_file;
    if (file.empty()) return;
    const std::optional<std::string> text = ReadText(file);
    if (!text) return;
    std::vector<base::TextError> text_errors;
    absl::StatusOr<route::ForwardTable> forwards = route::ForwardTable::Parse(
        *text, options_.local_domains, &text_errors, OtherNames());
    AddErrors(file, text_errors);
    if (forwards.ok()) policies_->forwards = *std::move(forwards);
  }

  route::AliasTable ReadAliases() {
    const ConfigFile& file = settings_.domains.aliases_file;
    if (file.empty()) return route::AliasTable();
    const std::optional<std::string> text = ReadText(file);
    if (!text) return route::AliasTable();
    std::vector<Domain> served = options_.local_domains;
    for (const policy::RelayDomain& relay : options_.relay_domains) {
      served.push_back(relay.domain);
    }
    std::vector<base::TextError> text_errors;
    absl::StatusOr<route::AliasTable> aliases =
        route::AliasTable::Parse(*text, served, &text_errors, OtherNames());
    AddErrors(file, text_errors);
    return aliases.ok() ? *std::move(aliases) : route::AliasTable();
  }

  // Null if nothing was ever forwarded, or after an error.
  std::shared_ptr<const autoreply::Srs> MakeSrs(autoreply::SrsTable* table) {
    absl::StatusOr<std::vector<std::string>> secrets =
        ReadSrsSecrets(settings_.automatic);
    absl::Status status = secrets.status();
    if (status.ok() && secrets->empty()) return nullptr;
    if (status.ok()) {
      absl::StatusOr<autoreply::Srs> srs =
          autoreply::Srs::Create({.domain = *settings_.automatic.srs_domain,
                                  .own_domains = options_.local_domains,
                                  .secrets = *std::move(secrets),
                                  .valid_days = settings_.automatic.srs_days},
                                 table);
      if (srs.ok()) {
        return std::make_shared<const autoreply::Srs>(*std::move(srs));
      }
      status = srs.status();
    }
    errors_->push_back({"configuration", 1, 1, std::string(status.message())});
    return nullptr;
  }

  void MakeRoutes(PolicySources sources) {
    absl::StatusOr<std::shared_ptr<const Routing>> routing =
        MakeRouting(settings_, ReadAliases(), std::move(sources.own_addresses),
                    sources.resolver, MakeSrs(sources.srs_table));
    if (!routing.ok()) {
      errors_->push_back(
          {"configuration", 1, 1, std::string(routing.status().message())});
      return;
    }
    policies_->routing = *std::move(routing);
    policies_->directory->SetRouting(policies_->routing.get());
    if (sources.clock != nullptr) {
      policies_->directory->SetSrs(policies_->routing->srs.get(),
                                   sources.clock);
    }
    if (sources.verifier == nullptr) return;
    policies_->may_block |= Verifies();
    policies_->may_block_for_ours =
        settings_.routes.fallback.kind == route::Destination::Kind::kMx;
  }

  bool Verifies() const {
    const RouteSettings& routes = settings_.routes;
    const DomainSettings& domains = settings_.domains;
    return routes.fallback.verify ||
           std::any_of(routes.routes.begin(), routes.routes.end(),
                       [](const auto& r) { return r.next_hop.verify; }) ||
           std::any_of(domains.local.begin(), domains.local.end(),
                       [](const auto& d) { return d.mailboxes.verify; }) ||
           std::any_of(domains.relay.begin(), domains.relay.end(),
                       [](const auto& d) { return d.next_hop.verify; });
  }

  // Postmaster and abuse end in a mailbox (R6), and so does every alias.
  void CheckMailboxes() {
    for (const LocalDomainSettings& local : settings_.domains.local) {
      const absl::Status roles =
          policy::CheckRoleMailboxes(*policies_->directory, {local.name});
      if (!roles.ok()) {
        errors_->push_back(
            {local.recipients_file.path, 1, 1, std::string(roles.message())});
      }
    }
    for (const Address& mailbox : policies_->forwards.Mailboxes()) {
      if (policies_->directory->Find(mailbox).answer != policy::Answer::kNo) {
        continue;
      }
      errors_->push_back({settings_.automatic.forwards_file.path, 1, 1,
                          absl::StrCat(mailbox.ToString(), " does not exist")});
    }
    const route::AliasTable& aliases = policies_->routing->aliases;
    for (const Address& alias : aliases.Aliases()) {
      for (const Address& mailbox : aliases.Expand(alias)) {
        if (policies_->directory->Find(mailbox).answer != policy::Answer::kNo) {
          continue;
        }
        errors_->push_back(
            {settings_.domains.aliases_file.path, 1, 1,
             absl::StrCat(alias.ToString(), " leads to ", mailbox.ToString(),
                          ", which does not exist")});
      }
    }
  }

  void AddLiveMx(dns::Resolver* resolver) {
    if (!settings_.routes.live_mx || resolver == nullptr) return;
    policies_->live_mx = std::make_unique<policy::LiveMxAuthority>(
        *settings_.routes.live_mx, resolver);
    policies_->may_block = true;
  }

  const Settings& settings_;
  std::vector<ConfigError>* errors_;
  policy::AcceptancePolicy::Options options_;
  std::shared_ptr<Policies> policies_ = std::make_shared<Policies>();
};

}  // namespace

std::shared_ptr<const Policies> BuildPolicies(
    const Settings& settings, PolicySources sources,
    std::vector<ConfigError>* errors) {
  return Builder(settings, errors).Build(std::move(sources));
}

}  // namespace mailsec::server
