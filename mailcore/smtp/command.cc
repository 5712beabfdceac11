#include "mailcore/smtp/command.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "mailcore/address/address.h"
#include "mailcore/address/domain.h"
#include "mailcore/base/utf8.h"
#include "mailcore/ip/ip_address.h"
#include "mailcore/smtp/esmtp_parameters.h"

namespace mailsec::smtp {
namespace {

using base::IsAscii;

constexpr size_t kMaxHelloOctets = 255;  // RFC 5321, 4.5.3.1.2.

struct VerbRow {
  absl::string_view name;
  Verb verb;
} constexpr kVerbs[] = {
    {"HELO", Verb::kHelo},
    {"EHLO", Verb::kEhlo},
    {"LHLO", Verb::kLhlo},
    {"MAIL", Verb::kMail},
    {"RCPT", Verb::kRcpt},
    {"DATA", Verb::kData},
    {"BDAT", Verb::kBdat},
    {"RSET", Verb::kRset},
    {"NOOP", Verb::kNoop},
    {"QUIT", Verb::kQuit},
    {"VRFY", Verb::kVrfy},
    {"EXPN", Verb::kExpn},
    {"HELP", Verb::kHelp},
    {"STARTTLS", Verb::kStartTls},
    {"AUTH", Verb::kAuth},
    // RFC 9110, 9 and RFC 9113, 3.4: a browser was sent here.
    {"GET", Verb::kForeign},
    {"HEAD", Verb::kForeign},
    {"POST", Verb::kForeign},
    {"PUT", Verb::kForeign},
    {"DELETE", Verb::kForeign},
    {"CONNECT", Verb::kForeign},
    {"OPTIONS", Verb::kForeign},
    {"TRACE", Verb::kForeign},
    {"PATCH", Verb::kForeign},
    {"PRI", Verb::kForeign},
};

absl::string_view StripBlanks(absl::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
    text.remove_prefix(1);
  }
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
    text.remove_suffix(1);
  }
  return text;
}

Reply SyntaxError(absl::string_view text) {
  return Reply(501, {5, 5, 4}, text);
}

// Names of machines that nobody has configured for mail, and addresses as
// people write them.
bool IsNearlyHello(absl::string_view text) {
  if (text.empty() || text.size() > kMaxHelloOctets) return false;
  absl::string_view address = text;
  if (absl::ConsumePrefix(&address, "[") !=
      absl::ConsumeSuffix(&address, "]")) {
    return false;
  }
  if (ip::IpAddress::Parse(address).ok()) return true;
  absl::ConsumeSuffix(&text, ".");
  for (absl::string_view label : absl::StrSplit(text, '.')) {
    if (label.empty()) return false;
    for (unsigned char c : label) {
      if (!absl::ascii_isalnum(c) && c != '-' && c != '_') return false;
    }
  }
  return true;
}

// A path and what follows it. `keyword` is "FROM:" or "TO:".
struct PathAndParameters {
  absl::string_view path;
  absl::string_view parameters;
};

std::optional<PathAndParameters> SplitPath(absl::string_view argument,
                                           absl::string_view keyword) {
  if (!absl::StartsWithIgnoreCase(argument, keyword)) return std::nullopt;
  argument = StripBlanks(argument.substr(keyword.size()));
  const size_t octets = address::PathLength(argument);
  if (octets == 0) return std::nullopt;
  const absl::string_view rest = argument.substr(octets);
  if (!rest.empty() && rest[0] != ' ' && rest[0] != '\t') return std::nullopt;
  return PathAndParameters{argument.substr(0, octets), StripBlanks(rest)};
}

// The reply to a path that does not parse, or needs what was not asked for
// (RFC 6531, 3.5).
Reply BadPath(absl::string_view path, int detail, absl::string_view why) {
  if (!IsAscii(path)) {
    return Reply(553, {5, 6, 7}, "The address needs SMTPUTF8, or is not valid");
  }
  return Reply(501, {5, 1, detail}, absl::StrCat("Bad address syntax: ", why));
}

}  // namespace

CommandLine SplitCommand(absl::string_view line) {
  line = StripBlanks(line);
  const size_t end = line.find_first_of(" \t");
  const absl::string_view word = line.substr(0, end);
  const absl::string_view argument = end == absl::string_view::npos
                                         ? absl::string_view()
                                         : StripBlanks(line.substr(end));
  for (const VerbRow& v : kVerbs) {
    if (absl::EqualsIgnoreCase(word, v.name)) return {v.verb, argument};
  }
  return {Verb::kUnknown, argument};
}

absl::string_view VerbName(Verb verb) {
  if (verb == Verb::kForeign) return "";
  for (const VerbRow& v : kVerbs) {
    if (v.verb == verb) return v.name;
  }
  return "";
}

// ehlo = "EHLO" SP ( Domain / address-literal )
Parsed<std::string> ParseHello(absl::string_view argument) {
  if (address::AddressLiteral::Parse(argument).ok() ||
      address::Domain::Parse(argument).ok() || IsNearlyHello(argument)) {
    return std::string(argument);
  }
  return SyntaxError("Say your domain name or address literal");
}

// mail = "MAIL FROM:" Reverse-path [SP Mail-parameters]
Parsed<MailCommand> ParseMail(absl::string_view argument, bool extended) {
  const auto split = SplitPath(argument, "FROM:");
  if (!split) {
    return Reply(501, {5, 1, 7}, "Syntax: MAIL FROM:<address> [parameters]");
  }
  auto path = address::ReversePath::Parse(split->path);
  Parsed<MailParameters> parameters =
      ParseMailParameters(split->parameters, extended);
  if (auto* refusal = std::get_if<Reply>(&parameters)) {
    return std::move(*refusal);
  }
  auto& values = std::get<MailParameters>(parameters);
  if (!path.ok()) return BadPath(split->path, 7, {path.status().message()});
  if (!IsAscii(split->path) && !values.smtputf8) {
    return BadPath(split->path, 7, "");
  }
  return MailCommand{*std::move(path), std::move(values)};
}

// rcpt = "RCPT TO:" ( "<Postmaster@" Domain ">" / "<Postmaster>" /
//        Forward-path ) [SP Rcpt-parameters]
Parsed<RcptCommand> ParseRcpt(absl::string_view argument, bool extended,
                              bool smtputf8) {
  const auto split = SplitPath(argument, "TO:");
  if (!split) {
    return Reply(501, {5, 1, 3}, "Syntax: RCPT TO:<address> [parameters]");
  }
  auto path = address::ForwardPath::Parse(split->path);
  if (!path.ok()) return BadPath(split->path, 3, {path.status().message()});
  if (!IsAscii(split->path) && !smtputf8) return BadPath(split->path, 3, "");
  Parsed<RcptParameters> parameters =
      ParseRcptParameters(split->parameters, extended, smtputf8);
  if (auto* refusal = std::get_if<Reply>(&parameters)) {
    return std::move(*refusal);
  }
  return RcptCommand{*std::move(path),
                     std::move(std::get<RcptParameters>(parameters))};
}

// bdat-cmd = "BDAT" SP chunk-size [ SP end-marker ] CR LF
Parsed<BdatCommand> ParseBdat(absl::string_view argument) {
  const std::vector<absl::string_view> words =
      absl::StrSplit(argument, ' ', absl::SkipEmpty());
  const auto octets = words.empty() ? std::nullopt : ParseSize(words[0]);
  if (!octets || words.size() > 2 ||
      (words.size() == 2 && !absl::EqualsIgnoreCase(words[1], "LAST"))) {
    return SyntaxError("Syntax: BDAT chunk-size [LAST]");
  }
  return BdatCommand{*octets, words.size() == 2};
}

bool BeginsWithBdat(absl::string_view line) {
  return absl::StartsWithIgnoreCase(StripBlanks(line), "BDAT");
}

// "AUTH" SP sasl-mech [SP initial-response]
Parsed<AuthCommand> ParseAuth(absl::string_view argument) {
  const std::vector<absl::string_view> words =
      absl::StrSplit(argument, ' ', absl::SkipEmpty());
  if (words.empty() || words.size() > 2) {
    return SyntaxError("Syntax: AUTH mechanism [initial-response]");
  }
  for (unsigned char c : argument) {
    if (c < 0x20 || c > 0x7E) {
      return Reply(501, {5, 5, 2}, "This is not base64");
    }
  }
  return AuthCommand{absl::AsciiStrToUpper(words[0]),
                     words.size() == 2 ? std::string(words[1]) : "",
                     words.size() == 2};
}

}  // namespace mailsec::smtp
