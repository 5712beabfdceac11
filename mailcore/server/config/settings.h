// settings.h: what was the server told, and is it right?
//
// Reads a configuration in protobuf text format (config.proto) and checks all
// of it at once: every error is reported with its file, line and column, so
// that `mailsecd --check` needs to be run once and not once a mistake. What
// comes out is typed; nothing is parsed again afterwards.
//
//   Settings settings;
//   std::vector<ConfigError> errors = ParseSettings(text, "F", &settings);
//   for (const ConfigError& e : errors) std::cerr << e.ToString() << "\n";

#ifndef MAILCORE_SERVER_CONFIG_SETTINGS_H_
#define MAILCORE_SERVER_CONFIG_SETTINGS_H_

#include <string>
#include <vector>

#include "mailcore/base/string_view.h"
#include "mailcore/server/config/automatic_settings.h"
#include "mailcore/server/config/config_error.h"
#include "mailcore/server/config/content_settings.h"
#include "mailcore/server/config/domain_settings.h"
#include "mailcore/server/config/identity_settings.h"
#include "mailcore/server/config/listener_settings.h"
#include "mailcore/server/config/log_settings.h"
#include "mailcore/server/config/network_settings.h"
#include "mailcore/server/config/notification_settings.h"
#include "mailcore/server/config/resolver_settings.h"
#include "mailcore/server/config/route_settings.h"
#include "mailcore/server/config/spool_settings.h"

namespace mailsec::server {

// A configuration: every field checked and every default filled in.
// Thread safety: a value.
struct Settings {
  IdentitySettings identity;
  NetworkSettings networks;
  std::vector<ListenerSettings> listeners;  // In the order of the file.
  LimitSettings limits;
  DomainSettings domains;
  RouteSettings routes;
  RetrySettings retry;
  SpoolSettings spool;
  ContentSettings content;
  NotificationSettings notifications;
  AutomaticMailSettings automatic;
  LogSettings log;
  ResolverSettings resolver;
  std::string control_socket;  // A path.
  // What is allowed, and hardly meant.
  std::vector<ConfigError> warnings;
};

// Where the programs look for the configuration unless told otherwise.
inline constexpr char kDefaultConfigPath[] = "/etc/mailsec/mailsecd.textproto";

// The control socket that `text`, which was read from `file`, names, even if the
// rest of it has errors: an operator must reach a server that runs.
std::string ControlSocketOf(base::StringView text, const std::string& file);

// Parses and checks `text`, which was read from `file`; relative paths start at
// the folder of `file`. Fills `settings` also if there are errors; then they
// must not be used. Empty: there is no error. Opens no other file: snapshot/
// reads those that are named.
std::vector<ConfigError> ParseSettings(base::StringView text,
                                       const std::string& file,
                                       Settings* settings);

// File descriptors that the server needs if all its limits are reached at once.
uint64_t FilesNeeded(const Settings& settings);

// What differs and is fixed when the server starts: sockets, threads and the
// spool are made once. The names of the fields, as "listen"; empty: a reload
// can put `after` in force.
std::vector<std::string> NeedsRestart(const Settings& before,
                                      const Settings& after);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_CONFIG_SETTINGS_H_
