// config.h: what was the server told, and is it right?
//
// Reads a configuration in protobuf text format (config.proto) and checks all
// of it at once: every error is reported with its file, line and column, so
// that `mailsecd --check` needs to be run once and not once a mistake.
//
//   ServerConfig config;
//   std::vector<ConfigError> errors = ParseConfig(text, "F.textproto",
//   &config); for (const ConfigError& e : errors) std::cerr << e.ToString() <<
//   "\n";

#ifndef MAILCORE_SERVER_CONFIG_CONFIG_H_
#define MAILCORE_SERVER_CONFIG_CONFIG_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "mailcore/address/domain.h"
#include "mailcore/ip/network_set.h"
#include "mailcore/server/config/config.pb.h"

namespace mailsec::server {

// Thread safety: a value.
struct ConfigError {
  std::string file;
  int line = 1;    // From 1. Of what is missing: where it is missing.
  int column = 1;  // From 1.
  std::string message;
  std::string ToString() const;  // "F:12:3: message"
};

// Where mailboxes are on this host, and where the configuration says so.
// Thread safety: a value.
struct MailStore {
  std::string path;
  bool is_socket = false;  // Of an LMTP server; else a folder with Maildirs.
  ConfigError place;       // Without a message.
};

// A configuration without errors: every field checked and every default filled
// in. Thread safety: a value.
struct ServerConfig {
  config::Config proto;
  ip::NetworkSet authorised_networks;
  ip::NetworkSet normalise_networks;
  ip::NetworkSet inside_networks;
  ip::NetworkSet refused_networks;  // mx.refuse_network
  std::vector<MailStore> mail_stores;
  std::string base_directory;  // Relative paths start here.

  // `path` as seen from base_directory.
  std::string Resolve(absl::string_view path) const;
  // "unix:PATH" with its path resolved; any other as it is.
  std::string ResolveServer(absl::string_view server) const;
  // `file`, or if it is empty the spool's directory with `suffix` behind it:
  // what belongs to the server and is no mail.
  std::string BesideSpool(absl::string_view file,
                          absl::string_view suffix) const;
};

// Parses and checks `text`, which was read from `file`. Fills `config` (also
// if there are errors; then it must not be used). Empty: no error. Opens no
// other file: policies.h reads the recipients.
std::vector<ConfigError> ParseConfig(absl::string_view text,
                                     const std::string& file,
                                     ServerConfig* config);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_CONFIG_CONFIG_H_
