#include "mailcore/autoreply/reply_memory.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace mailsec::autoreply {
namespace {

using address::Address;

// `local_part` in lower case without what changes from mail to mail of one
// sender. What does not have such a form stays as it is.
std::string WithoutTags(std::string local_part) {
  // BATV: prvs=tag=name, and its older form with a name (Barracuda's
  // btv1==tag==name).
  if (absl::StartsWith(local_part, "prvs=")) {
    const size_t tag_end = local_part.find('=', 5);
    if (tag_end != std::string::npos) local_part.erase(0, tag_end + 1);
  } else if (absl::StartsWith(local_part, "btv1==")) {
    const size_t tag_end = local_part.find("==", 6);
    if (tag_end != std::string::npos) local_part.erase(0, tag_end + 2);
  }
  // SRS0=hash=time=domain=name, SRS1=hash=forwarder==hash=time=domain=name;
  // the first '=' may be another separator. What stands before the domain goes.
  const bool srs0 = absl::StartsWith(local_part, "srs0");
  const bool srs1 = absl::StartsWith(local_part, "srs1");
  if (srs0 || srs1) {
    const std::vector<std::string> parts =
        absl::StrSplit(local_part.substr(5 < local_part.size() ? 5 : 4), '=');
    const size_t skipped = srs0 ? 2 : 5;
    if (parts.size() >= skipped + 2) {
      local_part = absl::StrCat(
          "srs0=", absl::StrJoin(parts.begin() + skipped, parts.end(), "="));
    }
  }
  const size_t plus = local_part.find('+');
  if (plus != std::string::npos && plus > 0) local_part.resize(plus);
  return local_part;
}

}  // namespace

std::string NormalisedSender(const Address& sender) {
  // CanonicalKey() is the local part in lower case, '@' and the host.
  const std::string key = sender.CanonicalKey();
  const size_t local_octets = sender.local_part().size();
  return absl::StrCat(WithoutTags(key.substr(0, local_octets)),
                      key.substr(local_octets));
}

ReplyKey AbsenceReplyKey(const AbsenceSettings& settings,
                         const Address& sender) {
  return {.owner = settings.owner.CanonicalKey(),
          .occasion = settings.Id(),
          .whom = NormalisedSender(sender)};
}

ReplyKey ReceiptReplyKey(const Address& owner, absl::string_view message_id) {
  return {.owner = owner.CanonicalKey(),
          .occasion = std::string(kReceiptOccasion),
          .whom = std::string(message_id)};
}

absl::string_view RememberedName(Remembered remembered) {
  switch (remembered) {
    case Remembered::kFirst:
      return "first";
    case Remembered::kAlready:
      return "already";
    case Remembered::kFull:
      return "full";
  }
  return "";
}

absl::Status CheckRemember(const ReplyKey& key, absl::Duration period) {
  for (const std::string* part : {&key.owner, &key.occasion, &key.whom}) {
    if (part->empty() || part->size() > ReplyMemory::kMaxKeyOctets) {
      return absl::InvalidArgumentError(
          absl::StrCat("each part of a key has 1 to ",
                       ReplyMemory::kMaxKeyOctets, " octets"));
    }
  }
  if (period <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError("a period is above zero");
  }
  return absl::OkStatus();
}

}  // namespace mailsec::autoreply
