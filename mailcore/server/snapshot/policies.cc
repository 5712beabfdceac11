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
  Builder(const ServerConfig& config, std::vector<ConfigError>* errors)
      : config_(config), errors_(errors) {}

  std::shared_ptr<const Policies> Build(PolicySources sources) {
    const size_t errors_before = errors_->size();
    policies_->directory = std::make_shared<LocalDirectory>();
    options_.authorised_networks = config_.authorised_networks;
    options_.max_message_octets = config_.proto.limits().message_octets();
    options_.full_is_transient = config_.proto.limits().full_is_transient();
    options_.has_space = std::move(sources.has_space);
    options_.verifier = sources.verifier;
    policies_->authorised_networks = config_.authorised_networks;
    for (const std::string& own : config_.proto.own_address()) {
      options_.own_addresses.push_back(*ip::IpAddress::Parse(own));
    }
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
      const std::string& name) {
    const std::string path = config_.Resolve(name);
    const std::optional<std::string> text = ReadText(path);
    if (!text) return nullptr;
    std::vector<policy::TextError> text_errors;
    absl::StatusOr<policy::TextRecipientDirectory> directory =
        policy::TextRecipientDirectory::Parse(*text, &text_errors);
    for (const policy::TextError& error : text_errors) {
      errors_->push_back({path, error.line, error.column, error.message});
    }
    if (!directory.ok()) return nullptr;
    return std::make_shared<policy::TextRecipientDirectory>(
        *std::move(directory));
  }

  void AddLocalDomains() {
    for (const config::LocalDomain& local : config_.proto.local_domain()) {
      const Domain domain = *Domain::ParseFqdn(local.name());
      const std::shared_ptr<policy::TextRecipientDirectory> directory =
          ReadRecipients(local.recipients_file());
      if (directory == nullptr) continue;
      policies_->directory->Add(domain, domain, directory);
      options_.local_domains.push_back(domain);
      for (const std::string& name : local.alias()) {
        const Domain alias = *Domain::ParseFqdn(name);
        policies_->directory->Add(alias, domain, directory);
        options_.local_domains.push_back(alias);
      }
    }
  }

  void AddRelayDomains() {
    for (const config::RelayDomain& relay : config_.proto.relay_domain()) {
      const Domain domain = *Domain::ParseFqdn(relay.name());
      policy::RelayDomain option = {.domain = domain, .directory = nullptr};
      if (!relay.recipients_file().empty()) {
        const std::shared_ptr<policy::TextRecipientDirectory> directory =
            ReadRecipients(relay.recipients_file());
        if (directory == nullptr) continue;
        policies_->directory->Add(domain, domain, directory);
        option.directory = policies_->directory.get();
      } else {
        policies_->directory->AddUnchecked(domain);
      }
      options_.relay_domains.push_back(std::move(option));
    }
  }

  void MakeScanning(const PolicySources& sources) {
    absl::StatusOr<std::shared_ptr<Scanning>> scanning =
        Scanning::Create(config_, sources.scanners, sources.clock,
                         sources.events, sources.scans_stopped);
    if (scanning.ok()) {
      policies_->scanning = *std::move(scanning);
    } else {
      errors_->push_back(
          {"configuration", 1, 1, std::string(scanning.status().message())});
    }
  }

  // Nothing after an error.
  std::optional<std::string> ReadText(const std::string& path) {
    absl::StatusOr<std::string> text = io::ReadFile(path, kMaxRecipientsOctets);
    if (text.ok()) return *std::move(text);
    errors_->push_back({path, 1, 1, std::string(text.status().message())});
    return std::nullopt;
  }

  // The names of the local domains that are not their main ones.
  route::MainNames OtherNames() const {
    route::MainNames names;
    for (const config::LocalDomain& local : config_.proto.local_domain()) {
      for (const std::string& alias : local.alias()) {
        names.insert_or_assign(*Domain::ParseFqdn(alias),
                               *Domain::ParseFqdn(local.name()));
      }
    }
    return names;
  }

  void ReadForwards() {
    if (config_.proto.automatic().forwards_file().empty()) return;
    const std::string path =
        config_.Resolve(config_.proto.automatic().forwards_file());
    const std::optional<std::string> text = ReadText(path);
    if (!text) return;
    std::vector<policy::TextError> text_errors;
    absl::StatusOr<route::ForwardTable> forwards = route::ForwardTable::Parse(
        *text, options_.local_domains, &text_errors, OtherNames());
    for (const policy::TextError& error : text_errors) {
      errors_->push_back({path, error.line, error.column, error.message});
    }
    if (forwards.ok()) policies_->forwards = *std::move(forwards);
  }

  route::AliasTable ReadAliases() {
    if (config_.proto.aliases_file().empty()) return route::AliasTable();
    const std::string path = config_.Resolve(config_.proto.aliases_file());
    const std::optional<std::string> text = ReadText(path);
    if (!text) return route::AliasTable();
    std::vector<Domain> served = options_.local_domains;
    for (const policy::RelayDomain& relay : options_.relay_domains) {
      served.push_back(relay.domain);
    }
    std::vector<policy::TextError> text_errors;
    absl::StatusOr<route::AliasTable> aliases =
        route::AliasTable::Parse(*text, served, &text_errors, OtherNames());
    for (const policy::TextError& error : text_errors) {
      errors_->push_back({path, error.line, error.column, error.message});
    }
    return aliases.ok() ? *std::move(aliases) : route::AliasTable();
  }

  // Null if nothing was ever forwarded, or after an error.
  std::shared_ptr<const autoreply::Srs> MakeSrs(autoreply::SrsTable* table) {
    absl::StatusOr<std::vector<std::string>> secrets = ReadSrsSecrets(config_);
    absl::Status status = secrets.status();
    if (status.ok() && secrets->empty()) return nullptr;
    if (status.ok()) {
      absl::StatusOr<autoreply::Srs> srs = autoreply::Srs::Create(
          {.domain = *Domain::ParseFqdn(config_.proto.automatic().srs_domain()),
           .own_domains = options_.local_domains,
           .secrets = *std::move(secrets),
           .valid_days =
               static_cast<int>(config_.proto.automatic().srs_days())},
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
        MakeRouting(config_, ReadAliases(), std::move(sources.own_addresses),
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
        !config_.proto.has_smarthost() && !config_.proto.mx().off();
  }

  bool Verifies() const {
    const auto verifies = [](const auto& hop) {
      return hop.verify_recipients();
    };
    const config::Config& proto = config_.proto;
    return std::any_of(proto.local_domain().begin(), proto.local_domain().end(),
                       [&](const auto& d) { return verifies(d.lmtp()); }) ||
           std::any_of(proto.relay_domain().begin(), proto.relay_domain().end(),
                       [&](const auto& d) { return verifies(d.next_hop()); }) ||
           std::any_of(proto.route().begin(), proto.route().end(),
                       [&](const auto& r) { return verifies(r.next_hop()); }) ||
           verifies(proto.smarthost());
  }

  // Postmaster and abuse end in a mailbox (R6), and so does every alias.
  void CheckMailboxes() {
    for (const config::LocalDomain& local : config_.proto.local_domain()) {
      const absl::Status roles = policy::CheckRoleMailboxes(
          *policies_->directory, {*Domain::ParseFqdn(local.name())});
      if (!roles.ok()) {
        errors_->push_back({config_.Resolve(local.recipients_file()), 1, 1,
                            std::string(roles.message())});
      }
    }
    for (const Address& mailbox : policies_->forwards.Mailboxes()) {
      if (policies_->directory->Find(mailbox).answer != policy::Answer::kNo) {
        continue;
      }
      errors_->push_back(
          {config_.Resolve(config_.proto.automatic().forwards_file()), 1, 1,
           absl::StrCat(mailbox.ToString(), " does not exist")});
    }
    const route::AliasTable& aliases = policies_->routing->aliases;
    for (const Address& alias : aliases.Aliases()) {
      for (const Address& mailbox : aliases.Expand(alias)) {
        if (policies_->directory->Find(mailbox).answer != policy::Answer::kNo) {
          continue;
        }
        errors_->push_back(
            {config_.Resolve(config_.proto.aliases_file()), 1, 1,
             absl::StrCat(alias.ToString(), " leads to ", mailbox.ToString(),
                          ", which does not exist")});
      }
    }
  }

  void AddLiveMx(dns::Resolver* resolver) {
    if (!config_.proto.has_live_mx() || resolver == nullptr) return;
    const config::LiveMx& live = config_.proto.live_mx();
    policy::LiveMxAuthority::Options options;
    options.require_dnssec = live.require_dnssec();
    for (const std::string& name : live.own_name()) {
      options.own_names.push_back(*Domain::ParseFqdn(name));
    }
    for (const std::string& name : live.domain()) {
      if (name == "*") {
        options.any_most_preferred = true;
      } else {
        options.consenting_domains.push_back(*Domain::ParseFqdn(name));
      }
    }
    policies_->live_mx =
        std::make_unique<policy::LiveMxAuthority>(options, resolver);
    policies_->may_block = true;
  }

  const ServerConfig& config_;
  std::vector<ConfigError>* errors_;
  policy::AcceptancePolicy::Options options_;
  std::shared_ptr<Policies> policies_ = std::make_shared<Policies>();
};

}  // namespace

std::shared_ptr<const Policies> BuildPolicies(
    const ServerConfig& config, PolicySources sources,
    std::vector<ConfigError>* errors) {
  return Builder(config, errors).Build(std::move(sources));
}

}  // namespace mailsec::server
