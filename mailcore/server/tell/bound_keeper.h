// bound_keeper.h: how much of the bounds on automatic mail is used up (R24)?
//
// A restart must not begin them anew: whoever could make the server restart, or
// waits for it, could flood. They are kept in a file of the server's own, each
// minute and at the stop; a kill forgets a minute at most.
//
//   BoundKeeper keeper("/var/spool/mailsec.bounds", &clock, &events);
//   keeper.Start(governor);    // Now with what the file holds.
//   keeper.SetGovernor(newer); // After a reload: with what the old one holds.

#ifndef MAILCORE_SERVER_TELL_BOUND_KEEPER_H_
#define MAILCORE_SERVER_TELL_BOUND_KEEPER_H_

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "mailcore/base/clock.h"
#include "mailcore/base/event.h"
#include "mailcore/policy/governor.h"

namespace mailsec::server {

// Thread safety: SetGovernor() may run beside the keeper's own thread; all else
// belongs to the owner.
class BoundKeeper {
 public:
  // Neither pointer is owned; both must outlive this.
  BoundKeeper(std::string path, const base::Clock* clock,
              base::EventSink* events)
      : path_(std::move(path)), clock_(clock), events_(events) {}
  ~BoundKeeper() { Stop(); }

  // Without a file the bounds begin anew. So they do if it is damaged, or if
  // others may read or write it; that is an event, and nothing else fails.
  void Start(std::shared_ptr<policy::Governor> governor);
  void SetGovernor(std::shared_ptr<policy::Governor> governor);
  void Stop();  // Writes the file.

 private:
  void Run();
  void Load();
  void Save();

  const std::string path_;
  const base::Clock* const clock_;
  base::EventSink* const events_;
  bool save_failed_ = false;  // Told once.
  std::thread thread_;

  std::mutex mutex_;  // Guards what follows.
  std::condition_variable stopped_;
  std::shared_ptr<policy::Governor> governor_;
  bool stop_ = false;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_TELL_BOUND_KEEPER_H_
