// queue_command.h: `mailsec queue`, what is asked and how it is shown.

#ifndef EXAMPLES_REFERENCE_SERVER_QUEUE_COMMAND_H_
#define EXAMPLES_REFERENCE_SERVER_QUEUE_COMMAND_H_

#include <iosfwd>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "mailcore/server/control/control.pb.h"

// What the command line says. Thread safety: a value.
struct QueueCommand {
  std::vector<std::string> words = {};  // Behind "queue".
  std::string sender = {};
  std::string recipient = {};
  std::string domain = {};  // Of a recipient.
  std::string reason = {};
  std::string older_than = {};  // "30m", "2h", "1d".
  std::string newer_than = {};
  std::string state = {};
  bool all = false;
  bool dry_run = false;
};

// InvalidArgument, with what to say instead. Thread safety: a pure function.
absl::Status BuildQueueRequest(const QueueCommand& command,
                               mailsec::control::Request* request);

// For people: what one response holds. Thread safety: none for a stream.
void PrintEntry(const mailsec::control::QueueEntry& entry, std::ostream& out);
void PrintDetail(const mailsec::control::QueueDetail& detail,
                 std::ostream& out);

#endif  // EXAMPLES_REFERENCE_SERVER_QUEUE_COMMAND_H_
