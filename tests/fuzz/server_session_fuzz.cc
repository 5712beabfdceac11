// Property: whatever a client sends, replies are well formed, what is buffered
// stays bounded, no message that holds a bare CR or LF is handed on, and
// nothing of all this depends on how the octets were cut.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "mailcore/smtp/server_session.h"
#include "tests/smtp/slow_data_decoder.h"

namespace mailsec::smtp {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

class Run {
 public:
  explicit Run(uint8_t flags) {
    ServerOptions options;
    options.hostname = "mx.example.org";
    if (flags & 1) options.line_ends = LineEndPolicy::kNormalise;
    if (flags & 2) options.protocol = Protocol::kLmtp;
    if (flags & 4) options.auth_mechanisms = {"PLAIN"};
    // How the octets were cut decides what comes out of turn, so it may make no
    // difference.
    options.out_of_turn = OutOfTurnPolicy::kNote;
    options.limits.max_message_octets = 4096;
    options.limits.max_header_octets = 512;
    options.limits.max_recipients = 3;
    session_ = std::make_unique<ServerSession>(options);
  }

  std::string All(absl::string_view input, size_t step) {
    Pump();
    for (; !input.empty() && !closed_; input.remove_prefix(step)) {
      step = std::min(step, input.size());
      session_->Receive(input.substr(0, step));
      Pump();
    }
    session_->Receive("");
    Pump();
    Require(closed_);
    return history_;
  }

 private:
  void Pump() {
    while (!closed_) {
      const ServerEvent event = session_->NextEvent();
      Output();
      if (std::holds_alternative<NeedInput>(event)) break;
      Handle(event);
    }
    Require(session_->buffered_octets() <= 12288);
  }

  void Handle(const ServerEvent& event) {
    if (const auto* closed = std::get_if<Closed>(&event)) {
      closed_ = true;
      absl::StrAppend(&history_, "closed ", closed->reason, "\n");
    } else if (const auto* aborted = std::get_if<TransactionAborted>(&event)) {
      absl::StrAppend(&history_, "aborted ", aborted->reason, "\n");
    } else if (const auto* chunk = std::get_if<DataChunk>(&event)) {
      content_.append(chunk->octets.data(), chunk->octets.size());
    } else {
      if (const auto* mail = std::get_if<MailFrom>(&event)) {
        binary_ = mail->parameters.body == BodyType::kBinaryMime;
      }
      if (std::holds_alternative<DataEnd>(event)) End();
      if (std::holds_alternative<DataBegin>(event)) content_.clear();
      const bool data = std::holds_alternative<DataBegin>(event);
      Require(session_
                  ->Respond(data ? Reply(354, "Go on")
                                 : Reply(250, {2, 0, 0}, "OK"))
                  .ok());
      Output();
    }
  }

  void End() {
    absl::StrAppend(&history_, "stored ", content_, "\n");
    if (binary_) return;
    const ContentFaults faults = SlowFaults(content_);
    Require(!faults.any());
    Require(content_.empty() || content_.back() != '\r');
  }

  void Output() {
    const std::string out = session_->TakeOutput();
    if (out.empty()) return;
    Require(absl::string_view(out).substr(out.size() - 2) == "\r\n");
    for (absl::string_view line : absl::StrSplit(out, "\r\n")) {
      Require(line.size() <= 510);
      Require(line.find_first_of("\r\n") == absl::string_view::npos);
    }
    history_ += out;
  }

  std::unique_ptr<ServerSession> session_;
  bool closed_ = false;
  bool binary_ = false;
  std::string content_;
  std::string history_;
};

}  // namespace
}  // namespace mailsec::smtp

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using mailsec::smtp::Run;
  if (size < 2) return 0;
  const absl::string_view input(reinterpret_cast<const char*>(data) + 2,
                                size - 2);
  const std::string whole = Run(data[0]).All(input, size);
  const size_t step = data[1] % 64 + 1;
  if (Run(data[0]).All(input, step) != whole) std::abort();
  return 0;
}
