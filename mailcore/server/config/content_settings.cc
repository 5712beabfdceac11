#include "mailcore/server/config/content_settings.h"

#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "mailcore/server/config/config.pb.h"

namespace mailsec::server {
namespace {

using policy::ContentPolicy;

constexpr uint64_t kAny = std::numeric_limits<uint32_t>::max();

ContentPolicy::OnTooLarge ToOnTooLarge(
    config::ContentScanner::OnTooLarge value) {
  switch (value) {
    case config::ContentScanner::TOO_LARGE_REFUSE:
      return ContentPolicy::OnTooLarge::kRefuse;
    case config::ContentScanner::TOO_LARGE_ACCEPT_UNSCANNED:
      return ContentPolicy::OnTooLarge::kAcceptUnscanned;
    default:
      return ContentPolicy::OnTooLarge::kDefer;
  }
}

ContentPolicy::OnUnscannable ToOnUnscannable(
    config::Content::OnUnscannable value) {
  switch (value) {
    case config::Content::ACCEPT:
      return ContentPolicy::OnUnscannable::kAccept;
    case config::Content::REFUSE_UNSCANNABLE:
      return ContentPolicy::OnUnscannable::kRefuse;
    default:
      return ContentPolicy::OnUnscannable::kMark;
  }
}

io::ServerAddress ReadServer(const Section& section, const std::string& field,
                             absl::string_view value) {
  std::string resolved(value);
  if (absl::ConsumePrefix(&value, "unix:")) {
    resolved = absl::StrCat("unix:", section.Resolve(value));
  }
  const absl::StatusOr<io::ServerAddress> server =
      io::ServerAddress::Parse(resolved);
  if (server.ok()) return *server;
  section.Error(field, -1, server.status().message());
  return {};
}

void RefuseWhatIsForRspamd(const Section& section,
                           const config::ContentScanner& from) {
  if (from.signature_file_size() > 0) {
    section.Error("signature_file", 0, "is for rspamd: clamd says it itself");
  }
  if (!from.password_file().empty()) {
    section.Error("password_file", -1, "is for rspamd");
  }
  if (from.unscannable_symbol_size() > 0) {
    section.Error("unscannable_symbol", 0, "is for rspamd");
  }
}

ScannerSettings ReadScanner(const Section& section,
                            const config::ContentScanner& from) {
  ScannerSettings settings;
  const bool is_clamd = !from.clamd().empty();
  settings.kind =
      is_clamd ? ScannerSettings::Kind::kClamd : ScannerSettings::Kind::kRspamd;
  settings.server = ReadServer(section, is_clamd ? "clamd" : "rspamd",
                               is_clamd ? from.clamd() : from.rspamd());
  if (from.on_fault() == config::ContentScanner::ACCEPT_UNSCANNED) {
    settings.on_fault = ContentPolicy::OnFault::kAcceptUnscanned;
  }
  settings.on_too_large = ToOnTooLarge(from.on_too_large());
  settings.time_limit = absl::Seconds(section.ReadNumber(
      "time_limit_seconds", from.time_limit_seconds(), 30, 1, 600));
  settings.max_octets = section.ReadNumber(
      "max_octets", from.max_octets(), is_clamd ? 25 << 20 : 50 << 20, 1,
      std::numeric_limits<uint64_t>::max());
  settings.signature_age = absl::Hours(section.ReadNumber(
      "signature_hours", from.signature_hours(), 48, 1, kAny));
  settings.old_signatures_are_faults = from.old_signatures_are_faults();
  for (const std::string& file : from.signature_file()) {
    settings.signature_files.push_back(section.Resolve(file));
  }
  settings.password_file =
      section.ReadFile("password_file", -1, from.password_file());
  settings.unscannable_symbols = {from.unscannable_symbol().begin(),
                                  from.unscannable_symbol().end()};
  if (is_clamd) RefuseWhatIsForRspamd(section, from);
  return settings;
}

ContentPolicy::Options ReadPolicy(const Section& root, const Section& section,
                                  const config::Content& content) {
  ContentPolicy::Options options;
  if (content.on_malware() == config::Content::QUARANTINE) {
    options.on_malware = ContentPolicy::OnMalware::kQuarantine;
  }
  options.on_unscannable = ToOnUnscannable(content.on_unscannable());
  for (const double score : {content.mark_score(), content.refuse_score(),
                             content.own_refuse_score()}) {
    if (std::isfinite(score)) continue;
    root.Error("content", -1, "a score is a finite number");
    return options;
  }
  if (content.mark_score() != 0) options.mark_score = content.mark_score();
  if (content.refuse_score() != 0) {
    options.refuse_score = content.refuse_score();
  }
  if (content.own_refuse_score() != 0) {
    options.own_refuse_score = content.own_refuse_score();
  }
  if (options.refuse_score < options.mark_score) {
    section.ErrorIfWhole("refuse_score", -1,
                         "must not be less than mark_score");
  }
  if (options.own_refuse_score &&
      *options.own_refuse_score < options.mark_score) {
    section.ErrorIfWhole("own_refuse_score", -1,
                         "must not be less than mark_score");
  }
  return options;
}

}  // namespace

ContentSettings ReadContent(const Section& root, const config::Config& proto) {
  ContentSettings settings;
  for (int i = 0; i < proto.scanner_size(); ++i) {
    const config::ContentScanner& from = proto.scanner(i);
    if (from.clamd().empty() == from.rspamd().empty()) {
      root.ErrorIfWhole("scanner", i,
                        "exactly one of clamd and rspamd is needed");
      continue;
    }
    settings.scanners.push_back(
        ReadScanner(root.Nested("scanner", i, from), from));
    settings.scanners.back().place = root.PlaceOf("scanner", i);
    for (int k = 0; k < i; ++k) {
      if (proto.scanner(k).clamd() != from.clamd() ||
          proto.scanner(k).rspamd() != from.rspamd()) {
        continue;
      }
      root.Error("scanner", i, "is listed already: it would be asked twice");
      break;
    }
  }
  const Section section = root.Nested("content", -1, proto.content());
  settings.policy = ReadPolicy(root, section, proto.content());
  settings.concurrency = section.ReadNumber(
      "concurrency", proto.content().concurrency(), 16, 1, 1000);
  settings.adds_missing_fields = !proto.content().has_add_missing_fields() ||
                                 proto.content().add_missing_fields();
  return settings;
}

}  // namespace mailsec::server
