#include "mailcore/server/snapshot/scanning.h"

#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "mailcore/io/clamd_scanner.h"
#include "mailcore/io/read_file.h"
#include "mailcore/io/rspamd_scanner.h"
#include "mailcore/io/server_address.h"
#include "mailcore/server/runtime/server_events.h"

namespace mailsec::server {
namespace {

using policy::ContentPolicy;

constexpr size_t kMaxPasswordOctets = 1000;

// What a writer has gathered.
class GatheredContent : public policy::ScanContent {
 public:
  explicit GatheredContent(spool::MessageWriter* writer) : writer_(writer) {}

  uint64_t octets() const override { return writer_->octets(); }

  absl::Status Rewind() override {
    absl::StatusOr<std::unique_ptr<spool::ContentReader>> reader =
        writer_->Read();
    if (!reader.ok()) return reader.status();
    reader_ = *std::move(reader);
    return absl::OkStatus();
  }

  absl::StatusOr<absl::string_view> Next() override {
    if (reader_ == nullptr) {
      return absl::FailedPreconditionError("Rewind() was not called");
    }
    return reader_->Next();
  }

 private:
  spool::MessageWriter* const writer_;
  std::unique_ptr<spool::ContentReader> reader_;
};

std::unique_ptr<policy::Scanner> MakeClamd(const ScannerSettings& from,
                                           std::string name,
                                           const std::atomic<bool>* stopped) {
  io::ClamdScanner::Options options;
  options.stopped = stopped;
  options.server = from.server;
  options.name = std::move(name);
  options.time_limit = from.time_limit;
  options.max_octets = from.max_octets;
  return std::make_unique<io::ClamdScanner>(std::move(options));
}

absl::StatusOr<std::unique_ptr<policy::Scanner>> MakeRspamd(
    const ScannerSettings& from, std::string name,
    const std::atomic<bool>* stopped) {
  io::RspamdScanner::Options options;
  options.stopped = stopped;
  options.server = from.server;
  options.name = std::move(name);
  options.time_limit = from.time_limit;
  options.max_octets = from.max_octets;
  options.signature_files = from.signature_files;
  if (!from.unscannable_symbols.empty()) {
    options.symbols.unscannable = {from.unscannable_symbols.begin(),
                                   from.unscannable_symbols.end()};
  }
  if (!from.password_file.empty()) {
    absl::StatusOr<std::string> password =
        io::ReadSecretFile(from.password_file.path, kMaxPasswordOctets);
    if (!password.ok()) return password.status();
    options.password = std::string(absl::StripAsciiWhitespace(*password));
  }
  return std::make_unique<io::RspamdScanner>(std::move(options));
}

}  // namespace

std::shared_ptr<Scanning> Scanning::Create(
    const ContentSettings& settings, const std::vector<policy::Scanner*>& own,
    const base::Clock* clock, base::EventSink* events,
    const std::atomic<bool>* stopped, std::vector<ConfigError>* errors) {
  const size_t errors_before = errors->size();
  std::shared_ptr<Scanning> scanning(new Scanning(clock, events));
  ContentPolicy::Options options = settings.policy;
  for (policy::Scanner* const scanner : own) {
    options.scanners.push_back({.scanner = scanner});
    scanning->watched_.push_back(
        {.scanner = scanner,
         .owned = nullptr,
         .age = std::make_unique<watch::SignatureAge>(
             watch::SignatureAge::Options(), clock, events)});
  }
  for (const ScannerSettings& from : settings.scanners) {
    const absl::Status status = scanning->Add(from, stopped, &options);
    if (status.ok()) continue;
    errors->push_back(ErrorAt(
        from.password_file.empty() ? from.place : from.password_file.place,
        status.message()));
  }
  if (errors->size() > errors_before) return nullptr;
  absl::StatusOr<std::unique_ptr<ContentPolicy>> policy =
      ContentPolicy::Create(std::move(options));
  if (!policy.ok()) {
    errors->push_back(ErrorAt(settings.scanners.empty()
                                  ? ConfigPlace()
                                  : settings.scanners.front().place,
                              policy.status().message()));
    return nullptr;
  }
  scanning->policy_ = *std::move(policy);
  return scanning;
}

absl::Status Scanning::Add(const ScannerSettings& from,
                           const std::atomic<bool>* stopped,
                           ContentPolicy::Options* options) {
  // "clamd", and "clamd-2" if it is the second in the list.
  const bool is_clamd = from.kind == ScannerSettings::Kind::kClamd;
  std::string name = is_clamd ? "clamd" : "rspamd";
  if (!watched_.empty()) absl::StrAppend(&name, "-", watched_.size() + 1);
  absl::StatusOr<std::unique_ptr<policy::Scanner>> scanner =
      is_clamd ? MakeClamd(from, name, stopped)
               : MakeRspamd(from, name, stopped);
  if (!scanner.ok()) return scanner.status();
  auto age = std::make_unique<watch::SignatureAge>(
      watch::SignatureAge::Options{.max_age = from.signature_age}, clock_,
      events_);
  ContentPolicy::Step step = {.scanner = scanner->get(),
                              .on_fault = from.on_fault,
                              .on_too_large = from.on_too_large};
  if (from.old_signatures_are_faults) {
    step.is_outdated = [age = age.get(), name] { return age->IsOld(name); };
  }
  options->scanners.push_back(std::move(step));
  watched_.push_back({.scanner = scanner->get(),
                      .owned = *std::move(scanner),
                      .age = std::move(age)});
  return absl::OkStatus();
}

policy::ContentDecision Scanning::Decide(const policy::ScanRequest& request,
                                         absl::string_view head,
                                         spool::MessageWriter& writer) const {
  GatheredContent content(&writer);
  policy::ContentDecision made = policy_->Decide(request, head, content);
  for (const policy::ScanOpinion& opinion : made.opinions) {
    if (opinion.result.outcome != policy::ScanResult::Outcome::kCannotTell) {
      continue;
    }
    events_->Record(base::Event(events::kScannerFault, clock_->Now())
                        .With("scanner", opinion.scanner)
                        .With("id", request.queue_id)
                        .With("why", opinion.result.why)
                        .With("then", ContentOutcomeName(made.outcome)));
  }
  return made;
}

void Scanning::CheckSignatures() {
  for (const Watched& watched : watched_) {
    watched.age->Note(watched.scanner->name(),
                      watched.scanner->SignatureTime());
  }
}

}  // namespace mailsec::server
