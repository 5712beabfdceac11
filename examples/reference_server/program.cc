#include "examples/reference_server/program.h"

#include <cstdlib>
#include <iostream>
#include <map>
#include <string>

#include "absl/flags/commandlineflag.h"
#include "absl/flags/parse.h"
#include "absl/flags/reflection.h"
#include "absl/flags/usage.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace {

constexpr char kVersion[] = "0.1.0";
#ifdef NDEBUG
constexpr char kKind[] = "optimised";
#else
constexpr char kKind[] = "for debugging";
#endif
#if defined(__clang__)
constexpr char kCompiler[] = "clang ";
#else
constexpr char kCompiler[] = "g++ ";
#endif

void PrintHelp(const char* name, const char* usage, const char* source) {
  std::cout << name << ": " << usage << "\n\nFlags:\n";
  std::map<std::string, const absl::CommandLineFlag*> flags;  // By name.
  for (const auto& [flag_name, flag] : absl::GetAllFlags()) {
    if (!absl::EndsWith(flag->Filename(), source)) continue;
    flags.emplace(std::string(flag_name), flag);
  }
  for (const auto& [flag_name, flag] : flags) {
    std::cout << "  --" << flag_name << "  " << flag->Help();
    if (!flag->DefaultValue().empty() && flag->DefaultValue() != "false" &&
        flag->DefaultValue() != "0") {
      std::cout << " (" << flag->DefaultValue() << ")";
    }
    std::cout << "\n";
  }
}

}  // namespace

std::vector<char*> ParseProgramLine(const char* name, const char* usage,
                                    const char* source, int argc, char** argv) {
  // Abseil's own --help ends with 1.
  for (int i = 1; i < argc; ++i) {
    const absl::string_view word = argv[i];
    if (word == "--") break;
    if (word == "--help" || word == "-help" || word == "-h") {
      PrintHelp(name, usage, source);
      std::exit(0);
    }
    if (word == "--version" || word == "-version") {
      std::cout << name << " " << kVersion << " (" << kCompiler << __VERSION__
                << ", " << kKind << ")\n";
      std::exit(0);
    }
  }
  absl::SetProgramUsageMessage(usage);
  return absl::ParseCommandLine(argc, argv);
}
