#include "mailcore/server/config/settings.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"
#include "mailcore/base/log_safe.h"
#include "mailcore/server/config/config.pb.h"
#include "mailcore/server/config/next_hop.h"
#include "mailcore/server/config/syntax_hints.h"

namespace mailsec::server {
namespace {

using google::protobuf::TextFormat;

class ParseErrors : public google::protobuf::io::ErrorCollector {
 public:
  ParseErrors(std::string file, absl::string_view text,
              std::vector<ConfigError>* errors)
      : file_(std::move(file)), text_(text), errors_(errors) {}
  void AddError(int line, int column, const std::string& message) override {
    if (std::exchange(broken_line_, line) != line) Add(line, column, message);
  }
  // An unknown field is as much an error, but what follows is still read.
  void AddWarning(int line, int column, const std::string& message) override {
    if (line != broken_line_) Add(line, column, message);
  }

 private:
  void Add(int line, int column, const std::string& message) {
    const std::string safe = base::LogSafe(message);
    const std::vector<absl::string_view> lines = absl::StrSplit(text_, '\n');
    const size_t n = static_cast<size_t>(std::max(line, 0));
    errors_->push_back({file_, line + 1, column + 1,
                        WithHint(safe, n < lines.size() ? lines[n] : "")});
  }

  // What else is wrong in the line of an error follows from it.
  int broken_line_ = -1;
  std::string file_;
  absl::string_view text_;
  std::vector<ConfigError>* errors_;
};

// Errors of the text itself that the parser would say less well. True: there
// are some, and nothing else is known.
bool FindTextErrors(absl::string_view text, const std::string& file,
                    std::vector<ConfigError>* errors) {
  if (std::optional<ConfigPlace> at = NotUtf8(text)) {
    at->file = file;
    errors->push_back(ErrorAt(
        *at, "is no UTF-8: save the file as UTF-8 (it may be Latin-1)"));
  }
  if (std::optional<ConfigPlace> at = OpenBlock(text)) {
    at->file = file;
    errors->push_back(ErrorAt(*at, "this block is never closed: } is missing"));
  }
  return !errors->empty();
}

// Each block that begins in this line ends in it.
bool IsBalanced(absl::string_view line) {
  int depth = 0;
  for (const char c : line) {
    if (c == '{' || c == '<') ++depth;
    if ((c == '}' || c == '>') && --depth < 0) return false;
  }
  return depth == 0;
}

// The text without the line of the first syntax error, so that what follows can
// be looked at. False: the line is needed for the blocks around it.
bool DropLine(int line, std::string* text) {
  std::vector<std::string> lines = absl::StrSplit(*text, '\n');
  const size_t n = static_cast<size_t>(line - 1);
  if (line < 1 || n >= lines.size() || lines[n].empty()) return false;
  if (!IsBalanced(lines[n])) return false;
  lines[n].clear();
  *text = absl::StrJoin(lines, "\n");
  return true;
}

void ReadWarnings(const Section& root, const config::Config& proto,
                  const Settings& settings) {
  if (settings.content.scanners.empty()) {
    const char kUnscanned[] =
        "nothing is sent without a scanner, as spam is never answered nor "
        "forwarded (R22)";
    const Section automatic = root.Nested("automatic", -1, proto.automatic());
    if (proto.automatic().receipts()) {
      automatic.Warning("receipts", -1, kUnscanned);
    }
    if (!proto.automatic().forwards_file().empty()) {
      automatic.Warning("forwards_file", -1, kUnscanned);
    }
  }
}

bool IsListener(const Settings& settings, const std::string& host,
                uint32_t port) {
  constexpr uint32_t kSmtpPort = 25;
  const absl::StatusOr<ip::IpAddress> ip = ip::IpAddress::Parse(host);
  if (!ip.ok()) return false;
  return std::any_of(
      settings.listeners.begin(), settings.listeners.end(),
      [&](const ListenerSettings& listener) {
        return listener.port == (port == 0 ? kSmtpPort : port) &&
               (listener.address == *ip ||
                (listener.IsOnAllAddresses() && ip->IsLoopback()));
      });
}

// Mail for such a next hop would come back to us.
void CheckNotOurselves(const Section& section, const std::string& field,
                       const NextHopList& hops, const Settings& settings) {
  for (int i = 0; i < hops.size(); ++i) {
    if (!IsListener(settings, hops[i].host(), hops[i].port())) continue;
    section.Error(field, i,
                  "is a listener of this server: its mail would go in a "
                  "circle");
  }
}

void CheckNextHops(const Section& root, const config::Config& proto,
                   const Settings& settings) {
  CheckNotOurselves(root, "smarthost", proto.smarthost(), settings);
  for (int i = 0; i < proto.route_size(); ++i) {
    CheckNotOurselves(root.Nested("route", i, proto.route(i)), "next_hop",
                      proto.route(i).next_hop(), settings);
  }
  for (int i = 0; i < proto.relay_domain_size(); ++i) {
    CheckNotOurselves(root.Nested("relay_domain", i, proto.relay_domain(i)),
                      "next_hop", proto.relay_domain(i).next_hop(), settings);
  }
}

// In the order in which one needs the other.
Settings ReadAll(const Section& root, const config::Config& proto) {
  Settings s;
  s.identity = ReadIdentity(root, proto);
  s.listeners = ReadListeners(root, proto);
  s.networks = ReadNetworks(root, proto);
  s.domains = ReadDomains(root, proto, s.networks.inside);
  s.routes = ReadRoutes(root, proto, s.domains);
  s.spool = ReadSpool(root, proto.spool());
  s.limits = ReadLimits(root, proto.limits());
  s.log = ReadLog(root, proto.log());
  s.resolver = ReadResolver(root, proto.resolver());
  s.retry = ReadRetry(root, proto.retry());
  s.notifications =
      ReadNotifications(root, proto.notifications(), s.identity, s.domains);
  s.content = ReadContent(root, proto);
  s.automatic = ReadAutomatic(root, proto.automatic(), s.domains, s.spool);
  s.control_socket = root.Resolve(
      proto.control_socket().empty() ? "control" : proto.control_socket());
  return s;
}

// Syntax errors of one run. Ours.
constexpr size_t kMaxErrors = 20;

// What the text means, as far as it was read: all of it if `is_whole`.
Settings Understand(const std::string& file, bool is_whole,
                    const config::Config& proto,
                    TextFormat::ParseInfoTree* tree,
                    std::vector<ConfigError>* errors) {
  std::vector<ConfigError> warnings;
  const size_t slash = file.rfind('/');
  ConfigSource source = {
      .file = file,
      .base_directory = slash == std::string::npos ? "" : file.substr(0, slash),
      .errors = errors,
      .warnings = &warnings,
      .is_whole = is_whole};
  const Section root(&source, proto, tree);
  Settings settings = ReadAll(root, proto);
  CheckNextHops(root, proto, settings);
  ReadWarnings(root, proto, settings);
  settings.warnings = std::move(warnings);
  return settings;
}

bool HaveSameSockets(const Settings& a, const Settings& b) {
  return std::equal(a.listeners.begin(), a.listeners.end(), b.listeners.begin(),
                    b.listeners.end(),
                    [](const ListenerSettings& x, const ListenerSettings& y) {
                      return x.HasSameSocket(y);
                    });
}

}  // namespace

std::vector<ConfigError> ParseSettings(base::StringView text,
                                       const std::string& file,
                                       Settings* settings) {
  std::vector<ConfigError> errors;
  text = WithoutByteOrderMark(text);
  if (FindTextErrors(text, file, &errors)) return errors;
  std::string left(text);
  bool goes_on = true;
  while (goes_on) {
    ParseErrors collector(file, text, &errors);
    TextFormat::Parser parser;
    TextFormat::ParseInfoTree tree;
    parser.RecordErrorsTo(&collector);
    parser.WriteLocationsTo(&tree);
    parser.AllowUnknownField(true);
    config::Config proto;
    bool is_whole = errors.empty();
    const bool parsed = parser.ParseFromString(left, &proto);
    is_whole = is_whole && parsed;
    goes_on = !parsed && errors.size() < kMaxErrors &&
              DropLine(errors.back().line, &left);
    if (goes_on) continue;
    *settings = Understand(file, is_whole, proto, &tree, &errors);
    if (!is_whole) settings->warnings.clear();
  }
  std::stable_sort(errors.begin(), errors.end(),
                   [](const ConfigError& a, const ConfigError& b) {
                     return std::pair(a.line, a.column) <
                            std::pair(b.line, b.column);
                   });
  // What stands before a syntax error was looked at again behind it.
  errors.erase(std::unique(errors.begin(), errors.end(),
                           [](const ConfigError& a, const ConfigError& b) {
                             return a.line == b.line && a.column == b.column &&
                                    a.message == b.message;
                           }),
               errors.end());
  return errors;
}

std::string ControlSocketOf(base::StringView text, const std::string& file) {
  std::string named = "control";
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    line = absl::StripLeadingAsciiWhitespace(line);
    if (!absl::ConsumePrefix(&line, "control_socket")) continue;
    line = absl::StripLeadingAsciiWhitespace(line);
    if (!absl::ConsumePrefix(&line, ":")) continue;
    const std::vector<absl::string_view> parts = absl::StrSplit(line, '"');
    if (parts.size() > 2) named = std::string(parts[1]);
  }
  const size_t slash = file.rfind('/');
  if (absl::StartsWith(named, "/") || slash == std::string::npos) return named;
  return absl::StrCat(file.substr(0, slash), "/", named);
}

uint64_t FilesNeeded(const Settings& settings) {
  // The spool, databases, logs, event loops and the resolver's sockets. Ours.
  constexpr uint64_t kOthers = 300;
  return settings.limits.connections + settings.retry.concurrency +
         settings.content.concurrency * settings.content.scanners.size() +
         kOthers;
}

std::vector<std::string> NeedsRestart(const Settings& before,
                                      const Settings& after) {
  const struct {
    const char* field;
    bool same;
  } kFixed[] = {
      {"hostname", before.identity.hostname == after.identity.hostname},
      {"listen", HaveSameSockets(before, after)},
      {"spool", before.spool == after.spool},
      {"resolver", before.resolver == after.resolver},
      {"log", before.log == after.log},
      {"control_socket", before.control_socket == after.control_socket},
      {"automatic.database",
       before.automatic.database == after.automatic.database},
      {"automatic.off", before.automatic.off == after.automatic.off},
      {"content.concurrency",
       before.content.concurrency == after.content.concurrency},
      {"limits.threads", before.limits.threads == after.limits.threads},
  };
  std::vector<std::string> changed;
  for (const auto& [field, same] : kFixed) {
    if (!same) changed.push_back(field);
  }
  return changed;
}

}  // namespace mailsec::server
