// Property: whatever a server says, the client comes to an end, tells the fate
// of each recipient once, and sends no bare CR or LF.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/string_view.h"
#include "mailcore/smtp/client_session.h"
#include "tests/smtp/slow_data_decoder.h"

namespace mailsec::smtp {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

class Run {
 public:
  // `input` is the content that we send; All() says it to us as well.
  Run(uint8_t flags, absl::string_view input)
      : session_(Options(flags)), flags_(flags), content_(input) {}

  void All(absl::string_view input, size_t step) {
    Pump();
    for (; !input.empty() && !closed_; input.remove_prefix(step)) {
      step = std::min(step, input.size());
      session_.Receive(input.substr(0, step));
      Pump();
    }
    session_.Receive("");
    Pump();
    Require(closed_);
    Require(begun_ == done_);
    const ContentFaults faults = SlowFaults(out_);
    Require(!faults.bare_cr && !faults.bare_lf);
    Require(out_.empty() || out_.back() != '\r');
  }

 private:
  static ClientOptions Options(uint8_t flags) {
    ClientOptions options;
    options.hostname = "client.example.org";
    if (flags & 1) options.protocol = Protocol::kLmtp;
    return options;
  }

  void Pump() {
    // No input can cause more events than this between two reads.
    for (int events = 0; !closed_; ++events) {
      Require(events < 100000);
      const ClientEvent event = session_.NextEvent();
      out_ += session_.TakeOutput();
      if (std::holds_alternative<NeedInput>(event)) return;
      Handle(event);
      out_ += session_.TakeOutput();
    }
  }

  void Handle(const ClientEvent& event) {
    if (std::holds_alternative<Ready>(event)) {
      if (begun_ < 3) return Begin();
      session_.Quit();
    } else if (std::holds_alternative<ContentWanted>(event)) {
      Require(session_.Content(content_).ok());
      Require(session_.ContentEnd().ok());
    } else if (const auto* done = std::get_if<TransactionDone>(&event)) {
      ++done_;
      Require(done->outcomes.size() == 2);
      for (const RecipientOutcome& outcome : done->outcomes) {
        Require(!outcome.reply.IsIntermediate());
        Require(outcome.from_peer || !outcome.reply.IsPositive());
      }
    } else if (std::holds_alternative<ClientClosed>(event)) {
      closed_ = true;
    }
  }

  void Begin() {
    Transaction transaction;
    for (const char* path : {"<b@example.net>", "<c@example.net>"}) {
      transaction.recipients.push_back(
          {*address::ForwardPath::Parse(path), {}});
    }
    transaction.has_8bit = flags_ & 2;
    if (flags_ & 4) transaction.parameters.declared_size = 100000;
    ++begun_;
    Require(session_.Begin(std::move(transaction)).ok());
  }

  ClientSession session_;
  const uint8_t flags_;
  const absl::string_view content_;
  int begun_ = 0;
  int done_ = 0;
  bool closed_ = false;
  std::string out_;
};

}  // namespace
}  // namespace mailsec::smtp

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const absl::string_view input(reinterpret_cast<const char*>(data) + 2,
                                size - 2);
  mailsec::smtp::Run(data[0], input).All(input, data[1] % 64 + 1);
  return 0;
}
