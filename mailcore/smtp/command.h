// command.h: what does this command line say?
//
// One line without its end, taken apart under the ABNF of RFC 5321, 4.1 and of
// the extensions. Verbs and keywords are compared as ASCII, whatever the
// locale. What does not parse comes back as the Reply to give.
//
//   CommandLine line = SplitCommand("mail from:<a@example.org> SIZE=10");
//   // line.verb == Verb::kMail, line.argument == "from:<a@example.org> SIZE=10"
//   Parsed<MailCommand> mail = ParseMail(line.argument, /*extended=*/true);
//
// Thread safety: pure functions and values.

#ifndef MAILCORE_SMTP_COMMAND_H_
#define MAILCORE_SMTP_COMMAND_H_

#include <cstdint>
#include <string>
#include <variant>

#include "absl/strings/string_view.h"
#include "mailcore/address/path.h"
#include "mailcore/smtp/parameters.h"
#include "mailcore/smtp/reply.h"

namespace mailsec::smtp {

enum class Verb {
  kHelo,
  kEhlo,
  kLhlo,  // RFC 2033, 4.1.
  kMail,
  kRcpt,
  kData,
  kBdat,  // RFC 3030.
  kRset,
  kNoop,
  kQuit,
  kVrfy,
  kExpn,
  kHelp,
  kStartTls,  // RFC 3207.
  kAuth,      // RFC 4954.
  kForeign,   // A command of another protocol: HTTP's GET, POST …
  kUnknown,
};

// "EHLO"; empty for kForeign and kUnknown.
absl::string_view VerbName(Verb verb);

struct CommandLine {
  Verb verb;
  absl::string_view argument;  // After the verb, outer blanks removed.
};

// A view of `line`, whose trailing blanks do not count (RFC 5321, 4.1.1).
CommandLine SplitCommand(absl::string_view line);

template <typename Command>
using Parsed = std::variant<Command, Reply>;

struct MailCommand {
  address::ReversePath path;
  MailParameters parameters;
};
struct RcptCommand {
  address::ForwardPath path;
  RcptParameters parameters;
};
struct BdatCommand {
  uint64_t octets;
  bool last;
};
struct AuthCommand {
  std::string mechanism;  // Upper case.
  std::string initial_response;
  bool has_initial_response;
};

// HELO, EHLO, LHLO: a domain or an address literal. What many clients say
// instead is taken too, as the name proves nothing and decides nothing: a name
// with a dot at its end, with a hyphen at either end of a label, an IP address
// without brackets or without its "IPv6:". 501 5.5.4 else.
Parsed<std::string> ParseHello(absl::string_view argument);

// `extended`: after EHLO; else any parameter gets 555 5.5.4. A blank after the
// colon is tolerated, as some senders write one; missing brackets are not.
// 501 5.1.7 for the path, 553 5.6.7 if it needs SMTPUTF8 and there is none, 501
// 5.5.4 for a bad or repeated parameter, 555 5.5.4 for an unknown one.
Parsed<MailCommand> ParseMail(absl::string_view argument, bool extended);

// As ParseMail(), 5.1.3 for the path. `smtputf8`: given with MAIL.
Parsed<RcptCommand> ParseRcpt(absl::string_view argument, bool extended,
                              bool smtputf8);

// chunk-size = 1*DIGIT, here at most 20, and LAST. 501 5.5.4 else. A size that
// exceeds 64 bits is UINT64_MAX.
Parsed<BdatCommand> ParseBdat(absl::string_view argument);

// True if `line` begins with the letters of BDAT, whatever comes behind them.
// What follows such a line may be a chunk, also where the line is no command.
bool BeginsWithBdat(absl::string_view line);

Parsed<AuthCommand> ParseAuth(absl::string_view argument);

}  // namespace mailsec::smtp

#endif  // MAILCORE_SMTP_COMMAND_H_
