#include "mailcore/server/config/automatic_settings.h"

#include <limits>

#include "mailcore/autoreply/autoresponder.h"
#include "mailcore/server/config/config.pb.h"

namespace mailsec::server {
namespace {

using address::Domain;
using policy::Governor;

constexpr uint64_t kAny = std::numeric_limits<uint32_t>::max();
constexpr uint64_t kMaxBurst = 1000000;
// Ours: forwards are written by operators.
constexpr size_t kMaxForwardTargets = 100000;

std::optional<Domain> ReadSrsDomain(const Section& section,
                                    const config::Automatic& automatic,
                                    const DomainSettings& domains) {
  if (automatic.srs_domain().empty()) {
    if (domains.local.empty()) return std::nullopt;
    return domains.local.front().name;
  }
  const std::optional<Domain> domain =
      section.ReadDomain("srs_domain", -1, automatic.srs_domain());
  if (domain && !domains.IsLocal(*domain)) {
    section.ErrorIfWhole(
        "srs_domain", -1,
        "must be a local_domain: bounces have to come back to us");
  }
  return domain;
}

void ReadBounds(const Section& section, const config::Automatic& automatic,
                AutomaticMailSettings* settings) {
  const auto number = [&](const char* field, uint64_t value, uint64_t fallback,
                          uint64_t most) {
    return static_cast<uint32_t>(
        section.ReadNumber(field, value, fallback, 1, most));
  };
  settings->forwards_per_address = {
      .burst = number("forward_address_burst",
                      automatic.forward_address_burst(), 200, kMaxBurst),
      .interval =
          absl::Seconds(number("forward_address_seconds",
                               automatic.forward_address_seconds(), 10, kAny)),
      .max_keys = kMaxForwardTargets};
  settings->forwards_per_domain = {
      .burst = number("forward_domain_burst", automatic.forward_domain_burst(),
                      2000, kMaxBurst),
      .interval =
          absl::Seconds(number("forward_domain_seconds",
                               automatic.forward_domain_seconds(), 1, kAny)),
      .max_keys = kMaxForwardTargets};
  settings->notices = {
      .burst =
          number("notice_burst", automatic.notice_burst(), 1000, kMaxBurst),
      .interval = absl::Milliseconds(number(
          "notice_milliseconds", automatic.notice_milliseconds(), 1000, kAny))};
}

}  // namespace

AutomaticMailSettings ReadAutomatic(const Section& root,
                                    const config::Automatic& automatic,
                                    const DomainSettings& domains,
                                    const SpoolSettings& spool) {
  const Section section = root.Nested("automatic", -1, automatic);
  AutomaticMailSettings settings;
  settings.off = automatic.off();
  settings.database = automatic.database().empty()
                          ? spool.Beside(".automatic")
                          : section.Resolve(automatic.database());
  settings.receipts = automatic.receipts();
  settings.forwards_file =
      section.ReadFile("forwards_file", -1, automatic.forwards_file());
  settings.srs_domain = ReadSrsDomain(section, automatic, domains);
  for (int i = 0; i < automatic.srs_secret_file_size(); ++i) {
    settings.srs_secret_files.push_back(
        section.ReadFile("srs_secret_file", i, automatic.srs_secret_file(i)));
  }
  settings.own_srs_secret_file = spool.Beside(".srs");
  settings.srs_days = static_cast<int>(
      section.ReadNumber("srs_days", automatic.srs_days(), 21, 1, 511));
  settings.machines = {automatic.machine().begin(), automatic.machine().end()};
  const absl::Status machines =
      autoreply::Autoresponder::Create({.system_senders = settings.machines})
          .status();
  if (!machines.ok()) section.Error("machine", 0, machines.message());
  settings.public_providers =
      section.ReadDomains("public_provider", automatic.public_provider());
  ReadBounds(section, automatic, &settings);
  return settings;
}

}  // namespace mailsec::server
