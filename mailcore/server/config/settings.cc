#include "mailcore/server/config/settings.h"

#include <algorithm>
#include <utility>

#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"
#include "mailcore/base/log_safe.h"
#include "mailcore/server/config/config.pb.h"

namespace mailsec::server {
namespace {

using google::protobuf::TextFormat;

class ParseErrors : public google::protobuf::io::ErrorCollector {
 public:
  ParseErrors(std::string file, std::vector<ConfigError>* errors)
      : file_(std::move(file)), errors_(errors) {}
  void AddError(int line, int column, const std::string& message) override {
    errors_->push_back({file_, line + 1, column + 1, base::LogSafe(message)});
  }
  // An unknown field is as much an error, but what follows is still read.
  void AddWarning(int line, int column, const std::string& message) override {
    AddError(line, column, message);
  }

 private:
  std::string file_;
  std::vector<ConfigError>* errors_;
};

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

bool HaveSameSockets(const Settings& a, const Settings& b) {
  return std::equal(a.listeners.begin(), a.listeners.end(), b.listeners.begin(),
                    b.listeners.end(),
                    [](const ListenerSettings& x, const ListenerSettings& y) {
                      return x.HasSameSocket(y);
                    });
}

}  // namespace

std::vector<ConfigError> ParseSettings(absl::string_view text,
                                       const std::string& file,
                                       Settings* settings) {
  std::vector<ConfigError> errors;
  ParseErrors collector(file, &errors);
  TextFormat::Parser parser;
  TextFormat::ParseInfoTree tree;
  parser.RecordErrorsTo(&collector);
  parser.WriteLocationsTo(&tree);
  parser.AllowUnknownField(true);
  config::Config proto;
  // After a syntax error nothing is known of what follows: say nothing of it.
  if (parser.ParseFromString(std::string(text), &proto)) {
    const size_t slash = file.rfind('/');
    ConfigSource source = {.file = file,
                           .base_directory = slash == std::string::npos
                                                 ? ""
                                                 : file.substr(0, slash),
                           .errors = &errors};
    *settings = ReadAll(Section(&source, proto, &tree), proto);
  }
  std::stable_sort(errors.begin(), errors.end(),
                   [](const ConfigError& a, const ConfigError& b) {
                     return std::pair(a.line, a.column) <
                            std::pair(b.line, b.column);
                   });
  return errors;
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
