// srs_secrets.h: what signs the senders of what we forward? (R23)

#ifndef MAILCORE_SERVER_CONFIG_SRS_SECRETS_H_
#define MAILCORE_SERVER_CONFIG_SRS_SECRETS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "mailcore/server/config/automatic_settings.h"

namespace mailsec::server {

// The secrets of the configuration, in its order: the first signs, all verify.
// Without any, the one of the file beside the spool; none if that is not there
// yet. What is too short is none (autoreply::Srs). What is wrong is added to `errors`, at the
// place that names the file, or in the file beside the spool.
// Thread safety: pure but for the files.
std::vector<std::string> ReadSrsSecrets(const AutomaticMailSettings& settings,
                                        std::vector<ConfigError>* errors);

// Makes the file beside the spool if it is needed and not there: the
// configuration forwards, and names no secret.
absl::Status MakeSrsSecret(const AutomaticMailSettings& settings);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_CONFIG_SRS_SECRETS_H_
