// Property: whatever a line says, what parses holds no control character, and
// what does not gets a well-formed 5yz reply with an enhanced code.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <variant>

#include "absl/strings/string_view.h"
#include "mailcore/smtp/command.h"
#include "mailcore/smtp/esmtp_parameters.h"
#include "mailcore/smtp/xtext.h"

namespace mailsec::smtp {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

void RequireClean(absl::string_view text) {
  for (unsigned char c : text) Require(c >= 0x20 && c != 0x7F);
}

template <typename Command>
const Command* Taken(const Parsed<Command>& parsed) {
  if (const auto* reply = std::get_if<Reply>(&parsed)) {
    Require(reply->IsPermanent() && reply->status().class_code == 5);
    const std::string wire = reply->ToWire();
    RequireClean(absl::string_view(wire).substr(0, wire.size() - 2));
    return nullptr;
  }
  return &std::get<Command>(parsed);
}

// What is handed on says the same to the next hop.
void CheckMail(const MailCommand& mail) {
  RequireClean(mail.path.ToString());
  RequireClean(mail.parameters.envelope_id);
  if (mail.parameters.auth) RequireClean(*mail.parameters.auth);
  const auto again = ParseMailParameters(FormatDsnParameters(mail.parameters),
                                         /*extended=*/true);
  Require(std::get<MailParameters>(again).envelope_id ==
          mail.parameters.envelope_id);
}

void CheckRcpt(const RcptCommand& rcpt) {
  RequireClean(rcpt.path.ToString());
  RequireClean(rcpt.parameters.original_recipient);
  const std::string words = FormatDsnParameters(rcpt.parameters);
  if (words.size() > 400) return;  // Encoded it may exceed RFC 3461's bound.
  Require(std::get<RcptParameters>(ParseRcptParameters(words, /*extended=*/true,
                                                       /*smtputf8=*/false)) ==
          rcpt.parameters);
}

}  // namespace
}  // namespace mailsec::smtp

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mailsec::smtp;
  const absl::string_view line(reinterpret_cast<const char*>(data), size);
  const absl::string_view argument = SplitCommand(line).argument;
  for (bool flag : {false, true}) {
    const Parsed<MailCommand> mail = ParseMail(argument, flag);
    if (Taken(mail) != nullptr) CheckMail(*Taken(mail));
    const Parsed<RcptCommand> rcpt = ParseRcpt(argument, true, flag);
    if (Taken(rcpt) != nullptr) CheckRcpt(*Taken(rcpt));
  }
  const Parsed<std::string> name = ParseHello(argument);
  if (Taken(name) != nullptr) RequireClean(*Taken(name));
  (void)Taken(ParseBdat(argument));
  (void)Taken(ParseAuth(argument));
  return 0;
}
