// bound_keeper.h: how much of the bounds on automatic mail is used up (R24)?
//
// A restart must not begin them anew: whoever could make the server restart, or
// waits for it, could flood. They are kept in a file of the server's own, each
// minute and at the stop; a kill forgets a minute at most.
//
// A reload begins nothing anew either: the new snapshot's governor goes on with
// the bounds of the one before.
//
//   BoundKeeper keeper("/var/spool/mailsec.bounds", &parts, &current);
//   keeper.Start();  // The governor in force has what the file holds.

#ifndef MAILCORE_SERVER_TELL_BOUND_KEEPER_H_
#define MAILCORE_SERVER_TELL_BOUND_KEEPER_H_

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "mailcore/server/runtime/current.h"
#include "mailcore/server/runtime/parts.h"
#include "mailcore/server/snapshot/snapshot.h"

namespace mailsec::server {

// Thread safety: belongs to the owner.
class BoundKeeper {
 public:
  // Neither pointer is owned; both must outlive this. `current` holds a
  // snapshot before Start().
  BoundKeeper(std::string path, const Parts* parts,
              const Current<Snapshot>* current)
      : path_(std::move(path)), parts_(*parts), current_(current) {}
  ~BoundKeeper() { Stop(); }

  // Without a file the bounds begin anew. So they do if it is damaged, or if
  // others may read or write it; that is an event, and nothing else fails.
  void Start();
  void Stop();  // Writes the file.

 private:
  void Run();
  void Load();
  void Save();

  const std::string path_;
  const Parts& parts_;
  const Current<Snapshot>* const current_;
  bool save_failed_ = false;  // Told once.
  std::thread thread_;

  std::mutex mutex_;  // Guards what follows.
  std::condition_variable stopped_;
  bool stop_ = false;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_TELL_BOUND_KEEPER_H_
