#include "mailcore/message/trace_field.h"

#include <cstddef>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "mailcore/address/domain.h"
#include "mailcore/base/log_safe.h"
#include "mailcore/message/date_time.h"

namespace mailsec::message {
namespace {

using address::AddressLiteral;
using address::Domain;

constexpr size_t kFoldAtOctets = 78;      // RFC 5322, 2.1.1, without the CRLF.
constexpr size_t kMaxCommentOctets = 64;  // Shown of a bad HELO. Ours.
constexpr size_t kMaxIdOctets = 64;       // Ours.

// The domain or address literal that `text` is, in its canonical form.
std::optional<std::string> HostName(absl::string_view text) {
  const absl::StatusOr<Domain> domain = Domain::Parse(text);
  if (domain.ok()) return domain->ascii();
  const absl::StatusOr<AddressLiteral> literal = AddressLiteral::Parse(text);
  if (literal.ok()) return literal->ToString();
  return std::nullopt;
}

// `text` as the inside of a comment: printable, without what has a meaning
// there (RFC 5322, 3.2.2).
std::string CommentText(absl::string_view text) {
  std::string out = base::PrintableAscii(text, kMaxCommentOctets);
  for (char& c : out) {
    if (c == '(' || c == ')' || c == '\\') c = '?';
  }
  return out;
}

// What of `id` may stand in an atom (RFC 5322, 3.2.3), without the rarer ones.
std::string AtomText(absl::string_view id) {
  std::string out;
  for (const char c : id.substr(0, kMaxIdOctets)) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' ||
        c == '_') {
      out += c;
    }
  }
  return out;
}

// Writes a field word by word, and folds it before a word that would not fit.
class FieldWriter {
 public:
  explicit FieldWriter(absl::string_view name)
      : out_(absl::StrCat(name, ":")), column_(out_.size()) {}

  void NewLine() {
    out_ += "\r\n\t";
    column_ = 1;
    line_is_empty_ = true;
  }

  void Word(absl::string_view word) {
    if (!line_is_empty_ && column_ + 1 + word.size() > kFoldAtOctets) NewLine();
    if (!line_is_empty_) out_ += ' ';
    column_ += word.size() + (line_is_empty_ ? 0 : 1);
    absl::StrAppend(&out_, word);
    line_is_empty_ = false;
  }

  void Words(const std::vector<std::string>& words) {
    for (const std::string& word : words) Word(word);
  }

  std::string Finish() && { return std::move(out_) + "\r\n"; }

 private:
  std::string out_;
  size_t column_;  // Octets on this line so far; the tab counts as one.
  bool line_is_empty_ = false;
};

// RFC 5321, 4.4:
//   From-domain     = "FROM" FWS Extended-address::Domain
//   Extended-address::Domain = address::Domain / ( address::Domain FWS "("
//   TCP-info ")" ) /
//                     ( address-literal FWS "(" TCP-info ")" )
//   TCP-info        = address-literal / ( address::Domain FWS address-literal )
std::vector<std::string> FromClause(const TraceField& trace) {
  const std::string literal = AddressLiteral(trace.client_ip).ToString();
  const std::optional<std::string> helo = HostName(trace.helo);
  const std::optional<std::string> name = HostName(trace.client_name);
  std::vector<std::string> words = {"from", helo.value_or(literal)};
  if (name) {
    words.push_back(absl::StrCat("(", *name));
    words.push_back(absl::StrCat(literal, ")"));
  } else {
    words.push_back(absl::StrCat("(", literal, ")"));
  }
  if (!helo && !trace.helo.empty()) {
    words.push_back(absl::StrCat("(HELO ", CommentText(trace.helo), ")"));
  }
  return words;
}

}  // namespace

std::string TraceField::Protocol() const {
  std::string protocol;
  if (lmtp) {
    protocol = smtputf8 ? "UTF8LMTP" : "LMTP";
  } else if (smtputf8) {
    protocol = "UTF8SMTP";
  } else {
    // TLS and AUTH are extensions, and "SMTPS" is no registered keyword.
    protocol = extended || secured || authenticated ? "ESMTP" : "SMTP";
  }
  if (secured) protocol += 'S';
  if (authenticated) protocol += 'A';
  return protocol;
}

// RFC 5321, 4.4:
//   Time-stamp-line = "Received:" FWS Stamp <CRLF>
//   Stamp           = From-domain By-domain Opt-info [CFWS] ";" FWS date-time
//   By-domain       = CFWS "BY" FWS Extended-address::Domain
//   Opt-info        = [Via] [With] [ID] [For] [Additional-Registered-Clauses]
std::string TraceField::ToReceived() const {
  FieldWriter field("Received");
  field.Words(FromClause(*this));
  const bool has_for = recipient && (smtputf8 || !recipient->needs_smtputf8());
  const std::string id = AtomText(queue_id);
  std::vector<std::string> by = {"by", HostName(own_name).value_or("localhost"),
                                 "with", Protocol()};
  if (!id.empty()) by.insert(by.end(), {"id", id});
  if (!has_for) by.back() += ';';
  field.NewLine();
  field.Words(by);
  field.NewLine();
  if (has_for) {
    field.Words({"for", absl::StrCat("<", recipient->ToString(), ">;")});
  }
  field.Word(FormatDateTime(time));
  return std::move(field).Finish();
}

// RFC 5321, 4.4: Return-path-line = "Return-Path:" FWS Reverse-path <CRLF>
std::string ReturnPathField(const address::ReversePath& sender) {
  return absl::StrCat("Return-Path: ", sender.ToString(), "\r\n");
}

std::string DeliveredToField(const address::Address& mailbox) {
  return absl::StrCat("Delivered-To: ", mailbox.ToString(), "\r\n");
}

}  // namespace mailsec::message
