#include "mailcore/server/config/config.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"
#include "mailcore/address/address.h"
#include "mailcore/autoreply/autoresponder.h"
#include "mailcore/base/log_safe.h"
#include "mailcore/io/server_address.h"
#include "mailcore/ip/ip_address.h"
#include "mailcore/ip/ip_network.h"

namespace mailsec::server {
namespace {

using address::Address;
using address::Domain;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::TextFormat;
using ip::IpAddress;
using ip::IpNetwork;
using ip::NetworkSet;

class ParseErrors : public google::protobuf::io::ErrorCollector {
 public:
  ParseErrors(std::string file, std::vector<ConfigError>* errors)
      : file_(std::move(file)), errors_(errors) {}
  void AddError(int line, int column, const std::string& message) override {
    errors_->push_back({file_, line + 1, column + 1, base::LogSafe(message)});
  }
  // An unknown field: as much an error, but what follows is still read.
  void AddWarning(int line, int column, const std::string& message) override {
    AddError(line, column, message);
  }

 private:
  std::string file_;
  std::vector<ConfigError>* errors_;
};

// One message of the configuration with the places of its fields.
class Place {
 public:
  Place(const Message& message, TextFormat::ParseInfoTree* tree)
      : message_(message), tree_(tree) {}

  // The message in field `field` of `parent`.
  Place(const Place& parent, const std::string& field, int index,
        const Message& message)
      : message_(message), start_(parent.Of(field, index)) {
    const FieldDescriptor* descriptor = parent.Descriptor(field);
    if (parent.tree_ != nullptr) {
      tree_ = parent.tree_->GetTreeForNested(
          descriptor, descriptor->is_repeated() ? index : -1);
    }
  }

  // Where `field` stands; if it does not, where the message begins.
  TextFormat::ParseLocation Of(const std::string& field, int index) const {
    const FieldDescriptor* descriptor = Descriptor(field);
    if (tree_ == nullptr) return start_;
    const TextFormat::ParseLocation at =
        tree_->GetLocation(descriptor, descriptor->is_repeated() ? index : -1);
    return at.line < 0 ? start_ : at;
  }

 private:
  const FieldDescriptor* Descriptor(const std::string& field) const {
    return message_.GetDescriptor()->FindFieldByName(field);
  }
  const Message& message_;
  TextFormat::ParseLocation start_{0, 0};
  TextFormat::ParseInfoTree* tree_ = nullptr;  // Null: left out.
};

// Checks a parsed Config, field by field, and fills in the defaults.
class Checker {
 public:
  Checker(std::string file, TextFormat::ParseInfoTree* tree,
          ServerConfig* config, std::vector<ConfigError>* errors)
      : file_(std::move(file)),
        config_(config),
        proto_(config->proto),
        errors_(errors),
        root_(proto_, tree) {}

  void CheckAll() {
    CheckIdentity();
    CheckListeners();
    CheckNetworks();
    CheckLocalDomains();
    CheckRelayDomains();
    CheckRoutes();
    CheckSpool();
    CheckLimits();
    CheckRest();
    CheckScanners();
    CheckContent();
    CheckAutomatic();
  }

 private:
  // An index of -1 goes with fields that are not repeated.
  void Error(const Place& place, const std::string& field, int index,
             absl::string_view message) {
    const TextFormat::ParseLocation at = place.Of(field, index);
    errors_->push_back({file_, at.line + 1, at.column + 1,
                        absl::StrCat(field, ": ", message)});
  }

  // Checks that `value` is a domain; returns it, or nothing after an error.
  std::optional<Domain> CheckDomain(const Place& place,
                                    const std::string& field, int index,
                                    const std::string& value) {
    absl::StatusOr<Domain> domain = Domain::ParseFqdn(value);
    if (domain.ok()) return *std::move(domain);
    Error(place, field, index,
          value.empty() ? "is required: a domain name"
                        : std::string(domain.status().message()));
    return std::nullopt;
  }

  // A domain may be served in one way only.
  void ClaimDomain(const Place& place, const std::string& field, int index,
                   const std::string& value) {
    const std::optional<Domain> domain =
        CheckDomain(place, field, index, value);
    if (domain && !domains_.insert(domain->ascii()).second) {
      Error(place, field, index,
            absl::StrCat("\"", value, "\" is already a domain of ours"));
    }
  }

  NetworkSet CheckNetworkList(
      const Place& place, const std::string& field,
      const google::protobuf::RepeatedPtrField<std::string>& values,
      bool relays) {
    std::vector<IpNetwork> networks;
    for (int i = 0; i < values.size(); ++i) {
      const absl::StatusOr<IpNetwork> network = IpNetwork::Parse(values[i]);
      if (!network.ok()) {
        Error(place, field, i, network.status().message());
      } else if (relays && network->prefix_length() == 0) {
        Error(place, field, i,
              absl::StrCat(values[i],
                           " is everybody: this would be an open relay"));
      } else {
        networks.push_back(*network);
      }
    }
    return NetworkSet(std::move(networks));
  }

  template <typename Message>
  static void Default(Message* message, uint32_t value, uint32_t fallback,
                      void (Message::*set)(uint32_t)) {
    if (value == 0) (message->*set)(fallback);
  }

  void CheckRange(const Place& place, const std::string& field, uint64_t value,
                  uint64_t least, uint64_t most) {
    if (value < least || value > most) {
      Error(place, field, -1, absl::StrCat("must be ", least, " to ", most));
    }
  }

  void CheckIdentity() {
    CheckDomain(root_, "hostname", -1, proto_.hostname());
    CheckPerson("administrator", proto_.administrator());
    CheckPerson("deputy", proto_.deputy());
    if (!proto_.administrator().empty() &&
        absl::EqualsIgnoreCase(proto_.administrator(), proto_.deputy())) {
      Error(root_, "deputy", -1,
            "must be somebody else than the administrator (R6)");
    }
    for (int i = 0; i < proto_.own_address_size(); ++i) {
      const absl::StatusOr<IpAddress> ip =
          IpAddress::Parse(proto_.own_address(i));
      if (!ip.ok()) Error(root_, "own_address", i, ip.status().message());
    }
  }

  void CheckPerson(const std::string& field, const std::string& value) {
    if (value.empty()) {
      Error(root_, field, -1, "is required: the mail address of a person (R6)");
      return;
    }
    const absl::StatusOr<Address> address = Address::Parse(value);
    if (!address.ok()) Error(root_, field, -1, address.status().message());
  }

  void CheckListeners() {
    if (proto_.listen_size() == 0) {
      Error(root_, "listen", 0, "is required: where to accept mail");
    }
    for (int i = 0; i < proto_.listen_size(); ++i) {
      const config::Listener& listener = proto_.listen(i);
      const Place place(root_, "listen", i, listener);
      const absl::StatusOr<IpAddress> ip = IpAddress::Parse(listener.address());
      if (!ip.ok()) Error(place, "address", -1, ip.status().message());
      CheckRange(place, "port", listener.port(), 0, 65535);
      if (listener.protocol() == config::Listener::LMTP &&
          listener.port() == 25) {
        Error(place, "port", -1, "LMTP must not run on port 25 (RFC 2033, 5)");
      }
      CheckNetworkList(place, "proxy_network", listener.proxy_network(), true);
    }
  }

  void CheckNextHop(const Place& parent, const std::string& field, int index,
                    config::NextHop* hop, bool lmtp) {
    const Place place(parent, field, index, *hop);
    if (!hop->has_verify_recipients()) hop->set_verify_recipients(lmtp);
    if (!hop->has_cut_through()) hop->set_cut_through(lmtp);
    if (absl::StartsWith(hop->host(), "unix:")) {
      if (!lmtp) Error(place, "host", -1, "a Unix socket speaks LMTP only");
      if (hop->host().size() == 5) Error(place, "host", -1, "names no path");
      return;
    }
    if (!IpAddress::Parse(hop->host()).ok()) {
      CheckDomain(place, "host", -1, hop->host());
    }
    CheckRange(place, "port", hop->port(), 0, 65535);
    if (hop->port() == 0) hop->set_port(lmtp ? 24 : 25);
  }

  // Mail between our own users goes there: it has to be inside (R3).
  void CheckIsInside(const Place& place, const config::NextHop& hop) {
    const absl::StatusOr<IpAddress> ip = IpAddress::Parse(hop.host());
    if (!ip.ok() || ip->IsLoopback() ||
        config_->inside_networks.Contains(*ip)) {
      return;
    }
    Error(place, "lmtp", -1,
          absl::StrCat(hop.host(),
                       " is not in an inside_network, and mail between our own "
                       "users could not be handed to it (R3)"));
  }

  void CheckLocalDomains() {
    for (int i = 0; i < proto_.local_domain_size(); ++i) {
      config::LocalDomain* domain = proto_.mutable_local_domain(i);
      const Place place(root_, "local_domain", i, *domain);
      ClaimDomain(place, "name", -1, domain->name());
      for (int j = 0; j < domain->alias_size(); ++j) {
        ClaimDomain(place, "alias", j, domain->alias(j));
      }
      if (domain->recipients_file().empty()) {
        Error(root_, "local_domain", i,
              "recipients_file is required: which mailboxes exist (R18)");
      }
      if (domain->maildir_root().empty() == !domain->has_lmtp()) {
        Error(root_, "local_domain", i,
              "needs either maildir_root or lmtp: where its mail goes");
      }
      if (domain->has_lmtp()) {
        CheckNextHop(place, "lmtp", -1, domain->mutable_lmtp(), true);
        CheckIsInside(place, domain->lmtp());
      }
      AddStore(place, *domain);
    }
  }

  void AddStore(const Place& place, const config::LocalDomain& domain) {
    absl::string_view path = domain.maildir_root();
    const char* field = "maildir_root";
    MailStore store;
    if (domain.has_lmtp()) {
      path = domain.lmtp().host();
      field = "lmtp";
      store.is_socket = absl::ConsumePrefix(&path, "unix:");
      if (!store.is_socket) return;
    }
    if (path.empty()) return;
    store.path = config_->Resolve(path);
    const TextFormat::ParseLocation at = place.Of(field, -1);
    store.place = {file_, at.line + 1, at.column + 1, ""};
    config_->mail_stores.push_back(std::move(store));
  }

  void CheckRelayDomains() {
    for (int i = 0; i < proto_.relay_domain_size(); ++i) {
      config::RelayDomain* domain = proto_.mutable_relay_domain(i);
      const Place place(root_, "relay_domain", i, *domain);
      ClaimDomain(place, "name", -1, domain->name());
      if (!domain->has_next_hop()) {
        Error(root_, "relay_domain", i,
              "next_hop is required: where its mail goes");
      } else {
        CheckNextHop(place, "next_hop", -1, domain->mutable_next_hop(), false);
      }
    }
  }

  void CheckNetworks() {
    config_->authorised_networks = CheckNetworkList(
        root_, "authorised_network", proto_.authorised_network(), true);
    config_->normalise_networks =
        CheckNetworkList(root_, "normalise_line_ends_network",
                         proto_.normalise_line_ends_network(), false);
    config_->inside_networks = CheckNetworkList(root_, "inside_network",
                                                proto_.inside_network(), true);
  }

  void CheckRoutes() {
    if (proto_.has_smarthost()) {
      CheckNextHop(root_, "smarthost", -1, proto_.mutable_smarthost(), false);
    }
    std::set<std::string> routed;
    for (int i = 0; i < proto_.route_size(); ++i) {
      config::Route* route = proto_.mutable_route(i);
      const Place place(root_, "route", i, *route);
      const std::optional<Domain> domain =
          CheckDomain(place, "domain", -1, route->domain());
      if (domain && !routed.insert(domain->ascii()).second) {
        Error(place, "domain", -1, "has a route already");
      }
      if (domain && domains_.contains(domain->ascii())) {
        Error(place, "domain", -1,
              "is a local_domain or relay_domain: its next hop stands there");
      }
      if (!route->has_next_hop()) {
        Error(root_, "route", i, "next_hop is required");
      } else {
        CheckNextHop(place, "next_hop", -1, route->mutable_next_hop(), false);
      }
    }
    CheckLiveMx();
  }

  void CheckLiveMx() {
    if (!proto_.has_live_mx()) return;
    const config::LiveMx& live = proto_.live_mx();
    const Place place(root_, "live_mx", -1, live);
    if (live.own_name_size() == 0) {
      Error(root_, "live_mx", -1, "own_name is required: our names as an MX");
    }
    if (live.domain_size() == 0) {
      Error(root_, "live_mx", -1,
            "domain is required: which domains, or \"*\" for any");
    }
    for (int i = 0; i < live.own_name_size(); ++i) {
      CheckDomain(place, "own_name", i, live.own_name(i));
    }
    for (int i = 0; i < live.domain_size(); ++i) {
      if (live.domain(i) == "*") {
        if (live.domain_size() > 1) {
          Error(place, "domain", i, "\"*\" stands alone");
        }
        continue;
      }
      CheckDomain(place, "domain", i, live.domain(i));
    }
  }

  void CheckSpool() {
    config::Spool* spool = proto_.mutable_spool();
    const Place place(root_, "spool", -1, *spool);
    if (spool->directory().empty()) spool->set_directory("spool");
    if (spool->reserve_megabytes() == 0) spool->set_reserve_megabytes(64);
    if (spool->reserve_inodes() == 0) spool->set_reserve_inodes(1000);
    if (spool->segment_megabytes() == 0) spool->set_segment_megabytes(64);
    CheckRange(place, "segment_megabytes", spool->segment_megabytes(), 1, 1024);
    std::set<uint32_t> ids;
    for (int i = 0; i < spool->key_size(); ++i) {
      const Place key(place, "key", i, spool->key(i));
      if (spool->key(i).id() == 0) {
        Error(key, "id", -1, "is required, 1 to 4294967295");
      } else if (!ids.insert(spool->key(i).id()).second) {
        Error(key, "id", -1, "is the id of another key already");
      }
      if (spool->key(i).file().empty()) Error(key, "file", -1, "is required");
    }
  }

  void CheckLimits() {
    using config::Limits;
    Limits* limits = proto_.mutable_limits();
    const Place place(root_, "limits", -1, *limits);
    if (limits->message_octets() == 0) limits->set_message_octets(50 << 20);
    Default(limits, limits->recipients(), 1000, &Limits::set_recipients);
    Default(limits, limits->connections(), 20000, &Limits::set_connections);
    Default(limits, limits->connections_per_client(), 50,
            &Limits::set_connections_per_client);
    Default(limits, limits->command_seconds(), 300,
            &Limits::set_command_seconds);
    Default(limits, limits->content_octets_per_second(), 500,
            &Limits::set_content_octets_per_second);
    Default(limits, limits->session_seconds(), 1800,
            &Limits::set_session_seconds);
    Default(limits, limits->stop_seconds(), 20, &Limits::set_stop_seconds);
    CheckRange(place, "recipients", limits->recipients(), 100, 100000);
    CheckRange(place, "stop_seconds", limits->stop_seconds(), 1, 30);
    CheckRange(place, "greeting_delay_milliseconds",
               limits->greeting_delay_milliseconds(), 0, 60000);
    CheckRange(place, "threads", limits->threads(), 0, 256);
    CheckRange(place, "message_octets", limits->message_octets(), 64 << 10,
               uint64_t{1} << 40);
  }

  void CheckRest() {
    if (proto_.control_socket().empty()) proto_.set_control_socket("control");
    CheckLog();
    config::Retry* retry = proto_.mutable_retry();
    const Place place(root_, "retry", -1, *retry);
    if (retry->first_seconds() == 0) retry->set_first_seconds(300);
    if (retry->max_seconds() == 0) retry->set_max_seconds(14400);
    if (retry->lifetime_seconds() == 0) retry->set_lifetime_seconds(432000);
    if (retry->concurrency() == 0) retry->set_concurrency(100);
    if (retry->concurrency_per_destination() == 0) {
      retry->set_concurrency_per_destination(20);
    }
    if (retry->max_seconds() < retry->first_seconds()) {
      Error(place, "max_seconds", -1, "must not be less than first_seconds");
    }
    CheckRange(place, "concurrency", retry->concurrency(), 1, 10000);
    CheckNotifications();
    config::MxDelivery* mx = proto_.mutable_mx();
    const Place mx_place(root_, "mx", -1, *mx);
    CheckRange(mx_place, "port", mx->port(), 0, 65535);
    if (mx->port() == 0) mx->set_port(25);
    config_->refused_networks = CheckNetworkList(mx_place, "refuse_network",
                                                 mx->refuse_network(), false);
  }

  void CheckNotifications() {
    using config::Notifications;
    Notifications* notes = proto_.mutable_notifications();
    const Place place(root_, "notifications", -1, *notes);
    if (notes->language_size() == 0) {
      notes->add_language(Notifications::ENGLISH);
    }
    if (notes->language_size() > 2 ||
        (notes->language_size() == 2 &&
         notes->language(0) == notes->language(1))) {
      Error(place, "language", 0, "the same language stands there twice");
    }
    if (notes->max_returned_octets() == 0) {
      notes->set_max_returned_octets(64 << 10);
    }
    CheckRange(place, "max_returned_octets", notes->max_returned_octets(), 1000,
               10 << 20);
    Default(notes, notes->address_burst(), 5,
            &Notifications::set_address_burst);
    Default(notes, notes->address_seconds(), 1800,
            &Notifications::set_address_seconds);
    Default(notes, notes->domain_burst(), 50, &Notifications::set_domain_burst);
    Default(notes, notes->domain_seconds(), 60,
            &Notifications::set_domain_seconds);
    Default(notes, notes->digest_seconds(), 3600,
            &Notifications::set_digest_seconds);
    CheckRange(place, "digest_seconds", notes->digest_seconds(), 60, 86400);
    CheckRange(place, "address_burst", notes->address_burst(), 1, 1000000);
    CheckRange(place, "domain_burst", notes->domain_burst(), 1, 1000000);
    if (notes->from().empty()) {
      if (proto_.local_domain_size() > 0) {
        notes->set_from(
            absl::StrCat("postmaster@", proto_.local_domain(0).name()));
      }
      return;
    }
    const absl::StatusOr<Address> from = Address::Parse(notes->from());
    if (!from.ok()) Error(place, "from", -1, from.status().message());
    if (from.ok() && (from->domain() == nullptr || from->needs_smtputf8())) {
      Error(place, "from", -1, "must be an ASCII address at a domain");
    } else if (from.ok() && !IsOwnName(*from->domain())) {
      Error(place, "from", -1,
            "must be in a local_domain or at the hostname (R23)");
    }
  }

  void CheckLog() {
    config::Log* log = proto_.mutable_log();
    const Place place(root_, "log", -1, *log);
    if (log->severity().empty()) log->set_severity("info");
    const std::set<std::string> severities = {"debug", "info", "notice",
                                              "warning", "alarm"};
    if (!severities.contains(log->severity())) {
      Error(place, "severity", -1,
            "must be debug, info, notice, warning or alarm");
    }
  }

  void CheckScanners() {
    for (int i = 0; i < proto_.scanner_size(); ++i) {
      config::ContentScanner* scanner = proto_.mutable_scanner(i);
      const Place place(root_, "scanner", i, *scanner);
      if (scanner->clamd().empty() == scanner->rspamd().empty()) {
        Error(root_, "scanner", i, "exactly one of clamd and rspamd is needed");
        continue;
      }
      const bool is_clamd = !scanner->clamd().empty();
      const absl::Status server =
          io::ServerAddress::Parse(
              config_->ResolveServer(is_clamd ? scanner->clamd()
                                              : scanner->rspamd()))
              .status();
      if (!server.ok()) {
        Error(place, is_clamd ? "clamd" : "rspamd", -1, server.message());
      }
      using config::ContentScanner;
      Default(scanner, scanner->time_limit_seconds(), 30,
              &ContentScanner::set_time_limit_seconds);
      CheckRange(place, "time_limit_seconds", scanner->time_limit_seconds(), 1,
                 600);
      Default(scanner, scanner->signature_hours(), 48,
              &ContentScanner::set_signature_hours);
      if (scanner->max_octets() == 0) {
        scanner->set_max_octets(is_clamd ? 25 << 20 : 50 << 20);
      }
      if (!is_clamd) continue;
      if (scanner->signature_file_size() > 0) {
        Error(place, "signature_file", 0,
              "is for rspamd: clamd says it itself");
      }
      if (!scanner->password_file().empty()) {
        Error(place, "password_file", -1, "is for rspamd");
      }
      if (scanner->unscannable_symbol_size() > 0) {
        Error(place, "unscannable_symbol", 0, "is for rspamd");
      }
    }
  }

  void CheckContent() {
    config::Content* content = proto_.mutable_content();
    const Place place(root_, "content", -1, *content);
    const bool has_own = content->own_refuse_score() != 0;
    if (content->mark_score() == 0) content->set_mark_score(6);
    if (content->refuse_score() == 0) content->set_refuse_score(15);
    if (content->concurrency() == 0) content->set_concurrency(16);
    CheckRange(place, "concurrency", content->concurrency(), 1, 1000);
    for (const double score : {content->mark_score(), content->refuse_score(),
                               content->own_refuse_score()}) {
      if (!std::isfinite(score)) {
        Error(root_, "content", -1, "a score is a finite number");
        return;
      }
    }
    if (content->refuse_score() < content->mark_score()) {
      Error(place, "refuse_score", -1, "must not be less than mark_score");
    }
    if (has_own && content->own_refuse_score() < content->mark_score()) {
      Error(place, "own_refuse_score", -1, "must not be less than mark_score");
    }
  }

  void CheckAutomatic() {
    using config::Automatic;
    Automatic* automatic = proto_.mutable_automatic();
    const Place place(root_, "automatic", -1, *automatic);
    Default(automatic, automatic->srs_days(), 21, &Automatic::set_srs_days);
    CheckRange(place, "srs_days", automatic->srs_days(), 1, 511);
    Default(automatic, automatic->forward_address_burst(), 200,
            &Automatic::set_forward_address_burst);
    Default(automatic, automatic->forward_address_seconds(), 10,
            &Automatic::set_forward_address_seconds);
    Default(automatic, automatic->forward_domain_burst(), 2000,
            &Automatic::set_forward_domain_burst);
    Default(automatic, automatic->forward_domain_seconds(), 1,
            &Automatic::set_forward_domain_seconds);
    Default(automatic, automatic->notice_burst(), 1000,
            &Automatic::set_notice_burst);
    Default(automatic, automatic->notice_milliseconds(), 1000,
            &Automatic::set_notice_milliseconds);
    for (const auto& [field, burst] :
         {std::pair("forward_address_burst",
                    automatic->forward_address_burst()),
          std::pair("forward_domain_burst", automatic->forward_domain_burst()),
          std::pair("notice_burst", automatic->notice_burst())}) {
      CheckRange(place, field, burst, 1, 1000000);
    }
    for (int i = 0; i < automatic->public_provider_size(); ++i) {
      CheckDomain(place, "public_provider", i, automatic->public_provider(i));
    }
    const absl::Status machines =
        autoreply::Autoresponder::Create(
            {.system_senders = {automatic->machine().begin(),
                                automatic->machine().end()}})
            .status();
    if (!machines.ok()) Error(place, "machine", 0, machines.message());
    CheckSrsDomain(place, automatic);
  }

  void CheckSrsDomain(const Place& place, config::Automatic* automatic) {
    if (automatic->srs_domain().empty()) {
      if (proto_.local_domain_size() == 0) return;
      automatic->set_srs_domain(proto_.local_domain(0).name());
      return;
    }
    const std::optional<Domain> domain =
        CheckDomain(place, "srs_domain", -1, automatic->srs_domain());
    if (!domain) return;
    if (!IsLocalDomain(*domain)) {
      Error(place, "srs_domain", -1,
            "must be a local_domain: bounces have to come back to us");
    }
  }

  // One of the local domains, by any of its names.
  bool IsLocalDomain(const Domain& domain) const {
    const auto is_it = [&](const std::string& name) {
      const absl::StatusOr<Domain> other = Domain::ParseFqdn(name);
      return other.ok() && *other == domain;
    };
    return std::any_of(
        proto_.local_domain().begin(), proto_.local_domain().end(),
        [&](const config::LocalDomain& local) {
          return is_it(local.name()) ||
                 std::any_of(local.alias().begin(), local.alias().end(), is_it);
        });
  }

  bool IsOwnName(const Domain& domain) const {
    const absl::StatusOr<Domain> host = Domain::ParseFqdn(proto_.hostname());
    return (host.ok() && *host == domain) || IsLocalDomain(domain);
  }

  std::string file_;
  ServerConfig* config_;
  config::Config& proto_;
  std::vector<ConfigError>* errors_;
  Place root_;
  std::set<std::string> domains_;  // Ours, as A-labels.
};

}  // namespace

std::string ConfigError::ToString() const {
  return absl::StrCat(file, ":", line, ":", column, ": ", message);
}

std::string ServerConfig::Resolve(absl::string_view path) const {
  if (absl::StartsWith(path, "/") || base_directory.empty()) {
    return std::string(path);
  }
  return absl::StrCat(base_directory, "/", path);
}

std::string ServerConfig::ResolveServer(absl::string_view server) const {
  if (!absl::ConsumePrefix(&server, "unix:")) return std::string(server);
  return absl::StrCat("unix:", Resolve(server));
}

std::string ServerConfig::BesideSpool(absl::string_view file,
                                      absl::string_view suffix) const {
  if (!file.empty()) return Resolve(file);
  return absl::StrCat(
      absl::StripSuffix(Resolve(proto.spool().directory()), "/"), suffix);
}

std::vector<ConfigError> ParseConfig(absl::string_view text,
                                     const std::string& file,
                                     ServerConfig* config) {
  std::vector<ConfigError> errors;
  ParseErrors collector(file, &errors);
  TextFormat::Parser parser;
  TextFormat::ParseInfoTree tree;
  parser.RecordErrorsTo(&collector);
  parser.WriteLocationsTo(&tree);
  const size_t slash = file.rfind('/');
  config->base_directory =
      slash == std::string::npos ? "" : file.substr(0, slash);
  parser.AllowUnknownField(true);
  const bool readable =
      parser.ParseFromString(std::string(text), &config->proto);
  // After a syntax error nothing is known of what follows: say nothing of it.
  if (readable) {
    Checker(file, &tree, config, &errors).CheckAll();
  }
  std::stable_sort(errors.begin(), errors.end(),
                   [](const ConfigError& a, const ConfigError& b) {
                     return std::pair(a.line, a.column) <
                            std::pair(b.line, b.column);
                   });
  return errors;
}

}  // namespace mailsec::server
