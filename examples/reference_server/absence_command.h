// absence_command.h: what did the user of `mailsec absence` mean?

#ifndef EXAMPLES_REFERENCE_SERVER_ABSENCE_COMMAND_H_
#define EXAMPLES_REFERENCE_SERVER_ABSENCE_COMMAND_H_

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "mailcore/server/control/control.pb.h"

// Thread safety: a value.
struct AbsenceCommand {
  std::vector<std::string> words;  // What comes after "absence".
  // LANGUAGE:FILE each, "-" is standard input.
  std::vector<std::string> texts;          // For everybody.
  std::vector<std::string> inside_texts;   // Instead, for senders of our own.
  std::vector<std::string> outside_texts;  // Instead, for all others.
  std::string subject;
  std::string name;
  // 2026-12-24, or 2026-12-24T12:00:00+01:00. A day alone begins at midnight
  // here, and an end that is one is the last day.
  std::string start;
  std::string end;
  uint32_t days = 0;
};

// Reads the files that the command names. InvalidArgument says how to say it
// right.
absl::Status BuildAbsenceRequest(const AbsenceCommand& command,
                                 mailsec::control::Request* request);

void PrintAbsence(const mailsec::control::Absence& absence, std::ostream& out);

#endif  // EXAMPLES_REFERENCE_SERVER_ABSENCE_COMMAND_H_
