#include "mailcore/server/config/spool_settings.h"

#include <limits>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "mailcore/server/config/config.pb.h"

namespace mailsec::server {
namespace {

constexpr uint64_t kAny = std::numeric_limits<uint32_t>::max();

std::vector<SpoolSettings::Key> ReadKeys(const Section& section,
                                         const config::Spool& spool) {
  std::vector<SpoolSettings::Key> keys;
  std::set<uint32_t> ids;
  for (int i = 0; i < spool.key_size(); ++i) {
    const config::SpoolKey& from = spool.key(i);
    const Section key = section.Nested("key", i, from);
    if (from.id() == 0) {
      key.ErrorIfWhole("id", -1, "is required, 1 to 4294967295");
    } else if (!ids.insert(from.id()).second) {
      key.Error("id", -1, "is the id of another key already");
    }
    if (from.file().empty()) key.ErrorIfWhole("file", -1, "is required");
    keys.push_back(
        {.id = from.id(), .file = key.ReadFile("file", -1, from.file())});
  }
  return keys;
}

}  // namespace

std::string SpoolSettings::Beside(absl::string_view suffix) const {
  return absl::StrCat(absl::StripSuffix(directory, "/"), suffix);
}

SpoolSettings ReadSpool(const Section& root, const config::Spool& spool) {
  const Section section = root.Nested("spool", -1, spool);
  SpoolSettings settings;
  settings.directory =
      section.Resolve(spool.directory().empty() ? "spool" : spool.directory());
  settings.reserve_octets =
      section.ReadNumber("reserve_megabytes", spool.reserve_megabytes(), 64, 1,
                         kAny)
      << 20;
  settings.reserve_inodes = section.ReadNumber(
      "reserve_inodes", spool.reserve_inodes(), 1000, 1, kAny);
  settings.segment_octets =
      section.ReadNumber("segment_megabytes", spool.segment_megabytes(), 64, 1,
                         1024)
      << 20;
  settings.keys = ReadKeys(section, spool);
  return settings;
}

}  // namespace mailsec::server
