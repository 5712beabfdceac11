// program.h: what both programs do with --help, --version and other flags.

#ifndef EXAMPLES_REFERENCE_SERVER_PROGRAM_H_
#define EXAMPLES_REFERENCE_SERVER_PROGRAM_H_

#include <vector>

// Takes the flags from the command line and returns what is left, argv[0]
// first. With --help, prints `usage` and the flags that are defined in
// `source`, and ends the process with 0; with --version, prints the version and
// how the program was built, and does the same. A flag that is wrong ends it
// with 1.
std::vector<char*> ParseProgramLine(const char* name, const char* usage,
                                    const char* source, int argc, char** argv);

#endif  // EXAMPLES_REFERENCE_SERVER_PROGRAM_H_
