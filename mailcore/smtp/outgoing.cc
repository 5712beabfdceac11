#include "mailcore/smtp/outgoing.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "mailcore/smtp/esmtp_parameters.h"

namespace mailsec::smtp {
namespace {

// From here on BDAT is used if it is offered. Ours.
constexpr uint64_t kLargeOctets = 64 * 1024;

bool IsBinary(const Transaction& transaction) {
  return transaction.parameters.body == BodyType::kBinaryMime;
}

bool NeedsSmtpUtf8(const Transaction& transaction) {
  return transaction.headers_utf8 || transaction.sender.needs_smtputf8();
}

}  // namespace

std::optional<Reply> RefuseLocally(const Transaction& transaction,
                                   const ServerCapabilities& server) {
  if (NeedsSmtpUtf8(transaction) && !server.smtputf8) {
    return Reply(550, {5, 6, 7}, "The next hop does not offer SMTPUTF8");
  }
  if (IsBinary(transaction) && !(server.binary_mime && server.chunking)) {
    return Reply(554, {5, 6, 3}, "The next hop does not offer BINARYMIME");
  }
  if (transaction.has_8bit && !IsBinary(transaction) &&
      !server.eight_bit_mime) {
    return Reply(554, {5, 6, 3}, "The next hop does not offer 8BITMIME");
  }
  if (server.max_size > 0 &&
      transaction.parameters.declared_size > server.max_size) {
    return Reply(552, {5, 3, 4},
                 absl::StrCat("The next hop takes at most ", server.max_size,
                              " octets"));
  }
  return std::nullopt;
}

std::optional<Reply> RefuseLocally(const OutgoingRecipient& recipient,
                                   size_t named,
                                   const ServerCapabilities& server) {
  if (recipient.path.needs_smtputf8() && !server.smtputf8) {
    return Reply(553, {5, 6, 7}, "The next hop does not offer SMTPUTF8");
  }
  if (server.max_recipients > 0 && named >= server.max_recipients) {
    return Reply(452, {4, 5, 3},
                 "The next hop takes no more recipients at once");
  }
  return std::nullopt;
}

bool WantsBdat(const Transaction& transaction,
               const ServerCapabilities& server) {
  if (IsBinary(transaction)) return true;
  // Chunks follow each other without waiting, which is pipelining.
  return server.chunking && server.pipelining &&
         transaction.parameters.declared_size > kLargeOctets;
}

bool WantsPrdr(const Transaction& transaction,
               const ServerCapabilities& server) {
  return server.prdr && !transaction.probe && transaction.recipients.size() > 1;
}

std::string FormatMail(const Transaction& transaction,
                       const ServerCapabilities& server) {
  std::string out = absl::StrCat("MAIL FROM:", transaction.sender.ToString());
  const MailParameters& parameters = transaction.parameters;
  if (server.size && parameters.declared_size > 0) {
    absl::StrAppend(&out, " SIZE=", parameters.declared_size);
  }
  if (IsBinary(transaction)) {
    out += " BODY=BINARYMIME";
  } else if (transaction.has_8bit) {
    out += " BODY=8BITMIME";
  }
  const bool needs_smtputf8 =
      NeedsSmtpUtf8(transaction) ||
      std::any_of(transaction.recipients.begin(), transaction.recipients.end(),
                  [](const OutgoingRecipient& recipient) {
                    return recipient.path.needs_smtputf8();
                  });
  if (needs_smtputf8 && server.smtputf8) out += " SMTPUTF8";
  if (server.dsn) out += FormatDsnParameters(parameters);
  if (WantsPrdr(transaction, server)) out += " PRDR";
  return out;
}

std::string FormatRcpt(const OutgoingRecipient& recipient,
                       const ServerCapabilities& server) {
  std::string out = absl::StrCat("RCPT TO:", recipient.path.ToString());
  if (server.dsn) out += FormatDsnParameters(recipient.parameters);
  return out;
}

}  // namespace mailsec::smtp
