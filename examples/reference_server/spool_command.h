// spool_command.h: mailsec spool, which looks at the mail of a server that does
// not run.
//
//   const int code = RunSpoolCommand({.words = {"check"}, .settings = settings},
//                                    std::cout, std::cerr);

#ifndef EXAMPLES_REFERENCE_SERVER_SPOOL_COMMAND_H_
#define EXAMPLES_REFERENCE_SERVER_SPOOL_COMMAND_H_

#include <iosfwd>
#include <string>
#include <vector>

#include "mailcore/server/config/spool_settings.h"

// What the command line says. Thread safety: a value.
struct SpoolCommand {
  std::vector<std::string> words = {};  // Behind "spool".
  mailsec::server::SpoolSettings settings;
  bool json = false;
};

// "check" reads every message and says what is there, and what is damaged and
// where. "export DIR" also writes each message that is whole into the folder
// DIR, which must not exist yet: ID.eml, its content, and ID.json, its sender
// and recipients with what became of each. Neither changes the spool.
//
// Returns 0 if all is whole, 1 if something is damaged or cannot be read or
// written, 2 if it was called wrongly.
int RunSpoolCommand(const SpoolCommand& command, std::ostream& out,
                    std::ostream& err);

#endif  // EXAMPLES_REFERENCE_SERVER_SPOOL_COMMAND_H_
