#include "mailcore/server/config/demo_config.h"

#include <sys/stat.h>

#include <cerrno>
#include <fstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "mailcore/io/errno_status.h"

namespace mailsec::server {
namespace {

constexpr absl::string_view kConfig =
    R"(# Written by mailsecd --demo at each start; changes are lost.
# config.proto explains every field.
hostname: "mx.example.org"
administrator: "postmaster@example.org"
deputy: "deputy@example.org"

# All of 127.0.0.0/8, through the loopback interface only.
listen { address: "0.0.0.0" port: $port interface: "lo" }

local_domain {
  name: "example.org"
  recipients_file: "recipients"
  maildir_root: "mail"
}

# A client that connects from 127.0.0.2 may send to anyone; one from 127.0.0.1
# is a stranger.
authorised_network: "127.0.0.2/32"
$smarthost
spool { directory: "spool" segment_megabytes: 16 reserve_megabytes: 16 }
limits { connections: 20000 connections_per_client: 20000 }
)";

constexpr absl::string_view kRecipients =
    R"(# Written by mailsecd --demo at each start; changes are lost.
postmaster@example.org mailbox=postmaster
abuse@example.org mailbox=abuse
alice@example.org mailbox=alice
bob@example.org mailbox=bob
deputy@example.org mailbox=deputy
full@example.org mailbox=full full
)";

absl::Status MakeFolder(const std::string& path) {
  if (mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) {
    return absl::OkStatus();
  }
  return io::ErrnoStatus(errno, absl::StrCat("cannot make ", path));
}

absl::Status WriteText(const std::string& path, absl::string_view text) {
  std::ofstream file(path, std::ios::trunc);
  file << text;
  file.close();
  if (file) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("cannot write ", path));
}

// "HOST:PORT" or "[IPV6]:PORT" as a line of the configuration.
absl::StatusOr<std::string> SmarthostLine(absl::string_view smarthost) {
  if (smarthost.empty()) {
    return std::string(
        "mx { off: true }  # Mail for elsewhere waits: this is no real "
        "server.");
  }
  const size_t colon = smarthost.rfind(':');
  absl::string_view host = smarthost.substr(0, colon);
  uint32_t port = 0;
  if (colon == absl::string_view::npos ||
      !absl::SimpleAtoi(smarthost.substr(colon + 1), &port) || port == 0 ||
      port > 65535) {
    return absl::InvalidArgumentError(
        absl::StrCat("--smarthost ", smarthost, ": must be HOST:PORT"));
  }
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  return absl::StrCat("smarthost { host: \"", host, "\" port: ", port, " }");
}

}  // namespace

std::string DemoConfigPath(const std::string& directory) {
  return absl::StrCat(directory, "/mailsecd.textproto");
}

absl::StatusOr<std::string> PrepareDemo(const std::string& directory,
                                        uint16_t port,
                                        const std::string& smarthost) {
  const absl::StatusOr<std::string> smarthost_line = SmarthostLine(smarthost);
  if (!smarthost_line.ok()) return smarthost_line.status();
  const std::string config = absl::StrReplaceAll(
      kConfig,
      {{"$port", absl::StrCat(port)}, {"$smarthost", *smarthost_line}});
  absl::Status status = MakeFolder(directory);
  if (status.ok()) status = MakeFolder(absl::StrCat(directory, "/mail"));
  if (status.ok()) status = WriteText(DemoConfigPath(directory), config);
  if (status.ok()) {
    status = WriteText(absl::StrCat(directory, "/recipients"), kRecipients);
  }
  if (!status.ok()) return status;
  return DemoConfigPath(directory);
}

}  // namespace mailsec::server
