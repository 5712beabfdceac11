#include "mailcore/notify/delivery_report.h"

namespace mailsec::notify {

absl::string_view ActionName(Action action) {
  switch (action) {
    case Action::kFailed:
      return "failed";
    case Action::kDelayed:
      return "delayed";
    case Action::kDelivered:
      return "delivered";
    case Action::kRelayed:
      return "relayed";
    case Action::kExpanded:
      return "expanded";
  }
  return "";
}

}  // namespace mailsec::notify
