#include "mailcore/server/control/control_automatic.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "mailcore/base/log_safe.h"
#include "mailcore/message/content_verdict.h"
#include "mailcore/message/header_scanner.h"
#include "mailcore/policy/governor.h"
#include "mailcore/server/control/control_responses.h"

namespace mailsec::server {
namespace {

using address::Address;
using address::ForwardPath;
using address::ReversePath;
using base::LogSafe;
using control::Response;
using ip::IpAddress;

constexpr size_t kAbsencesInOneResponse = 100;

// Nothing if `text` is empty.
absl::StatusOr<std::optional<absl::Time>> ParseTime(const std::string& field,
                                                    const std::string& text) {
  if (text.empty()) return std::optional<absl::Time>();
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, text, &time, &error)) {
    return absl::InvalidArgumentError(
        absl::StrCat(field, ": \"", LogSafe(text),
                     "\" is no time like 2026-12-24T12:00:00+01:00"));
  }
  return std::optional<absl::Time>(time);
}

std::vector<autoreply::AbsenceText> ToTexts(
    const google::protobuf::RepeatedPtrField<control::AbsenceText>& from) {
  std::vector<autoreply::AbsenceText> texts;
  for (const control::AbsenceText& text : from) {
    texts.push_back({.language = text.language(),
                     .subject = text.subject(),
                     .text = text.text()});
  }
  return texts;
}

void FillTexts(const std::vector<autoreply::AbsenceText>& from,
               google::protobuf::RepeatedPtrField<control::AbsenceText>* to) {
  for (const autoreply::AbsenceText& text : from) {
    control::AbsenceText* out = to->Add();
    out->set_language(text.language);
    out->set_subject(text.subject);
    out->set_text(text.text);
  }
}

std::string Rfc3339(const std::optional<absl::Time>& time) {
  if (!time) return "";
  return absl::FormatTime(absl::RFC3339_sec, *time, absl::UTCTimeZone());
}

void Fill(const autoreply::AbsenceSettings& from, absl::Time now,
          control::Absence* to) {
  to->set_owner(from.owner.ToString());
  to->set_display_name(from.display_name);
  to->set_start(Rfc3339(from.start));
  to->set_end(Rfc3339(from.end));
  FillTexts(from.inside_texts, to->mutable_inside());
  FillTexts(from.outside_texts, to->mutable_outside());
  to->set_period_days(from.period_days.value_or(0));
  to->set_is_active(from.IsActive(now));
}

// "<a@b>" from "<a@b>" or "a@b".
std::string WithBrackets(const std::string& path) {
  return absl::StartsWith(path, "<") ? path : absl::StrCat("<", path, ">");
}

absl::StatusOr<policy::AutomaticKind> ParseKind(const std::string& name) {
  using policy::AutomaticKind;
  std::string known;
  for (const AutomaticKind kind :
       {AutomaticKind::kNotification, AutomaticKind::kDelayWarning,
        AutomaticKind::kAbsenceNotice, AutomaticKind::kReceipt,
        AutomaticKind::kForward, AutomaticKind::kAlarm}) {
    if (name == AutomaticKindName(kind)) return kind;
    absl::StrAppend(&known, known.empty() ? "" : ", ", AutomaticKindName(kind));
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", LogSafe(name), "\" is none of ", known));
}

const char kOff[] =
    "everything automatic is off, by automatic.off or as its database is "
    "damaged: there are no absences";

const char kUnscanned[] =
    "no scanner is configured: nobody will be answered until there is one, as "
    "spam is never answered (R22)";

}  // namespace

absl::StatusOr<Address> ControlAutomatic::Mailbox(
    const std::string& text) const {
  const absl::StatusOr<Address> address = Address::Parse(text);
  if (!address.ok()) return address.status();
  const std::shared_ptr<const Snapshot> snapshot = current_->Get();
  const absl::Status none = absl::NotFoundError(
      absl::StrCat(LogSafe(text), " is no mailbox of this server"));
  std::optional<Address> owner =
      snapshot->routing->router.MailboxOwner(ForwardPath(*address));
  if (!owner) return none;
  // A name may be an alias and a mailbox: then the mailbox is meant.
  const route::LocalNames& names = snapshot->routing->names;
  if (!names.HasMailbox(*owner)) {
    const route::MeantName meant = names.Of(*owner);
    if (meant.mailboxes.empty() || meant.kind == policy::NameKind::kCatchAll) {
      return none;
    }
    if (meant.mailboxes.size() > 1) {
      return absl::InvalidArgumentError(
          absl::StrCat(LogSafe(text),
                       " is an alias of several mailboxes: name one of them"));
    }
    owner = meant.mailboxes[0].mailbox;
  }
  owner = names.MailboxOf(*owner);
  if (!owner || !names.HasMailbox(*owner)) return none;
  return *owner;
}

Response ControlAutomatic::Set(const control::AbsenceSet& request) const {
  if (absences_ == nullptr) return ErrorResponse(kOff);
  const control::Absence& from = request.absence();
  const absl::StatusOr<Address> owner = Mailbox(from.owner());
  if (!owner.ok()) return ErrorResponse(owner.status().message());
  const auto start = ParseTime("start", from.start());
  if (!start.ok()) return ErrorResponse(start.status().message());
  const auto end = ParseTime("end", from.end());
  if (!end.ok()) return ErrorResponse(end.status().message());
  autoreply::AbsenceSettings settings = {
      .owner = *owner,
      .display_name = from.display_name(),
      .start = *start,
      .end = *end,
      .inside_texts = ToTexts(from.inside()),
      .outside_texts = ToTexts(from.outside()),
      .period_days = std::nullopt,
      .set_at = parts_->clock->Now()};
  if (from.period_days() != 0) settings.period_days = from.period_days();
  absl::Status status = autoreply::ValidateAbsence(settings);
  if (status.ok()) status = absences_->Set(settings);
  if (!status.ok()) return ErrorResponse(status.message());
  Response response;
  response.set_changed(1);
  if (!current_->Get()->scanning->has_scanners())
    response.set_warning(kUnscanned);
  Fill(settings, parts_->clock->Now(), response.add_absence());
  return response;
}

void ControlAutomatic::Show(const control::AbsenceShow& request,
                            const Send& send) const {
  if (absences_ == nullptr) return send(ErrorResponse(kOff));
  if (request.owner().empty()) return ShowAll(send);
  const absl::StatusOr<Address> owner = Mailbox(request.owner());
  if (!owner.ok()) return send(ErrorResponse(owner.status().message()));
  const auto found = absences_->Find(*owner);
  if (!found.ok()) return send(ErrorResponse(found.status().message()));
  if (!*found) {
    return send(
        ErrorResponse(absl::StrCat(owner->ToString(), " has set no absence")));
  }
  Response response;
  Fill(**found, parts_->clock->Now(), response.add_absence());
  send(response);
}

void ControlAutomatic::ShowAll(const Send& send) const {
  std::string after;
  for (bool more = true; more;) {
    const auto some = absences_->List(after, kAbsencesInOneResponse);
    if (!some.ok()) return send(ErrorResponse(some.status().message()));
    Response response;
    for (const autoreply::AbsenceSettings& settings : *some) {
      Fill(settings, parts_->clock->Now(), response.add_absence());
      after = settings.owner.CanonicalKey();
    }
    more = some->size() == kAbsencesInOneResponse;
    response.set_more(more);
    send(response);
  }
}

Response ControlAutomatic::Clear(const control::AbsenceClear& request) const {
  if (absences_ == nullptr) return ErrorResponse(kOff);
  // A mailbox that is gone may have left an absence.
  absl::StatusOr<Address> owner = Mailbox(request.owner());
  if (absl::IsNotFound(owner.status())) owner = Address::Parse(request.owner());
  if (!owner.ok()) return ErrorResponse(owner.status().message());
  const absl::StatusOr<bool> cleared = absences_->Clear(*owner);
  if (!cleared.ok()) return ErrorResponse(cleared.status().message());
  Response response;
  response.set_changed(*cleared ? 1 : 0);
  return response;
}

Response ControlAutomatic::Scan(const control::Scan& request) const {
  const std::shared_ptr<const Snapshot> snapshot = current_->Get();
  policy::ScanRequest scan = {.queue_id = "", .helo = "localhost"};
  const absl::StatusOr<IpAddress> client = IpAddress::Parse(
      request.client().empty() ? "127.0.0.1" : request.client());
  if (!client.ok()) return ErrorResponse(client.status().message());
  scan.client = *client;
  const absl::StatusOr<ReversePath> sender =
      ReversePath::Parse(WithBrackets(request.sender()));
  if (!sender.ok()) return ErrorResponse(sender.status().message());
  scan.sender = *sender;
  if (!request.recipient().empty()) {
    const absl::StatusOr<ForwardPath> recipient =
        ForwardPath::Parse(WithBrackets(request.recipient()));
    if (!recipient.ok()) return ErrorResponse(recipient.status().message());
    scan.recipients.push_back(*recipient);
  }
  scan.sender_is_ours =
      snapshot->settings.networks.authorised.Contains(scan.client);
  spool::MessageWriter writer = parts_->spool->NewMessage();
  const absl::Status status = writer.Append(request.content());
  if (!status.ok()) return ErrorResponse(status.message());
  const message::HeaderScanner header(request.content());
  const policy::ContentDecision made = snapshot->scanning->Decide(
      scan,
      absl::string_view(request.content()).substr(0, header.body_offset()),
      writer);
  return ExplanationResponse(made.decision);
}

Response ControlAutomatic::Explain(
    const control::ExplainAutomatic& request) const {
  const absl::StatusOr<policy::AutomaticKind> kind = ParseKind(request.kind());
  if (!kind.ok()) return ErrorResponse(kind.status().message());
  const absl::StatusOr<ReversePath> sender =
      ReversePath::Parse(WithBrackets(request.sender()));
  if (!sender.ok()) return ErrorResponse(sender.status().message());
  // Without a scanner nobody knows what came, whatever it was.
  const bool has_scanners = current_->Get()->scanning->has_scanners();
  const std::optional<message::ContentVerdict> verdict =
      request.verdict().empty()
          ? (has_scanners ? message::ContentVerdict::kClean
                          : message::ContentVerdict::kUnknown)
          : message::ParseContentVerdict(request.verdict());
  if (!verdict) {
    return ErrorResponse(
        "the verdict is one of unknown, clean, spam and malware");
  }
  const absl::StatusOr<Address> author = Address::Parse(request.author());
  if (!author.ok()) {
    return ErrorResponse(absl::StrCat("author: ", author.status().message()));
  }
  if (request.target().empty() && sender->IsNull()) {
    return ErrorResponse("there is neither a target nor a sender");
  }
  const absl::StatusOr<Address> target = request.target().empty()
                                             ? *sender->address()
                                             : Address::Parse(request.target());
  if (!target.ok()) return ErrorResponse(target.status().message());
  const policy::AutomaticMail mail = {
      .kind = *kind,
      .verdict = *verdict,
      .answered = *sender,
      .sender_is_ours = request.sender_is_ours(),
      .answers_automatic = request.answers_automatic(),
      .sender = ReversePath(),
      .author = *author,
      .target = *target,
      .exchangers = {}};
  return ExplanationResponse(
      current_->Get()
          ->governor->Decide(mail, parts_->clock->Now(), false)
          .ToDecision(mail));
}

}  // namespace mailsec::server
