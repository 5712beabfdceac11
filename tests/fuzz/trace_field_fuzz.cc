// LOG-02: whatever the peer says, a trace field is one field, in printable
// ASCII (and UTF-8 where SMTPUTF8 was asked for), with no line above 998
// octets.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "mailcore/base/utf8.h"
#include "mailcore/message/header_scanner.h"
#include "mailcore/message/trace_field.h"

namespace mailsec {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

void CheckOneField(const std::string& text, absl::string_view name,
                   bool may_have_utf8) {
  const std::string content = absl::StrCat(text, "Next: x\r\n\r\n");
  const message::HeaderScanner header(content);
  Require(header.field_count() == 2 && !header.has_other_lines());
  Require(header.fields()[0].name == name);
  Require(header.fields()[1].name == "Next");
  Require(base::IsValidUtf8(text) && (may_have_utf8 || base::IsAscii(text)));
  std::string rest = text;
  for (size_t end; (end = rest.find("\r\n")) != std::string::npos;) {
    const std::string line = rest.substr(0, end);
    rest.erase(0, end + 2);
    Require(line.size() <= 998);
    for (size_t i = 0; i < line.size(); ++i) {
      const auto octet = static_cast<uint8_t>(line[i]);
      Require(octet != 0x7F && (octet >= ' ' || (octet == '\t' && i == 0)));
    }
  }
  Require(rest.empty());
}

}  // namespace
}  // namespace mailsec

// The input is options, HELO name, client name, own name, queue id and
// recipient, parted by '|'.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<std::string> parts = absl::StrSplit(text, '|');
  parts.resize(6);
  mailsec::message::TraceField trace = {.helo = parts[1],
                                        .client_name = parts[2],
                                        .own_name = parts[3],
                                        .queue_id = parts[4]};
  for (const char option : parts[0]) {
    trace.lmtp |= option == 'l';
    trace.extended |= option == 'e';
    trace.secured |= option == 's';
    trace.authenticated |= option == 'a';
    trace.smtputf8 |= option == '8';
    if (option == '6')
      trace.client_ip = *mailsec::ip::IpAddress::Parse("2001:db8::1");
  }
  const absl::StatusOr<mailsec::address::Address> address =
      mailsec::address::Address::Parse(parts[5]);
  if (address.ok()) {
    trace.recipient = *address;
    mailsec::CheckOneField(mailsec::message::DeliveredToField(*address),
                           "Delivered-To", true);
    mailsec::CheckOneField(mailsec::message::ReturnPathField(
                               mailsec::address::ReversePath(*address)),
                           "Return-Path", true);
  }
  mailsec::CheckOneField(trace.ToReceived(), "Received", trace.smtputf8);
  return 0;
}
