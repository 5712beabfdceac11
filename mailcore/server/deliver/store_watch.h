// store_watch.h: do the mailboxes take mail?
//
// A fault of the local mail store (no such folder, no right to write, no space)
// concerns everybody whose mailbox is there, and only a person can mend it: it
// is an alarm (R20), once until the store works again, and then an event.
//
//   stores.Saw("/srv/mail", io::CheckMaildirRoot("/srv/mail"));

#ifndef MAILCORE_SERVER_DELIVER_STORE_WATCH_H_
#define MAILCORE_SERVER_DELIVER_STORE_WATCH_H_

#include <mutex>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "mailcore/base/clock.h"
#include "mailcore/base/event.h"

namespace mailsec::server {

// Thread safety: Saw() may be called concurrently.
class StoreWatch {
 public:
  // Not owned; must outlive this.
  StoreWatch(const base::Clock* clock, base::EventSink* events)
      : clock_(clock), events_(events) {}

  // What became of writing to the store at `path`, or of a look at it. The
  // message of a fault names what failed and the system's words.
  void Saw(absl::string_view path, const absl::Status& status);

 private:
  const base::Clock* const clock_;
  base::EventSink* const events_;
  std::mutex mutex_;  // Guards faulty_.
  absl::flat_hash_set<std::string> faulty_;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_DELIVER_STORE_WATCH_H_
