// ndn_command.h: what does `mailsec ndn` do?
//
//   ndn lint FILE...   names what is wrong with delivery reports
//   ndn lint --rules   lists what it looks at
//   ndn show FILE      what a report says
//
// Needs no server. FILE may be "-": the standard input.

#ifndef EXAMPLES_REFERENCE_SERVER_NDN_COMMAND_H_
#define EXAMPLES_REFERENCE_SERVER_NDN_COMMAND_H_

#include <istream>
#include <ostream>
#include <string>
#include <vector>

// Thread safety: a value.
struct NdnCommand {
  std::vector<std::string> words;  // What comes after "ndn".
  bool rules = false;              // --rules
  bool json = false;               // --json
};

// Returns what the program ends with: 0 if there was no error, 1 if a report
// breaks a rule that is one, or is none; 2 if the words are wrong or a file
// cannot be read. Warnings alone are 0.
int RunNdnCommand(const NdnCommand& command, std::istream& in,
                  std::ostream& out, std::ostream& err);

#endif  // EXAMPLES_REFERENCE_SERVER_NDN_COMMAND_H_
