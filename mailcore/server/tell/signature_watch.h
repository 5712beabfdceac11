// signature_watch.h: are the scanners' signatures looked at regularly? (R27)
//
//   SignatureWatch watch;
//   watch.Start(scanning);        // At once, and then every 10 minutes.
//   watch.SetScanning(newer);     // After a reload.

#ifndef MAILCORE_SERVER_TELL_SIGNATURE_WATCH_H_
#define MAILCORE_SERVER_TELL_SIGNATURE_WATCH_H_

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "mailcore/server/snapshot/scanning.h"

namespace mailsec::server {

// Thread safety: SetScanning() may run beside the watch's own thread; all else
// belongs to the owner.
class SignatureWatch {
 public:
  SignatureWatch() = default;
  ~SignatureWatch() { Stop(); }

  void Start(std::shared_ptr<Scanning> scanning);
  void SetScanning(std::shared_ptr<Scanning> scanning);
  // Returns when the look that is under way has ended: a scanner's time limit
  // at most.
  void Stop();

 private:
  void Run();

  std::thread thread_;
  std::mutex mutex_;  // Guards what follows.
  std::condition_variable changed_;
  std::shared_ptr<Scanning> scanning_;
  bool new_ = false;  // Not looked at yet.
  bool stop_ = false;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_TELL_SIGNATURE_WATCH_H_
