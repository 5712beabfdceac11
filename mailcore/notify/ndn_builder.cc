#include "mailcore/notify/ndn_builder.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "mailcore/address/domain.h"
#include "mailcore/base/utf8.h"
#include "mailcore/message/date_time.h"
#include "mailcore/message/header_scanner.h"
#include "mailcore/message/message_id.h"
#include "mailcore/message/mime_encode.h"
#include "mailcore/notify/explanation_part.h"
#include "mailcore/notify/returned_part.h"
#include "mailcore/notify/status_part.h"

namespace mailsec::notify {
namespace {

using address::Domain;
using message::MimePart;

constexpr size_t kMaxMessageIdOctets = 250;  // Ours: one line.

absl::Status CheckRequest(const NdnRequest& request) {
  const std::vector<RecipientStatus>& recipients = request.report.recipients;
  if (recipients.empty()) {
    return absl::InvalidArgumentError("a notification needs a recipient");
  }
  const Action action = recipients.front().action;
  for (const RecipientStatus& recipient : recipients) {
    if (recipient.action != action) {
      return absl::InvalidArgumentError("recipients of different actions");
    }
    if (recipient.final_recipient.value.empty()) {
      return absl::InvalidArgumentError("a recipient without an address");
    }
  }
  if (action == Action::kFailed && request.causes.size() != recipients.size()) {
    return absl::InvalidArgumentError("not one cause for each recipient");
  }
  return absl::OkStatus();
}

// Occurs neither in the header nor in one of the parts, not even within a line.
std::string Boundary(absl::string_view unique, absl::string_view header,
                     const std::vector<std::string>& parts) {
  std::string boundary = absl::StrCat("=_ndn-", unique);
  const auto occurs = [&boundary, header, &parts] {
    if (absl::StrContains(header, boundary)) return true;
    for (const std::string& part : parts) {
      if (absl::StrContains(part, boundary)) return true;
    }
    return false;
  };
  for (int i = 1; occurs(); ++i) {
    boundary = absl::StrCat("=_ndn-", unique, "-", i);
  }
  return boundary;
}

// The original's Message-ID if it is one; else empty.
std::string MessageId(absl::string_view original) {
  const message::HeaderScanner header(original);
  const message::HeaderField* field = header.Find("Message-ID");
  if (field == nullptr || field->value.size() > kMaxMessageIdOctets) return "";
  std::string id = field->Unfolded();
  if (!absl::StartsWith(id, "<") || !absl::EndsWith(id, ">")) return "";
  for (unsigned char c : id) {
    if (!absl::ascii_isgraph(c)) return "";
  }
  return id;
}

// RFC 3834, 5: a report of what became of a message answers it; a warning
// that it still waits is our own doing.
absl::string_view AutoSubmitted(Action action) {
  return action == Action::kDelayed ? "auto-generated" : "auto-replied";
}

// The sender gets the report in the global form if it needs that and they can
// read it: they used SMTPUTF8.
StatusForm FormFor(const DeliveryReport& report, bool knows_utf8,
                   bool may_8bit) {
  if (!knows_utf8 || !NeedsGlobal(report)) return StatusForm::kAscii;
  return may_8bit ? StatusForm::kGlobal8Bit : StatusForm::kGlobalAscii;
}

// With what the request leaves to us.
DeliveryReport Completed(const NdnRequest& request,
                         const std::string& hostname) {
  DeliveryReport report = request.report;
  if (report.reporting_mta.empty()) report.reporting_mta = {"dns", hostname};
  for (size_t i = 0; i < request.causes.size(); ++i) {
    // RFC 3463, 3.5: delivery time expired. Class 4, as nothing permanent is
    // known of the recipient; the action says that it is over. The last answer
    // stands in Diagnostic-Code.
    if (i < report.recipients.size() && request.causes[i] == Cause::kExpired) {
      report.recipients[i].status = {4, 4, 7};
    }
  }
  return report;
}

Attached AttachedBy(const MimePart& returned) {
  if (returned.body.empty()) return Attached::kNothing;
  return absl::StrContains(returned.content_type, "headers")
             ? Attached::kHeader
             : Attached::kMessage;
}

absl::Span<const Cause> CausesOf(const NdnRequest& request) {
  if (request.report.recipients.front().action != Action::kFailed) return {};
  return request.causes;
}

}  // namespace

absl::StatusOr<NdnBuilder> NdnBuilder::Create(Options options) {
  const absl::StatusOr<Domain> host = Domain::Parse(options.hostname);
  if (!host.ok() || host->needs_smtputf8()) {
    return absl::InvalidArgumentError(
        "hostname: must be this server's name, in ASCII");
  }
  if (options.from.needs_smtputf8()) {
    return absl::InvalidArgumentError(
        "from: must be ASCII, so that everyone can write to it");
  }
  if (options.languages.empty()) {
    return absl::InvalidArgumentError("languages: at least one is needed");
  }
  if (std::set<Language>(options.languages.begin(), options.languages.end())
          .size() != options.languages.size()) {
    return absl::InvalidArgumentError("languages: one stands there twice");
  }
  return NdnBuilder(std::move(options));
}

NdnBuilder::NdnBuilder(Options options) : options_(std::move(options)) {}

absl::StatusOr<Notification> NdnBuilder::Build(const NdnRequest& request,
                                               absl::Time now) const {
  const absl::Status checked = CheckRequest(request);
  if (!checked.ok()) return checked;
  const DeliveryReport report = Completed(request, options_.hostname);
  const Action action = report.recipients.front().action;
  const bool smtputf8 = request.target.needs_smtputf8();
  const bool knows_utf8 = request.smtputf8 || smtputf8;

  const MimePart returned = ReturnedPart(
      request.original,
      // RFC 3461, 4.3: RET is about failures; else only the header goes back.
      {.full = request.return_full && action == Action::kFailed,
       .global = knows_utf8,
       .may_8bit = smtputf8,
       .max_octets = options_.max_returned_octets});
  const MimePart status =
      StatusPart(report, FormFor(report, knows_utf8, smtputf8));
  const MimePart explanation =
      ExplanationPart({.languages = options_.languages,
                       .hostname = options_.hostname,
                       .contact = options_.from.ToString(),
                       .reference = message::UniqueWord(request.unique),
                       .report = &report,
                       .causes = CausesOf(request),
                       .attached = AttachedBy(returned)});
  std::vector<std::string> parts = {explanation.ToString(), status.ToString()};
  // RFC 6522, 3: the third part may be missing.
  if (!returned.body.empty()) parts.push_back(returned.ToString());
  return Notification{.content = Assemble(request, action, now, parts,
                                          absl::StartsWith(status.content_type,
                                                           "message/global-")),
                      .needs_smtputf8 = smtputf8,
                      .has_8bit = smtputf8 || status.encoding == "8bit" ||
                                  returned.encoding == "8bit"};
}

std::string NdnBuilder::Assemble(const NdnRequest& request, Action action,
                                 absl::Time now,
                                 const std::vector<std::string>& parts,
                                 bool global) const {
  const std::string unique = message::UniqueWord(request.unique);
  const std::string original_id = MessageId(request.original);
  std::string out = absl::StrCat(
      "Date: ", message::FormatDateTime(now), "\r\n",                     //
      "From: Mail Delivery System <", options_.from.ToString(), ">\r\n",  //
      "To: <", request.target.ToString(), ">\r\n",                        //
      "Subject: ",
      message::EncodeWords(SubjectFor(action, options_.languages[0])),  //
      "\r\nMessage-ID: ",
      message::NewMessageId("ndn", unique, options_.hostname), "\r\n");
  if (!original_id.empty()) {  // RFC 3834, 3.1.5.
    absl::StrAppend(&out, "In-Reply-To: ", original_id,
                    "\r\nReferences: ", original_id, "\r\n");
  }
  const std::string boundary = Boundary(unique, out, parts);
  absl::StrAppend(&out, "Auto-Submitted: ", AutoSubmitted(action),
                  "\r\nMIME-Version: 1.0\r\n"
                  "Content-Type: multipart/report;\r\n"
                  " report-type=",
                  global ? "global-" : "", "delivery-status;\r\n boundary=\"",
                  boundary, "\"\r\n");
  // RFC 2045, 6.4: a multipart is of the encoding of its parts.
  const bool has_8bit =
      !std::all_of(parts.begin(), parts.end(),
                   [](const std::string& part) { return base::IsAscii(part); });
  if (has_8bit) out += "Content-Transfer-Encoding: 8bit\r\n";
  for (const std::string& part : parts) {
    absl::StrAppend(&out, "\r\n--", boundary, "\r\n", part);
  }
  return absl::StrCat(out, "\r\n--", boundary, "--\r\n");
}

}  // namespace mailsec::notify
