// Plays a dialogue against a ClientSession. Orders:
//
//   -- option lmtp | utf8 | 8bit | binary | size N   of what is sent next
//   -- send SENDER RECIPIENT…  once the session is ready
//   -- content OCTETS          given as soon as it is wanted, then its end
//   -- piece OCTETS            given now, and more will follow
//   -- quit | hangup | timeout | abandon
//   -- outcome N CODE WORDS    of recipient N (from 1), "peer" or "us" and the
//                              stage after the reply: "550 5.1.1 peer rcpt";
//                              and of-mail, of-host or unclear (About)
//   -- done N                  transactions so far
//   -- closed WORDS            with these in its reply; "clean" after our QUIT

#include <optional>
#include <variant>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "mailcore/base/log_safe.h"
#include "mailcore/smtp/client_session.h"
#include "mailcore/testing/dialogue.h"

namespace mailsec {
namespace {

using base::LogSafe;
using smtp::RecipientOutcome;

absl::string_view AboutName(smtp::About about) {
  switch (about) {
    case smtp::About::kMail:
      return "of-mail";
    case smtp::About::kHost:
      return "of-host";
    case smtp::About::kUnclear:
      return "unclear";
  }
  return "";
}

std::string Describe(const RecipientOutcome& outcome) {
  return absl::StrCat(
      outcome.reply.ToString(), " ", outcome.from_peer ? "peer" : "us", " ",
      smtp::StageName(outcome.stage), " ", AboutName(outcome.about));
}

class ClientPlayer {
 public:
  explicit ClientPlayer(bool octet_by_octet) : octet_by_octet_(octet_by_octet) {
    options_.hostname = "client.example.org";
  }

  std::vector<std::string> Play(const std::vector<DialogueLine>& lines) {
    for (const DialogueLine& line : lines) {
      line_ = &line;
      switch (line.kind) {
        case DialogueLine::Kind::kClient:
          Expect(line.raw ? line.text : line.text + "\r\n");
          break;
        case DialogueLine::Kind::kServer:
          Receive(line.raw ? line.text : line.text + "\r\n");
          break;
        case DialogueLine::Kind::kOrder:
          Order(line.text);
          break;
      }
    }
    if (!out_.empty()) {
      Differ(absl::StrCat("more was said: \"", LogSafe(out_), "\""));
    }
    return std::move(differences_);
  }

 private:
  void Differ(absl::string_view what) {
    differences_.push_back(
        absl::StrCat("line ", line_ ? line_->number : 0, ": ", what));
  }

  smtp::ClientSession& Session() {
    if (!session_) session_.emplace(options_);
    return *session_;
  }

  void Receive(absl::string_view octets) {
    const size_t step = octet_by_octet_ ? 1 : octets.size();
    for (; !octets.empty(); octets.remove_prefix(step)) {
      Session().Receive(octets.substr(0, step));
      Pump();
    }
  }

  void Expect(absl::string_view want) {
    Pump();
    if (!absl::StartsWith(out_, want)) {
      Differ(absl::StrCat("the client said \"", LogSafe(out_), "\""));
      out_.clear();
      return;
    }
    out_.erase(0, want.size());
  }

  void Pump() {
    for (;;) {
      const smtp::ClientEvent event = Session().NextEvent();
      out_ += Session().TakeOutput();
      if (const auto* done = std::get_if<smtp::TransactionDone>(&event)) {
        outcomes_ = done->outcomes;
        ++done_;
        continue;
      }
      if (std::holds_alternative<smtp::ContentWanted>(event) && content_) {
        (void)Session().Content(*content_);
        (void)Session().ContentEnd();
        content_.reset();
        continue;
      }
      if (const auto* closed = std::get_if<smtp::ClientClosed>(&event)) {
        closed_ = absl::StrCat(closed->reply.ToString(),
                               closed->clean ? " clean" : "");
      }
      return;
    }
  }

  void Order(absl::string_view text) {
    const std::pair<absl::string_view, absl::string_view> words =
        absl::StrSplit(text, absl::MaxSplits(' ', 1));
    const auto& [word, rest] = words;
    if (word == "option") return Option(rest);
    if (word == "send") return Send(rest);
    if (word == "outcome") return Outcome(rest);
    if (word == "content") {
      content_ = std::string(rest);
    } else if (word == "piece") {
      if (!Session().Content(rest).ok()) Differ("no content is wanted");
    } else if (word == "quit") {
      Session().Quit();
    } else if (word == "hangup") {
      Session().Receive("");
    } else if (word == "timeout") {
      Session().TimedOut();
    } else if (word == "abandon") {
      Session().AbandonContent();
    } else if (word == "done") {
      if (absl::StrCat(done_) != rest) Differ(absl::StrCat(done_, " done"));
    } else if (word == "closed") {
      if (!closed_ || !absl::StrContains(*closed_, rest)) {
        Differ(absl::StrCat("closed: ", closed_.value_or("not")));
      }
    } else {
      Differ("no such order");
    }
    Pump();
  }

  void Option(absl::string_view text) {
    const std::vector<absl::string_view> words = absl::StrSplit(text, ' ');
    if (words[0] == "lmtp") {
      options_.protocol = smtp::Protocol::kLmtp;
    } else if (words[0] == "probe") {
      next_.probe = true;
    } else if (words[0] == "utf8") {
      next_.headers_utf8 = true;
    } else if (words[0] == "8bit") {
      next_.has_8bit = true;
    } else if (words[0] == "binary") {
      next_.parameters.body = smtp::BodyType::kBinaryMime;
    } else if (words[0] != "size" || words.size() != 2 ||
               !absl::SimpleAtoi(words[1], &next_.parameters.declared_size)) {
      Differ("no such option");
    }
  }

  void Send(absl::string_view text) {
    const std::vector<absl::string_view> paths = absl::StrSplit(text, ' ');
    smtp::Transaction transaction = next_;
    auto sender = address::ReversePath::Parse(paths[0]);
    if (!sender.ok()) return Differ("unreadable sender");
    transaction.sender = *sender;
    for (size_t i = 1; i < paths.size(); ++i) {
      auto path = address::ForwardPath::Parse(paths[i]);
      if (!path.ok()) return Differ("unreadable recipient");
      transaction.recipients.push_back({*path, {}});
    }
    Pump();
    const absl::Status status = Session().Begin(std::move(transaction));
    if (!status.ok()) Differ({status.message()});
    next_ = {};
    Pump();
  }

  void Outcome(absl::string_view text) {
    const std::pair<absl::string_view, absl::string_view> words =
        absl::StrSplit(text, absl::MaxSplits(' ', 1));
    size_t n = 0;
    if (!absl::SimpleAtoi(words.first, &n) || n == 0 || n > outcomes_.size()) {
      return Differ("there is no such outcome");
    }
    const std::string got = Describe(outcomes_[n - 1]);
    for (absl::string_view word : absl::StrSplit(words.second, ' ')) {
      if (!absl::StrContains(got, word)) {
        return Differ(absl::StrCat("the outcome was \"", got, "\""));
      }
    }
  }

  const bool octet_by_octet_;
  smtp::ClientOptions options_;
  std::optional<smtp::ClientSession> session_;
  smtp::Transaction next_;
  const DialogueLine* line_ = nullptr;
  std::string out_;
  std::optional<std::string> content_;
  std::vector<RecipientOutcome> outcomes_;
  int done_ = 0;
  std::optional<std::string> closed_;
  std::vector<std::string> differences_;
};

}  // namespace

std::vector<std::string> PlayClientDialogue(absl::string_view text,
                                            bool octet_by_octet) {
  return ClientPlayer(octet_by_octet).Play(ParseDialogue(text));
}

}  // namespace mailsec
