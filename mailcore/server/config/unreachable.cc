#include "mailcore/server/config/unreachable.h"

#include <chrono>
#include <optional>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "mailcore/io/deadline_socket.h"
#include "mailcore/server/config/mail_stores.h"

namespace mailsec::server {
namespace {

constexpr std::chrono::seconds kPatience(2);

absl::Status Connect(const io::ServerAddress& server) {
  return io::DeadlineSocket::Connect(
             server, {.time = io::Deadline::Clock::now() + kPatience})
      .status();
}

// Nothing if it is known by its name only.
std::optional<io::ServerAddress> LmtpServer(const route::Destination& to) {
  if (to.kind != route::Destination::Kind::kLmtp) return std::nullopt;
  const bool is_path = absl::StartsWith(to.host, "unix:");
  const bool is_v6 = absl::StrContains(to.host, ":");
  const absl::StatusOr<io::ServerAddress> server = io::ServerAddress::Parse(
      is_path ? to.host
              : absl::StrCat(is_v6 ? "[" : "", to.host, is_v6 ? "]" : "", ":",
                             to.port));
  if (!server.ok()) return std::nullopt;
  return *server;
}

const char* WhatFollows(const ScannerSettings& scanner) {
  return scanner.on_fault == policy::ContentPolicy::OnFault::kAcceptUnscanned
             ? "until it runs there, mail is taken without being scanned"
             : "until it runs there, all mail is put off (451)";
}

}  // namespace

std::vector<ConfigError> UnreachableNow(const Settings& settings) {
  std::vector<ConfigError> warnings;
  std::set<std::string> asked;
  const auto ask = [&](const io::ServerAddress& server,
                       const ConfigPlace& place, absl::string_view field,
                       absl::string_view follows) {
    if (!asked.insert(server.ToString()).second) return;
    const absl::Status status = Connect(server);
    if (status.ok()) return;
    warnings.push_back(
        ErrorAt(place, absl::StrCat(field, ": warning: ", server.ToString(),
                                    ": ", status.message(), "; ", follows)));
  };
  for (const ScannerSettings& scanner : settings.content.scanners) {
    const bool is_clamd = scanner.kind == ScannerSettings::Kind::kClamd;
    ask(scanner.server, scanner.place, is_clamd ? "clamd" : "rspamd",
        WhatFollows(scanner));
  }
  for (const LocalDomainSettings& local : settings.domains.local) {
    const std::optional<io::ServerAddress> server = LmtpServer(local.mailboxes);
    if (!server) continue;
    // What is wrong with the socket itself, FaultsOfStores() tells.
    const bool has_socket =
        server->path.empty() ||
        CheckStore({.path = server->path, .is_socket = true, .place = {}}).ok();
    if (has_socket) {
      ask(*server, local.mailboxes_place, "lmtp",
          "until it runs there, the mail for its mailboxes waits");
    }
  }
  return warnings;
}

}  // namespace mailsec::server
