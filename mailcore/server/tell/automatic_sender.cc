#include "mailcore/server/tell/automatic_sender.h"

#include <algorithm>
#include <future>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mailcore/autoreply/absence_notice.h"
#include "mailcore/message/header_scanner.h"
#include "mailcore/message/in_front.h"
#include "mailcore/message/message_id.h"
#include "mailcore/message/trace_field.h"
#include "mailcore/server/queue/loaded_message.h"
#include "mailcore/server/queue/own_mail.h"
#include "mailcore/server/runtime/server_events.h"
#include "mailcore/server/snapshot/addressees.h"
#include "mailcore/server/snapshot/exchangers.h"

namespace mailsec::server {
namespace {

using address::Address;
using address::ForwardPath;
using address::ReversePath;
using autoreply::Remembered;
using base::Event;
using policy::AutomaticKind;
using policy::Rule;

// As much of a message is looked at for its header section. Ours.
constexpr uint64_t kHeadOctets = 1 << 20;

constexpr Rule kMemoryFull = {"automatic.memory-full", "R24",
                              "answered if the reply memory had room"};
constexpr Rule kAnsweredAlready = {
    "automatic.answered-already", "R24",
    "answered if it were the first in its period"};
constexpr Rule kForwardLoop = {
    "forward.loop", "RFC 5321, 6.3",
    "forwarded if no Delivered-To field named this mailbox"};
constexpr Rule kForwardLocalOnly = {
    "forward.local-only", "R3",
    "forwarded if the target were local, or the mail were not local-only"};

}  // namespace

// ---------------------------------------------------------------------------
// One message

// Thread safety: none; lives for one call.
class AutomaticSender::Sending {
 public:
  Sending(const AutomaticSender& sender, const Snapshot& snapshot,
          const ArrivedMail& mail, std::shared_ptr<const std::string> head)
      : parts_(*sender.parts_),
        absences_(*sender.absences_),
        memory_(*sender.memory_),
        snapshot_(snapshot),
        routing_(*snapshot.routing),
        mail_(mail),
        envelope_(*mail.envelope),
        head_(std::move(head)),
        header_(*head_),
        now_(sender.parts_->clock->Now()) {}

  void SendFor(const spool::Recipient& recipient) {
    const std::optional<Address> mailbox = routing_.OwnerOf(recipient.path);
    if (!mailbox) return;
    Forward(*mailbox, recipient);
    Notice(*mailbox);
    if (snapshot_.settings.automatic.receipts) Receipt(*mailbox, recipient);
  }

 private:
  // ---- What is asked of the governor

  policy::AutomaticMail Question(AutomaticKind kind, const Address& author,
                                 const Address& target) const {
    return {.kind = kind,
            .verdict = envelope_.verdict,
            .answered = envelope_.sender,
            .sender_is_ours = envelope_.sender_is_ours,
            .answers_automatic = envelope_.automatic,
            .sender = ReversePath(),
            .author = author,
            .target = target,
            .exchangers = {}};
  }

  // Takes from the bounds if it is allowed. The DNS is asked only if all else
  // says yes.
  bool MayBeSent(policy::AutomaticMail& question) const {
    policy::GovernorAnswer answer =
        snapshot_.governor->Decide(question, now_, false);
    if (answer.allowed()) {
      question.exchangers =
          ExchangersOf(question.target, routing_, parts_.resolver);
      answer = snapshot_.governor->Decide(question, now_);
    }
    if (!answer.allowed()) RecordNo(question.kind, answer.ToDecision(question));
    return answer.allowed();
  }

  // ---- Absence notices

  void Notice(const Address& mailbox) {
    if (!absences_.HasAny(mailbox)) return;
    const auto found = absences_.Find(mailbox);
    if (!found.ok()) return RecordFault(found.status());
    if (!*found) return;
    const autoreply::AbsenceSettings& absence = **found;
    const bool inside =
        envelope_.sender_is_ours && !envelope_.sender.IsNull() &&
        routing_.router.IsLocal(ForwardPath(*envelope_.sender.address()));
    const std::vector<Address> own = snapshot_.own_addresses.Of(mailbox);
    const autoreply::AbsenceDecision decided =
        snapshot_.responder->Decide({.header = &header_,
                                     .settings = &absence,
                                     .sender = envelope_.sender,
                                     .own_addresses = own,
                                     .separators = Separators(mailbox),
                                     .sender_is_inside = inside},
                                    now_);
    if (!decided.answer) {
      return RecordNo(AutomaticKind::kAbsenceNotice, decided.decision);
    }
    const Address& target = *envelope_.sender.address();
    policy::AutomaticMail question =
        Question(AutomaticKind::kAbsenceNotice, mailbox, target);
    if (!MayBeSent(question)) return;
    const autoreply::ReplyKey key = AbsenceReplyKey(absence, target);
    if (!IsFirst(key, absence.Period(now_), question)) return;
    spool::MessageWriter writer = parts_.spool->NewMessage();
    Finish(question, key, std::move(writer), [&](const std::string& unique) {
      return autoreply::BuildAbsenceNotice({.settings = &absence,
                                            .original = &header_,
                                            .target = target,
                                            .sender_is_inside = inside,
                                            .unique = unique},
                                           now_);
    });
  }

  // ---- Receipts

  void Receipt(const Address& mailbox, const spool::Recipient& recipient) {
    const std::vector<Address> own = snapshot_.own_addresses.Of(mailbox);
    const autoreply::ReceiptDecision decided =
        snapshot_.receipts->Decide({.header = &header_,
                                    .sender = envelope_.sender,
                                    .mailbox = mailbox,
                                    .own_addresses = own,
                                    .separators = Separators(mailbox)});
    if (!decided.answer) {
      // That nobody asked for one is no news.
      if (decided.decision.rule != &autoreply::kReceiptNotAsked) {
        RecordNo(AutomaticKind::kReceipt, decided.decision);
      }
      return;
    }
    const Address& target = *envelope_.sender.address();
    policy::AutomaticMail question =
        Question(AutomaticKind::kReceipt, mailbox, target);
    if (!MayBeSent(question)) return;
    const autoreply::ReplyKey key =
        autoreply::ReceiptReplyKey(mailbox, decided.message_id);
    if (!IsFirst(key, kReceiptMemory, question)) return;
    const smtp::RcptParameters& parameters = recipient.parameters;
    Finish(question, key, parts_.spool->NewMessage(),
           [&](const std::string& unique) {
             return autoreply::BuildReceipt(
                 {.original = &header_,
                  .mailbox = mailbox,
                  .target = target,
                  .unique = unique,
                  .original_recipient =
                      parameters.original_type.empty()
                          ? ""
                          : absl::StrCat(parameters.original_type, ";",
                                         parameters.original_recipient)},
                 now_);
           });
  }

  // ---- What both have in common

  bool IsFirst(const autoreply::ReplyKey& key, absl::Duration period,
               const policy::AutomaticMail& question) const {
    const absl::StatusOr<Remembered> remembered =
        memory_.Remember(key, now_, period);
    if (remembered.ok() && *remembered == Remembered::kFirst) return true;
    snapshot_.governor->Return(question, now_);
    if (!remembered.ok()) {
      RecordFault(remembered.status());
    } else {
      RecordNo(question.kind,
               {.verdict = policy::Verdict::kRefuse,
                .reply = smtp::Reply(550, {5, 7, 1}, "Not answered again"),
                .rule = *remembered == Remembered::kFull ? &kMemoryFull
                                                         : &kAnsweredAlready});
    }
    return false;
  }

  template <typename Build>
  void Finish(const policy::AutomaticMail& question,
              const autoreply::ReplyKey& key, spool::MessageWriter writer,
              Build build) {
    const absl::StatusOr<autoreply::AutomaticMessage> built =
        build(writer.id().ToString());
    absl::Status status =
        built.ok() ? writer.Append(built->content) : built.status();
    if (status.ok()) {
      spool::Envelope envelope = OwnEnvelope(now_, parts_.hostname);
      envelope.parameters.smtputf8 = built->needs_smtputf8;
      envelope.has_8bit = built->has_8bit;
      envelope.headers_utf8 = built->has_8bit;
      envelope.message_id =
          message::MessageIdOf(message::HeaderScanner(built->content));
      spool::Recipient recipient = OwnRecipient(question.target);
      // What answers local-only mail stays inside as well (R3).
      recipient.local_only = IsLocalOnly();
      envelope.recipients.push_back(std::move(recipient));
      status =
          Store({.envelope = std::move(envelope), .content = std::move(writer)},
                question);
    }
    if (status.ok()) return;
    snapshot_.governor->Return(question, now_);
    (void)memory_.Forget(key);
    RecordFault(status);
  }

  absl::string_view Separators(const Address& mailbox) const {
    return routing_.names.SeparatorsOf(mailbox);
  }

  bool IsLocalOnly() const {
    return std::any_of(envelope_.recipients.begin(), envelope_.recipients.end(),
                       [](const spool::Recipient& r) { return r.local_only; });
  }

  // ---- Forwards

  void Forward(const Address& mailbox, const spool::Recipient& from) {
    const std::vector<Address>& targets = snapshot_.forwards.Find(mailbox);
    if (targets.empty()) return;
    if (header_.WasDeliveredTo(mailbox)) {
      return RecordForwardNo(mailbox, kForwardLoop);
    }
    const autoreply::Srs* srs = routing_.srs.get();
    absl::StatusOr<ReversePath> sender =
        srs == nullptr ? absl::FailedPreconditionError("there is no secret")
                       : srs->Forward(envelope_.sender, now_);
    if (!sender.ok()) return RecordFault(sender.status());
    spool::Envelope envelope = OwnEnvelope(now_, parts_.hostname);
    std::vector<policy::AutomaticMail> asked;
    for (const Address& target : targets) {
      if (from.local_only && !routing_.router.IsLocal(ForwardPath(target))) {
        RecordForwardNo(target, kForwardLocalOnly);
        continue;
      }
      policy::AutomaticMail question =
          Question(AutomaticKind::kForward, mailbox, target);
      question.sender = *sender;
      if (!MayBeSent(question)) continue;
      asked.push_back(std::move(question));
      envelope.recipients.push_back(OwnRecipient(target));
    }
    if (asked.empty()) return;
    envelope.sender = *std::move(sender);
    const absl::Status status =
        StoreForward(mailbox, from.local_only, std::move(envelope), asked);
    if (status.ok()) return;
    for (const policy::AutomaticMail& question : asked) {
      snapshot_.governor->Return(question, now_);
    }
    RecordFault(status);
  }

  absl::Status StoreForward(const Address& mailbox, bool local_only,
                            spool::Envelope envelope,
                            const std::vector<policy::AutomaticMail>& asked) {
    envelope.parameters.body = envelope_.parameters.body;
    envelope.parameters.smtputf8 = envelope_.parameters.smtputf8;
    envelope.has_8bit = envelope_.has_8bit;
    envelope.headers_utf8 = envelope_.headers_utf8;
    envelope.message_id = envelope_.message_id;
    envelope.verdict = envelope_.verdict;
    envelope.scan_report = envelope_.scan_report;
    absl::StatusOr<Addressees> to = FindAddressees(routing_, envelope);
    if (!to.ok()) return to.status();
    envelope.recipients = std::move(to->recipients);
    for (spool::Recipient& recipient : envelope.recipients) {
      // As the mail was, not as we are: what came from outside may leave again.
      recipient.local_only = local_only;
    }
    spool::MessageWriter writer = parts_.spool->NewMessage();
    absl::Status status = CopyContent(mailbox, writer);
    if (!status.ok()) return status;
    spool::Submission submission = {.envelope = std::move(envelope),
                                    .content = std::move(writer)};
    if (!mail_.progress.changes.empty()) {
      submission.progress.push_back(mail_.progress);
    }
    return Store(std::move(submission), asked[0]);
  }

  // The message as it came, unaltered (a DKIM signature survives), behind the
  // field by which a loop is known; without our verdict, which is nobody
  // else's.
  absl::Status CopyContent(const Address& mailbox,
                           spool::MessageWriter& writer) const {
    const spool::Envelope without_fields;
    auto reader = parts_.spool->OpenContent(mail_.id, &without_fields);
    if (!reader.ok()) return reader.status();
    std::string fields = message::DeliveredToField(mailbox);
    absl::Status status;
    while (status.ok()) {
      const absl::StatusOr<absl::string_view> piece = (*reader)->Next();
      if (!piece.ok()) return piece.status();
      if (!fields.empty() && message::NeedsEmptyLineBefore(*piece)) {
        fields += "\r\n";
      }
      if (!fields.empty()) status = writer.Append(std::exchange(fields, ""));
      if (piece->empty()) break;
      if (status.ok()) status = writer.Append(*piece);
    }
    return status.ok() ? writer.Finish() : status;
  }

  // ---- The spool and the log

  absl::Status Store(spool::Submission submission,
                     const policy::AutomaticMail& question) const {
    const std::string id = submission.content.id().ToString();
    std::promise<absl::Status> stored;
    parts_.writer->Submit(std::move(submission),
                          [&stored](const absl::StatusOr<spool::QueueId>& r) {
                            stored.set_value(r.status());
                          });
    absl::Status status = stored.get_future().get();
    if (!status.ok()) return status;
    ++parts_.stats->automatic;
    parts_.events->Record(Event(events::kAutomaticSent, now_)
                              .With("id", id)
                              .With("kind", AutomaticKindName(question.kind))
                              .With("because", mail_.id.ToString())
                              .With("author", question.author.ToString())
                              .With("to", question.target.ToString()));
    parts_.wake();
    return absl::OkStatus();
  }

  void RecordForwardNo(const Address& target, const Rule& rule) const {
    RecordNo(AutomaticKind::kForward,
             {.verdict = policy::Verdict::kRefuse,
              .reply = smtp::Reply(550, {5, 7, 1}, "Not forwarded"),
              .rule = &rule,
              .inputs = {{"target", target.ToString()}}});
  }

  void RecordNo(AutomaticKind kind, const policy::Decision& decision) const {
    parts_.events->Record(Event(events::kAutomaticNotSent, now_)
                              .With("because", mail_.id.ToString())
                              .With("kind", AutomaticKindName(kind))
                              .With("sender", envelope_.sender.ToString())
                              .With("rule", decision.rule->name)
                              .With("source", decision.rule->source)
                              .With("otherwise", decision.otherwise()));
  }

  void RecordFault(const absl::Status& status) const {
    parts_.events->Record(Event(events::kAutomaticFault, now_)
                              .With("because", mail_.id.ToString())
                              .With("error", status.message()));
  }

  // A receipt is asked for once; so long a second copy may be under way. Ours.
  static constexpr absl::Duration kReceiptMemory = absl::Hours(24 * 30);

  const Parts& parts_;
  Absences& absences_;
  autoreply::ReplyMemory& memory_;
  const Snapshot& snapshot_;
  const Routing& routing_;
  const ArrivedMail& mail_;
  const spool::Envelope& envelope_;
  const std::shared_ptr<const std::string> head_;
  const message::HeaderScanner header_;
  const absl::Time now_;
};

// ---------------------------------------------------------------------------
// AutomaticSender

bool AutomaticSender::Concerns(const spool::Envelope& envelope,
                               const std::vector<size_t>& recipients) const {
  if (recipients.empty()) return false;
  const std::shared_ptr<const Snapshot> snapshot = current_->Get();
  if (snapshot->settings.automatic.off) return false;
  if (snapshot->settings.automatic.receipts) return true;
  return std::any_of(
      recipients.begin(), recipients.end(), [&](size_t recipient) {
        const std::optional<Address> mailbox =
            snapshot->routing->OwnerOf(envelope.recipients[recipient].path);
        return mailbox && (absences_->HasAny(*mailbox) ||
                           !snapshot->forwards.Find(*mailbox).empty());
      });
}

void AutomaticSender::Send(const ArrivedMail& mail) const {
  const std::shared_ptr<const Snapshot> snapshot = current_->Get();
  std::shared_ptr<const std::string> head = mail.content;
  if (head == nullptr) {
    head = LoadContent(*parts_->spool, mail.id, *mail.envelope, kHeadOctets);
  }
  if (head == nullptr) return;  // Whoever reads it next says so.
  Sending sending(*this, *snapshot, mail, std::move(head));
  for (const size_t recipient : mail.recipients) {
    sending.SendFor(mail.envelope->recipients[recipient]);
  }
}

}  // namespace mailsec::server
