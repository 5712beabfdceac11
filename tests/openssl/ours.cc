#include "tests/openssl/ours.h"

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mailcore/spool/sealer.h"

bool OursWorks() {
  using mailsec::spool::Sealer;
  constexpr absl::string_view kClear = "Subject: both in one process\r\n\r\n";
  const absl::StatusOr<Sealer> sealer =
      Sealer::Create({.id = 1, .secret = std::string(32, 'k')}, "salt");
  if (!sealer.ok()) return false;
  std::string sealed(kClear.size() + Sealer::kTagOctets, '\0');
  if (!sealer->Seal(7, "context", kClear, sealed.data()).ok()) return false;
  const absl::StatusOr<std::string> opened = sealer->Open(7, "context", sealed);
  return opened.ok() && *opened == kClear &&
         !sealer->Open(8, "context", sealed).ok();
}
