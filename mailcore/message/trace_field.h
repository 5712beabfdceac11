// trace_field.h: how do we say that a message came through us?
//
// Each server that takes a message puts a Received field in front of it (RFC
// 5321, 4.4); the one that delivers it adds Return-Path and Delivered-To.
// Nothing that the peer said can end a field or begin another: what is not a
// domain or an address literal is shown in a comment, and made printable.
//
//   TraceField trace = {.helo = helo, .client_ip = peer,
//                       .own_name = "mx.example.org", .extended = true,
//                       .queue_id = id, .time = clock.Now()};
//   std::string whole = InFront(trace.ToReceived(), content);
//
// InFront() (in_front.h) sees to it that the content does not go on with the
// field.

#ifndef MAILCORE_MESSAGE_TRACE_FIELD_H_
#define MAILCORE_MESSAGE_TRACE_FIELD_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mailcore/address/address.h"
#include "mailcore/address/path.h"
#include "mailcore/ip/ip_address.h"

namespace mailsec::message {

// What a Received field says. Thread safety: a value.
struct TraceField {
  std::string helo = {};         // As the peer named itself.
  ip::IpAddress client_ip = {};  // The peer of the TCP connection.
  std::string client_name = {};  // From the DNS, if forward and reverse agree.
  std::string own_name = {};     // Our host name.
  bool lmtp = false;
  bool extended = false;       // EHLO and not HELO.
  bool secured = false;        // By TLS.
  bool authenticated = false;  // By SMTP AUTH.
  bool smtputf8 = false;       // Asked for by MAIL (RFC 6531).
  std::string queue_id = {};
  // The only recipient of the transaction. With several, leave it empty: a
  // "for" clause would tell one recipient of another (RFC 5321, 7.2).
  std::optional<address::Address> recipient = std::nullopt;
  absl::Time time = absl::UnixEpoch();

  // The keyword of the "with" clause: "ESMTPS" (RFC 3848, RFC 6531, 4.3).
  std::string Protocol() const;

  // The whole field with its CRLF. Lines are folded at 78 octets where they
  // can be, and never exceed 998 (RFC 5322, 2.1.1). Printable ASCII, and UTF-8
  // only if `smtputf8`.
  std::string ToReceived() const;
};

// The fields of final delivery, each with its CRLF (RFC 5321, 4.4; RFC 9228).
// Delivered-To is what HeaderScanner::WasDeliveredTo() looks for.
// Thread safety: pure functions.
std::string ReturnPathField(const address::ReversePath& sender);
std::string DeliveredToField(const address::Address& mailbox);

}  // namespace mailsec::message

#endif  // MAILCORE_MESSAGE_TRACE_FIELD_H_
