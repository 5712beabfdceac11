// load_session.h: one client of the load generator, from connect to QUIT.
//
// Speaks lock-step, as Postfix's smtp-source does: each command waits for the
// reply to the one before, so that a server without PIPELINING is not at a
// disadvantage.

#ifndef BENCHMARKS_SIDE_BY_SIDE_LOAD_SESSION_H_
#define BENCHMARKS_SIDE_BY_SIDE_LOAD_SESSION_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/strings/string_view.h"

namespace mailsec::benchmarks {

// Seconds on a clock that never goes back.
double MonotonicSeconds();

// What the sessions of one run share. Thread safety: none.
struct LoadPlan {
  uint16_t port = 0;    // On 127.0.0.1, and nowhere else.
  std::string content;  // Of MakeLoadContent().
  int messages_each = 100;
  // Asked before each message: may another one start?
  std::function<bool()> may_start;
  // Told for each message that was answered 250: when its MAIL was sent.
  std::function<void(double)> on_stored;
  // Told why a connection was given up.
  std::function<void(absl::string_view)> on_error;
  uint64_t next_message = 1;  // For the Message-ID.
};

// Thread safety: none.
class LoadSession {
 public:
  // `plan` is not owned and must outlive the session.
  explicit LoadSession(LoadPlan* plan) : plan_(plan) {}
  ~LoadSession() { Close(); }
  LoadSession(const LoadSession&) = delete;
  LoadSession& operator=(const LoadSession&) = delete;

  // Connects and registers with the edge-triggered `epoll`. False if that
  // fails; on_error was told.
  bool Open(int epoll);
  // To be called when epoll reports anything for the session.
  void OnReady();
  bool open() const { return fd_ >= 0; }

 private:
  enum class State {
    kGreeting,
    kHello,
    kMail,
    kRcpt,
    kData,
    kContent,
    kQuit,
  };

  void Close();
  void Fail(absl::string_view why);
  void Send(absl::string_view command, State next);
  void StartMessageOrQuit();
  void SendContent();
  void Flush();
  void OnOctets(absl::string_view octets);
  // One line of a reply without its end.
  void OnLine(absl::string_view line);

  LoadPlan* const plan_;
  int fd_ = -1;
  State state_ = State::kGreeting;
  int messages_left_ = 0;
  double started_ = 0;         // When the current message's MAIL was sent.
  std::string line_;           // A line of which the end has not come yet.
  std::string out_;            // To be sent, up to out_sent_ done.
  size_t out_sent_ = 0;        // Octets of out_.
  bool with_content_ = false;  // After out_, send the plan's content too.
  size_t content_sent_ = 0;    // Octets of it.
};

}  // namespace mailsec::benchmarks

#endif  // BENCHMARKS_SIDE_BY_SIDE_LOAD_SESSION_H_
