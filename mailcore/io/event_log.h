// event_log.h: where do events go?
//
// Writes events as lines (FormatEvent) to a file descriptor, from a thread of
// its own: Record() never waits for the disk. When lines come faster than they
// can be written, the newest are dropped and counted, and the count is written
// as soon as there is room (a mail server that cannot log still delivers). So
// are those that the reader of a pipe does not take for a second.
//
//   absl::StatusOr<std::unique_ptr<io::EventLog>> log =
//       io::EventLog::Open("/var/log/mailsec.log", base::Severity::kInfo);

#ifndef MAILCORE_IO_EVENT_LOG_H_
#define MAILCORE_IO_EVENT_LOG_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "mailcore/base/event.h"

namespace mailsec::io {

// Thread safety: all methods may be called concurrently.
class EventLog : public base::EventSink {
 public:
  // Octets of lines that wait to be written; more are dropped. Ours.
  static constexpr size_t kMaxWaitingOctets = 4 << 20;

  // Appends to `path`, made with mode 0600 if it does not exist; an empty path
  // is standard error. Events below `least` are left out. Reopen() after the
  // file was moved away (SIGHUP). Unavailable if `path` is a FIFO that nobody
  // reads, or if the system has no thread left.
  static absl::StatusOr<std::unique_ptr<EventLog>> Open(const std::string& path,
                                                        base::Severity least);
  // Writes the lines that wait, for two seconds at most.
  ~EventLog() override;

  void Record(const base::Event& event) override;
  absl::Status Reopen();

 private:
  class Impl;
  explicit EventLog(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mailsec::io

#endif  // MAILCORE_IO_EVENT_LOG_H_
