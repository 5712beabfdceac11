#include "mailcore/server/receive/arriving_message.h"

#include <cstdint>
#include <utility>

#include "absl/strings/match.h"
#include "mailcore/message/header_scanner.h"
#include "mailcore/message/in_front.h"
#include "mailcore/message/message_id.h"
#include "mailcore/message/missing_fields.h"
#include "mailcore/message/trace_field.h"

namespace mailsec::server {
namespace {

using message::FieldRemover;

// Longer content is written to a file as it comes, which may block. Ours.
constexpr uint64_t kInlineOctets = 1 << 20;

// As much of the header section is looked at. ServerLimits bounds it too.
constexpr size_t kMaxHeadOctets = 1 << 20;

// RFC 5321, 6.3: at least 100.
constexpr size_t kMaxHops = 100;

message::TraceField TraceOf(const spool::Envelope& envelope,
                            const SessionInfo& session,
                            const std::string& hostname, spool::QueueId id) {
  message::TraceField trace = {
      .helo = session.client_name,
      .client_ip = session.client,
      .own_name = hostname,
      .lmtp = session.protocol == smtp::Protocol::kLmtp,
      .extended = session.extended,
      .secured = session.secured,
      .authenticated = session.authenticated,
      .smtputf8 = envelope.parameters.smtputf8,
      .queue_id = id.ToString(),
      .time = envelope.received};
  if (envelope.recipients.size() == 1 &&
      envelope.recipients[0].path.address() != nullptr) {
    trace.recipient = *envelope.recipients[0].path.address();
  }
  return trace;
}

}  // namespace

ArrivingMessage::ArrivingMessage(smtp::MailFrom mail) {
  envelope_.sender = std::move(mail.path);
  envelope_.parameters = std::move(mail.parameters);
}

void ArrivingMessage::AddRecipient(smtp::RcptTo rcpt, absl::string_view rule) {
  envelope_.recipients.push_back({.path = std::move(rcpt.path),
                                  .parameters = std::move(rcpt.parameters),
                                  .last_reply = {},
                                  .belief = std::string(rule)});
}

void ArrivingMessage::BeginContent(spool::MessageWriter content,
                                   const SessionInfo& session,
                                   const Origin& origin) {
  envelope_.received = origin.now;
  envelope_.client = session.client;
  envelope_.client_name = session.client_name;
  envelope_.authenticated_user = session.user;
  remover_.emplace(FieldRemover::Options{.names = origin.removed_fields});
  if (origin.adds_missing_fields) hostname_ = origin.hostname;
  content_.emplace(std::move(content));
  const message::TraceField trace =
      TraceOf(envelope_, session, origin.hostname, content_->id());
  envelope_.protocol = trace.Protocol();
  Fail(content_->Append(trace.ToReceived()));
}

void ArrivingMessage::Append(absl::string_view octets) {
  if (!status_.ok()) return;
  if (remover_->in_body()) return Store(octets);
  std::string kept;
  remover_->Feed(octets, [&](absl::string_view piece) {
    kept.append(piece.data(), piece.size());
  });
  Store(kept);
}

void ArrivingMessage::EndContent(bool has_8bit) {
  // A header section without an end may be held back still.
  remover_->Finish([this](absl::string_view rest) { Store(rest); });
  WriteHeld();
  const message::HeaderScanner header(head_);
  envelope_.has_8bit = has_8bit;
  envelope_.headers_utf8 = header.has_8bit();
  // Each hop adds at most one of both kinds.
  hops_ = std::max(header.hops(), header.Count("Delivered-To"));
}

void ArrivingMessage::Store(absl::string_view octets) {
  // It must not go on with our Received field.
  if (head_.empty() && message::NeedsEmptyLineBefore(octets)) {
    GatherHead("\r\n");
    Write("\r\n");
  }
  GatherHead(octets);
  Write(octets);
}

void ArrivingMessage::Write(absl::string_view octets) {
  if (hostname_.empty()) {
    if (status_.ok()) Fail(content_->Append(octets));
    return;
  }
  held_.append(octets.data(), octets.size());
  if (head_is_whole_) WriteHeld();
}

// The missing fields follow our Received field, and stand before all that the
// client wrote.
void ArrivingMessage::WriteHeld() {
  if (hostname_.empty()) return;
  message::MissingFields missing = message::FindMissingFields(
      message::HeaderScanner(head_), envelope_.received,
      message::NewMessageId("msg", content_->id().ToString(), hostname_));
  hostname_.clear();
  added_ = std::move(missing.names);
  head_.insert(0, missing.fields);
  if (status_.ok()) Fail(content_->Append(missing.fields));
  if (status_.ok()) Fail(content_->Append(std::exchange(held_, "")));
}

void ArrivingMessage::GatherHead(absl::string_view octets) {
  if (head_is_whole_) return;
  constexpr absl::string_view kEnd = "\r\n\r\n";
  const size_t from = head_.size() < kEnd.size() ? 0 : head_.size() - 3;
  const size_t in_octets = octets.find(kEnd);
  if (in_octets != absl::string_view::npos) {
    octets = octets.substr(0, in_octets + kEnd.size());
  }
  head_.append(octets.data(), octets.size());
  if (absl::StartsWith(head_, "\r\n")) {  // There is none.
    head_.resize(2);
    head_is_whole_ = true;
    return;
  }
  // The end may stand across two pieces.
  const size_t end = head_.find(kEnd.data(), from, kEnd.size());
  if (end != std::string::npos) head_.resize(end + kEnd.size());
  head_is_whole_ = end != std::string::npos || head_.size() > kMaxHeadOctets;
}

bool ArrivingMessage::MayBlock(size_t octets) const {
  return status_.ok() &&
         content_->octets() + held_.size() + octets > kInlineOctets;
}

void ArrivingMessage::Finish() {
  if (status_.ok()) Fail(content_->Finish());
}

bool ArrivingMessage::IsLooping() const { return hops_ > kMaxHops; }

IncomingMessage ArrivingMessage::Take(bool answers_each) && {
  return {.envelope = std::move(envelope_),
          .content = *std::move(content_),
          .head = std::move(head_),
          .added = std::move(added_),
          .answers_each = answers_each};
}

}  // namespace mailsec::server
