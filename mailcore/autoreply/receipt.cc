#include "mailcore/autoreply/receipt.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "mailcore/autoreply/addressed.h"
#include "mailcore/autoreply/reply_fields.h"
#include "mailcore/message/address_list.h"
#include "mailcore/message/date_time.h"
#include "mailcore/message/message_id.h"
#include "mailcore/message/mime_encode.h"

namespace mailsec::autoreply {
namespace {

using address::Address;
using message::EncodeText;
using message::HeaderScanner;
using message::MimePart;
using policy::Rule;

constexpr absl::string_view kTo = "Disposition-Notification-To";
constexpr absl::string_view kOptions = "Disposition-Notification-Options";
constexpr size_t kMaxOptionsOctets = 4096;  // Ours.

constexpr Rule kOff = {"receipt.off", "RFC 8098, 6.2",
                       "sent if receipts were switched on"};
constexpr Rule kNullSender = {"receipt.null-sender", "RFC 8098, 2.1",
                              "sent if the message had a sender"};
constexpr Rule kOtherAddress = {
    "receipt.other-address", "RFC 8098, 2.1",
    "sent if Disposition-Notification-To named the envelope sender and no "
    "other address"};
constexpr Rule kOwnAddress = {"receipt.own-address", "RFC 3834, 2",
                              "sent if the sender were somebody else"};
constexpr Rule kSystemSender = {
    "receipt.system-sender", "RFC 3834, 2",
    "sent if the sender's address were not one of a machine"};
constexpr Rule kAutomatic = {
    "receipt.automatic", "RFC 3834, 2",
    "sent if it came neither from a machine nor through a list"};
constexpr Rule kSuppressed = {
    "receipt.suppressed", "MS-OXCMAIL, 2.2.3.2.14",
    "sent if X-Auto-Response-Suppress did not ask for silence"};
constexpr Rule kRequiredOption = {
    "receipt.required-option", "RFC 8098, 2.2",
    "sent if Disposition-Notification-Options required nothing"};
constexpr Rule kNoMessageId = {
    "receipt.no-message-id", "RFC 8098, 2.1",
    "sent if it had one Message-ID, by which a second receipt is avoided"};
constexpr Rule kNotAddressed = {
    "receipt.not-addressed", "ours",
    "sent if To or Cc named an address of the user"};
constexpr Rule kSent = {
    "receipt.sent", "RFC 8098",
    "not sent if the sender did not ask for it, or if it came from a machine"};

// RFC 8098, 2.2:
//   parameter = attribute "=" importance "," value *("," value)
// None is known here, so that any required one forbids a receipt.
bool RequiresSomething(const HeaderScanner& header) {
  for (const message::HeaderField& field : header.fields()) {
    if (!absl::EqualsIgnoreCase(field.name, kOptions)) continue;
    for (absl::string_view parameter :
         absl::StrSplit(field.value.substr(0, kMaxOptionsOctets), ';')) {
      const std::vector<absl::string_view> parts =
          absl::StrSplit(parameter, absl::ByAnyChar("=,"));
      if (parts.size() < 2) continue;
      if (!absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(parts[1]),
                                  "optional")) {
        return true;
      }
    }
  }
  return false;
}

// RFC 8098, 2.1: one field, one address, and that of the envelope; the local
// part in its case.
bool AsksFor(const HeaderScanner& header, const Address& sender) {
  if (header.Count(kTo) != 1) return false;
  const message::AddressList list =
      message::ParseAddressList(header.Find(kTo)->value);
  return list.well_formed && list.complete && list.mailboxes.size() == 1 &&
         list.mailboxes[0].address == sender;
}

std::optional<std::string> AutomaticMark(const HeaderScanner& header) {
  for (const auto mark : {DuplicateMark, AutoSubmittedMark, ListMark,
                          PrecedenceMark, ReportMark, MachineMark}) {
    if (std::optional<std::string> found = mark(header)) return found;
  }
  return std::nullopt;
}

struct Finding {
  const Rule* rule;
  std::string mark = {};
};

Finding Find(const ReceiptQuestion& question, bool enabled,
             const SystemSenders& senders) {
  const HeaderScanner& header = *question.header;
  const Address* sender = question.sender.address();
  if (!enabled) return {.rule = &kOff};
  if (sender == nullptr) return {.rule = &kNullSender};
  if (!header.Has(kTo)) return {.rule = &kReceiptNotAsked};
  if (!AsksFor(header, *sender)) return {.rule = &kOtherAddress};
  const OwnNames own(question.mailbox, question.own_addresses,
                     question.separators);
  if (own.Include(*sender)) {
    return {.rule = &kOwnAddress};
  }
  if (const auto mark = SystemSenderMark(header, *sender, senders)) {
    return {.rule = &kSystemSender, .mark = *mark};
  }
  if (const auto mark = AutomaticMark(header)) {
    return {.rule = &kAutomatic, .mark = *mark};
  }
  if (const auto mark = SuppressMark(header, {"rn", "autoreply"})) {
    return {.rule = &kSuppressed, .mark = *mark};
  }
  if (RequiresSomething(header)) return {.rule = &kRequiredOption};
  if (OriginalMessageId(header).empty()) return {.rule = &kNoMessageId};
  if (!IsAddressed(header, own)) {
    return {.rule = &kNotAddressed};
  }
  return {.rule = &kSent};
}

std::string Explanation(const ReceiptRequest& request) {
  const std::string& mailbox = request.mailbox.ToString();
  return absl::StrCat(
      "Your message has arrived in the mailbox ", mailbox,
      ".\r\n"
      "A mail server says so by itself. Nobody may have read "
      "the message yet.\r\n"
      "\r\n----------\r\n\r\n"
      "Ihre Nachricht ist im Postfach ",
      mailbox,
      " angekommen.\r\n"
      "Das teilt ein Mailserver von selbst mit. Ob jemand sie gelesen hat, "
      "sagt es nicht.\r\n");
}

std::string AddressField(absl::string_view name, const Address& address) {
  return absl::StrCat(name, ": ",
                      address.needs_smtputf8() ? "utf-8;" : "rfc822;",
                      address.ToString(), "\r\n");
}

// RFC 8098, 3.2. Reporting-UA and MDN-Gateway would name what is inside.
std::string Disposition(const ReceiptRequest& request) {
  std::string out;
  const std::string original = OneLine(request.original_recipient, 300);
  if (!original.empty() && message::IsPlain7Bit(original + "\r\n")) {
    absl::StrAppend(&out, "Original-Recipient: ", original, "\r\n");
  }
  absl::StrAppend(&out, AddressField("Final-Recipient", request.mailbox));
  const std::string id = OriginalMessageId(*request.original);
  if (!id.empty()) absl::StrAppend(&out, "Original-Message-ID: ", id, "\r\n");
  return absl::StrCat(
      out,
      "Disposition: automatic-action/MDN-sent-automatically; processed\r\n");
}

// RFC 6522, 3: the report type is the subtype of the second part; the global
// form is RFC 6533's.
std::string Subtype(const ReceiptRequest& request) {
  return request.mailbox.needs_smtputf8() ? "global-disposition-notification"
                                          : "disposition-notification";
}

std::string Parts(const ReceiptRequest& request, absl::string_view boundary) {
  const bool may_8bit =
      request.mailbox.needs_smtputf8() || request.target.needs_smtputf8();
  const MimePart people =
      EncodeText("text/plain; charset=utf-8", Explanation(request), may_8bit);
  const MimePart machines =
      EncodeText(absl::StrCat("message/", Subtype(request)),
                 Disposition(request), may_8bit);
  return absl::StrCat("\r\n--", boundary, "\r\n", people.ToString(), "\r\n--",
                      boundary, "\r\n", machines.ToString(), "\r\n--", boundary,
                      "--\r\n");
}

}  // namespace

absl::StatusOr<ReceiptPolicy> ReceiptPolicy::Create(Options options) {
  absl::StatusOr<SystemSenders> senders =
      SystemSenders::Create(std::move(options.system_senders));
  if (!senders.ok()) return senders.status();
  return ReceiptPolicy(options.enabled, *std::move(senders));
}

ReceiptPolicy::ReceiptPolicy(bool enabled, SystemSenders senders)
    : enabled_(enabled), senders_(std::move(senders)) {}

ReceiptDecision ReceiptPolicy::Decide(const ReceiptQuestion& question) const {
  const Finding found = Find(question, enabled_, senders_);
  const bool answer = found.rule == &kSent;
  policy::Decision decision = {
      .verdict = answer ? policy::Verdict::kAccept : policy::Verdict::kRefuse,
      .reply = answer ? smtp::Reply(250, {2, 0, 0}, "A receipt is due")
                      : smtp::Reply(550, {5, 7, 1}, "No receipt"),
      .rule = found.rule,
      .inputs = {{"user", question.mailbox.ToString()},
                 {"sender", question.sender.ToString()}}};
  if (!found.mark.empty()) decision.inputs.emplace_back("mark", found.mark);
  return {.answer = answer,
          .decision = std::move(decision),
          .message_id = answer ? OriginalMessageId(*question.header) : ""};
}

absl::StatusOr<AutomaticMessage> BuildReceipt(const ReceiptRequest& request,
                                              absl::Time now) {
  if (request.unique.empty()) {
    return absl::InvalidArgumentError("a receipt needs a unique word");
  }
  const bool smtputf8 =
      request.mailbox.needs_smtputf8() || request.target.needs_smtputf8();
  // '=' and '_' stand beside each other in no part: neither in an address of
  // quoted-printable nor in what we write (RFC 2045, 6.7).
  const std::string boundary =
      absl::StrCat("=_receipt-", message::UniqueWord(request.unique));
  std::string content = absl::StrCat(
      "Date: ", message::FormatDateTime(now), "\r\n",
      FromField(request.mailbox, ""), "To: <", request.target.ToString(),
      ">\r\n", SubjectField(*request.original, "Receipt"),
      "Message-ID: ", NewMessageId("receipt", request.unique, request.mailbox),
      "\r\n", ThreadFields(*request.original),
      "Auto-Submitted: auto-replied\r\n"
      "X-Auto-Response-Suppress: All\r\n"
      "MIME-Version: 1.0\r\n"
      "Content-Type: multipart/report;\r\n report-type=",
      Subtype(request), ";\r\n boundary=\"", boundary, "\"\r\n");
  if (smtputf8) content += "Content-Transfer-Encoding: 8bit\r\n";
  absl::StrAppend(&content, Parts(request, boundary));
  return AutomaticMessage{.content = std::move(content),
                          .needs_smtputf8 = smtputf8,
                          .has_8bit = smtputf8};
}

}  // namespace mailsec::autoreply
