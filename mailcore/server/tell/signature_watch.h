// signature_watch.h: are the scanners' signatures looked at regularly? (R27)
//
//   SignatureWatch watch(&current);
//   watch.Start();  // Looks at once, and then every 10 minutes.
//   watch.Wake();   // After a reload: looks at the scanners in force now.

#ifndef MAILCORE_SERVER_TELL_SIGNATURE_WATCH_H_
#define MAILCORE_SERVER_TELL_SIGNATURE_WATCH_H_

#include <condition_variable>
#include <mutex>
#include <thread>

#include "mailcore/server/runtime/current.h"
#include "mailcore/server/snapshot/snapshot.h"

namespace mailsec::server {

// Thread safety: Wake() may be called from any thread; all else belongs to the
// owner.
class SignatureWatch {
 public:
  // Not owned; must outlive this. Holds a snapshot before Start().
  explicit SignatureWatch(const Current<Snapshot>* current)
      : current_(current) {}
  ~SignatureWatch() { Stop(); }

  void Start();
  void Wake();
  // Returns when the look that is under way has ended: a scanner's time limit
  // at most.
  void Stop();

 private:
  void Run();

  const Current<Snapshot>* const current_;
  std::thread thread_;
  std::mutex mutex_;  // Guards what follows.
  std::condition_variable changed_;
  bool woken_ = false;
  bool stop_ = false;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_TELL_SIGNATURE_WATCH_H_
