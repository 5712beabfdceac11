// demo.h: what does `mailsecd --demo DIR` serve?
//
// A complete server in one folder, for trying: host mx.example.org with the
// local domain example.org. The configuration is written into the folder, so
// that it can be read, and is read from there like any other.

#ifndef EXAMPLES_REFERENCE_SERVER_DEMO_H_
#define EXAMPLES_REFERENCE_SERVER_DEMO_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

// Makes `directory` (mode 0700) with its configuration and returns the path of
// that. `smarthost` is HOST:PORT or empty.
absl::StatusOr<std::string> PrepareDemo(const std::string& directory,
                                        uint16_t port,
                                        const std::string& smarthost);

// The configuration of a demo folder, and its control socket.
std::string DemoConfigPath(const std::string& directory);

#endif  // EXAMPLES_REFERENCE_SERVER_DEMO_H_
