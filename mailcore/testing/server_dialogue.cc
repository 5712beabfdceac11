// Plays a dialogue against a ServerSession. Orders, all but the first four to
// be met at their place:
//
//   -- option NAME VALUE       before anything is said; SetOption() has them
//   -- answer EVENT REPLY      to the next such event: hello mail rcpt data end
//                              starttls auth response; else a fitting 2yz or
//                              354
//   -- at_once                 what follows comes as written, also where the
//                              octets come singly otherwise
//   -- tls | hangup | refuse REPLY
//   -- stored OCTETS           the last message that came whole
//   -- messages N              came whole so far
//   -- aborted WORDS           a transaction, with these words as the reason
//   -- closed WORDS            the session, likewise

#include <map>
#include <optional>
#include <variant>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "mailcore/base/log_safe.h"
#include "mailcore/smtp/reply_parser.h"
#include "mailcore/smtp/server_session.h"
#include "mailcore/testing/dialogue.h"

namespace mailsec {
namespace {

using base::LogSafe;
using smtp::Reply;

// "550 5.1.1 No such user", as written in an order.
Reply ReadReply(absl::string_view text) {
  smtp::ReplyParser parser(4096);
  parser.Append(absl::StrCat(text, "\r\n"));
  return parser.Next().reply.value_or(Reply(421, "unreadable reply"));
}

bool SetOption(absl::string_view name, absl::string_view value,
               smtp::ServerOptions& options) {
  uint64_t number = 0;
  (void)absl::SimpleAtoi(value, &number);
  smtp::ServerLimits& limits = options.limits;
  if (name == "lmtp") {
    options.protocol = smtp::Protocol::kLmtp;
  } else if (name == "normalise") {
    options.line_ends = smtp::LineEndPolicy::kNormalise;
  } else if (name == "prdr") {
    options.offer_prdr = true;
  } else if (name == "starttls") {
    options.offer_starttls = true;
  } else if (name == "auth") {
    options.auth_mechanisms.emplace_back(value);
  } else if (name == "out_of_turn") {
    options.out_of_turn = value == "note" ? smtp::OutOfTurnPolicy::kNote
                                          : smtp::OutOfTurnPolicy::kRefuse;
  } else if (name == "max_message_octets") {
    limits.max_message_octets = number;
  } else if (name == "max_header_octets") {
    limits.max_header_octets = number;
  } else if (name == "max_text_line_octets") {
    limits.max_text_line_octets = number;
  } else if (name == "max_recipients") {
    limits.max_recipients = number;
  } else if (name == "max_bad_commands") {
    limits.max_bad_commands = number;
  } else if (name == "max_idle_commands") {
    limits.max_idle_commands = number;
  } else if (name == "max_messages") {
    limits.max_messages = number;
  } else {
    return false;
  }
  return true;
}

class ServerPlayer {
 public:
  explicit ServerPlayer(bool octet_by_octet)
      : octet_by_octet_(octet_by_octet), replies_(1 << 20) {
    options_.hostname = "mx.example.org";
  }

  std::vector<std::string> Play(const std::vector<DialogueLine>& lines) {
    for (const DialogueLine& line : lines) {
      line_ = &line;
      switch (line.kind) {
        case DialogueLine::Kind::kClient:
          Send(line.raw ? line.text : line.text + "\r\n");
          break;
        case DialogueLine::Kind::kServer:
          Expect(line.text);
          break;
        case DialogueLine::Kind::kOrder:
          Order(line.text);
          break;
      }
    }
    Session();
    if (replies_.Next().reply) Differ("a reply more than was written");
    return std::move(differences_);
  }

 private:
  smtp::ServerSession& Session() {
    if (!session_) {
      session_.emplace(options_);
      Pump();
    }
    return *session_;
  }

  void Differ(absl::string_view what) {
    differences_.push_back(
        absl::StrCat("line ", line_ ? line_->number : 0, ": ", what));
  }

  void Send(absl::string_view octets) {
    Session();
    const size_t step = octet_by_octet_ && !at_once_ ? 1 : octets.size();
    for (; !octets.empty(); octets.remove_prefix(step)) {
      session_->Receive(octets.substr(0, step));
      Pump();
    }
  }

  void Expect(absl::string_view want) {
    Session();
    const auto reply = replies_.Next().reply;
    if (!reply) return Differ("no reply came");
    const std::string got = reply->ToString();
    if (!absl::StartsWith(got, want.substr(0, 3)) ||
        !absl::StrContains(got, want.substr(want.size() > 3 ? 4 : 3))) {
      Differ(absl::StrCat("the reply was \"", LogSafe(got), "\""));
    }
  }

  void Order(absl::string_view text) {
    const std::pair<absl::string_view, absl::string_view> words =
        absl::StrSplit(text, absl::MaxSplits(' ', 1));
    const auto& [word, rest] = words;
    if (word == "option") {
      const std::pair<absl::string_view, absl::string_view> option =
          absl::StrSplit(rest, absl::MaxSplits(' ', 1));
      if (session_ || !SetOption(option.first, option.second, options_)) {
        Differ("no such option, or too late");
      }
    } else if (word == "answer") {
      const std::pair<std::string, std::string> answer =
          absl::StrSplit(rest, absl::MaxSplits(' ', 1));
      answers_[answer.first].push_back(ReadReply(answer.second));
    } else if (word == "at_once") {
      at_once_ = true;
    } else if (word == "tls") {
      Session().TlsEstablished();
    } else if (word == "hangup") {
      Session().Receive("");
      Pump();
    } else if (word == "refuse") {
      if (!session_) session_.emplace(options_);
      session_->Refuse(ReadReply(rest));
      Pump();
    } else {
      Check(word, rest);
    }
  }

  void Check(absl::string_view word, absl::string_view rest) {
    Session();
    if (word == "stored") {
      if (stored_ != rest) {
        Differ(absl::StrCat("stored was \"", LogSafe(stored_), "\""));
      }
    } else if (word == "messages") {
      if (absl::StrCat(messages_) != rest) {
        Differ(absl::StrCat(messages_, " messages"));
      }
    } else if (word == "aborted") {
      if (!absl::StrContains(aborted_, rest) || aborted_.empty()) {
        Differ(absl::StrCat("aborted: \"", aborted_, "\""));
      }
      aborted_.clear();
    } else if (word == "closed") {
      if (!closed_ || !absl::StrContains(*closed_, rest)) {
        Differ(absl::StrCat("closed: \"", closed_.value_or("not"), "\""));
      }
    } else {
      Differ("no such order");
    }
  }

  Reply Answer(const std::string& event, const Reply& usual) {
    auto& queue = answers_[event];
    if (queue.empty()) return usual;
    const Reply reply = queue.front();
    queue.erase(queue.begin());
    return reply;
  }

  void Respond(const std::string& event, const Reply& usual) {
    if (!session_->Respond(Answer(event, usual)).ok()) {
      Differ("the session did not want a reply");
    }
  }

  // Answers events until the session wants input or is at its end.
  void Pump() {
    for (;;) {
      const smtp::ServerEvent event = session_->NextEvent();
      TakeOutput();
      if (std::holds_alternative<smtp::NeedInput>(event)) break;
      if (const auto* closed = std::get_if<smtp::Closed>(&event)) {
        closed_ = closed->reason;
        break;
      }
      Handle(event);
    }
    if (session_->buffered_octets() > 12288) Differ("too much is buffered");
  }

  void Handle(const smtp::ServerEvent& event) {
    const Reply ok(250, {2, 0, 0}, "OK");
    if (std::holds_alternative<smtp::Hello>(event)) {
      Respond("hello", ok);
    } else if (std::holds_alternative<smtp::MailFrom>(event)) {
      Respond("mail", ok);
    } else if (std::holds_alternative<smtp::RcptTo>(event)) {
      Respond("rcpt", ok);
    } else if (std::holds_alternative<smtp::DataBegin>(event)) {
      content_.clear();
      Respond("data", Reply(354, "Go on"));
    } else if (const auto* chunk = std::get_if<smtp::DataChunk>(&event)) {
      absl::StrAppend(&content_, chunk->octets);
    } else if (std::holds_alternative<smtp::DataEnd>(event)) {
      stored_ = content_;
      ++messages_;
      Respond("end", ok);
    } else if (std::holds_alternative<smtp::ReplyOwed>(event)) {
      Respond("end", ok);  // LMTP: one more for the same content.
    } else if (std::holds_alternative<smtp::StartTls>(event)) {
      Respond("starttls", Reply(220, {2, 0, 0}, "Go on"));
    } else if (std::holds_alternative<smtp::Auth>(event)) {
      Respond("auth", Reply(235, {2, 7, 0}, "OK"));
    } else if (std::holds_alternative<smtp::AuthResponse>(event)) {
      Respond("response", Reply(235, {2, 7, 0}, "OK"));
    } else if (const auto* gone =
                   std::get_if<smtp::TransactionAborted>(&event)) {
      aborted_ = gone->reason;
    }
    TakeOutput();
  }

  // RFC 5321, 2.3.8 and 4.5.3.1.5 hold for all that we say.
  void TakeOutput() {
    const std::string out = session_->TakeOutput();
    for (absl::string_view line : absl::StrSplit(out, "\r\n")) {
      if (line.size() > 510) Differ("a reply line is too long");
      if (line.find_first_of("\r\n") != absl::string_view::npos) {
        Differ("a bare CR or LF went out");
      }
    }
    replies_.Append(out);
  }

  const bool octet_by_octet_;
  bool at_once_ = false;
  smtp::ServerOptions options_;
  std::optional<smtp::ServerSession> session_;
  smtp::ReplyParser replies_;
  const DialogueLine* line_ = nullptr;
  std::map<std::string, std::vector<Reply>> answers_;
  std::string content_;
  std::string stored_;
  int messages_ = 0;
  std::string aborted_;
  std::optional<std::string> closed_;
  std::vector<std::string> differences_;
};

}  // namespace

std::vector<std::string> PlayServerDialogue(absl::string_view text,
                                            bool octet_by_octet) {
  return ServerPlayer(octet_by_octet).Play(ParseDialogue(text));
}

}  // namespace mailsec
