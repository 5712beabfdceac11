// message_gatherer.h: how does a whole content get to a Python handler before
// the spool has it?
//
// A MessageWriter of the spool cannot be read back once it has moved to a file.
// A gatherer hands out writers that stay in memory, under the queue id of the
// spool's own writer, which it keeps until the content may go there.
//
//   MessageGatherer gatherer(256 << 20);
//   MessageWriter content = gatherer.Gather(own->NewMessage());
//   ...
//   MessageWriter to_spool = gatherer.Take(content.id());
//   (void)to_spool.Append(content.content());

#ifndef BINDINGS_PYTHON_MESSAGE_GATHERER_H_
#define BINDINGS_PYTHON_MESSAGE_GATHERER_H_

#include <cstdint>
#include <memory>
#include <mutex>

#include "absl/container/flat_hash_map.h"
#include "mailcore/spool/message_writer.h"
#include "mailcore/spool/queue_id.h"
#include "mailcore/spool/store.h"

namespace mailsec::python {

// Thread safety: all methods may run concurrently. Outlives its writers.
class MessageGatherer {
 public:
  // All writers together hold at most `max_octets`; an Append() beyond that is
  // ResourceExhausted, and the client is asked to try again.
  explicit MessageGatherer(uint64_t max_octets);
  ~MessageGatherer();

  // Keeps `own` for as long as the result lives.
  spool::MessageWriter Gather(spool::MessageWriter own);

  // The spool's own writer of the message `id`, once, while the writer that
  // Gather() returned for it lives.
  spool::MessageWriter Take(spool::QueueId id);

 private:
  struct Kept;

  spool::GatherBudget budget_;
  std::unique_ptr<spool::SpoolStore> no_files_;
  std::mutex mutex_;  // Guards kept_.
  absl::flat_hash_map<spool::QueueId, Kept*> kept_;
};

}  // namespace mailsec::python

#endif  // BINDINGS_PYTHON_MESSAGE_GATHERER_H_
