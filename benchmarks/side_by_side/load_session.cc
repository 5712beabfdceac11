#include "benchmarks/side_by_side/load_session.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace mailsec::benchmarks {

double MonotonicSeconds() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) +
         static_cast<double>(now.tv_nsec) * 1e-9;
}

bool LoadSession::Open(int epoll) {
  sockaddr_in server = {};
  server.sin_family = AF_INET;
  server.sin_port = htons(plan_->port);
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  epoll_event event = {};
  event.events = EPOLLIN | EPOLLOUT | EPOLLET;
  event.data.ptr = this;
  if (fd_ < 0 ||
      setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0 ||
      (connect(fd_, reinterpret_cast<const sockaddr*>(&server),
               sizeof(server)) != 0 &&
       errno != EINPROGRESS) ||
      epoll_ctl(epoll, EPOLL_CTL_ADD, fd_, &event) != 0) {
    Fail(absl::StrCat("cannot connect: ", strerror(errno)));
    return false;
  }
  state_ = State::kGreeting;
  messages_left_ = plan_->messages_each;
  line_.clear();
  out_.clear();
  out_sent_ = 0;
  with_content_ = false;
  return true;
}

void LoadSession::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

void LoadSession::Fail(absl::string_view why) {
  plan_->on_error(why);
  Close();
}

void LoadSession::OnReady() {
  static char buffer[65536];
  if (!out_.empty()) Flush();
  while (open()) {
    const ssize_t n = recv(fd_, buffer, sizeof(buffer), 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) {
      if (state_ == State::kQuit) return Close();
      return Fail(n == 0 ? "the server hung up" : strerror(errno));
    }
    OnOctets(absl::string_view(buffer, static_cast<size_t>(n)));
    // Less than asked for: the socket is empty, and epoll tells of more.
    if (static_cast<size_t>(n) < sizeof(buffer)) return;
  }
}

void LoadSession::OnOctets(absl::string_view octets) {
  while (open()) {
    const size_t end = octets.find('\n');
    if (end == absl::string_view::npos) {
      line_.append(octets.data(), octets.size());
      return;
    }
    if (line_.empty()) {
      OnLine(octets.substr(0, end));
    } else {
      line_.append(octets.data(), end);
      const std::string line = std::move(line_);
      line_.clear();
      OnLine(line);
    }
    octets.remove_prefix(end + 1);
  }
}

void LoadSession::OnLine(absl::string_view line) {
  if (line.size() > 3 && line[3] == '-') return;  // More lines follow.
  const char* const want = state_ == State::kGreeting ? "220"
                           : state_ == State::kData   ? "354"
                           : state_ == State::kQuit   ? "221"
                                                      : "250";
  if (!absl::StartsWith(line, want)) return Fail(line);
  switch (state_) {
    case State::kGreeting:
      return Send("EHLO load.example\r\n", State::kHello);
    case State::kHello:
      return StartMessageOrQuit();
    case State::kMail:
      return Send("RCPT TO:<user@bench.example>\r\n", State::kRcpt);
    case State::kRcpt:
      return Send("DATA\r\n", State::kData);
    case State::kData:
      return SendContent();
    case State::kContent:
      plan_->on_stored(started_);
      return StartMessageOrQuit();
    case State::kQuit:
      return Close();
  }
}

void LoadSession::StartMessageOrQuit() {
  if (messages_left_ == 0 || !plan_->may_start()) {
    return Send("QUIT\r\n", State::kQuit);
  }
  --messages_left_;
  started_ = MonotonicSeconds();
  Send("MAIL FROM:<sender@load.example>\r\n", State::kMail);
}

void LoadSession::SendContent() {
  with_content_ = true;
  content_sent_ = 0;
  Send(absl::StrCat("Message-ID: <", plan_->next_message++, ".", getpid(),
                    "@load.example>\r\n"),
       State::kContent);
}

void LoadSession::Send(absl::string_view command, State next) {
  out_.assign(command.data(), command.size());
  out_sent_ = 0;
  state_ = next;
  Flush();
}

// Sends what the socket takes; epoll tells when it takes more.
void LoadSession::Flush() {
  for (;;) {
    const absl::string_view content =
        with_content_ ? absl::string_view(plan_->content).substr(content_sent_)
                      : absl::string_view();
    iovec parts[2] = {
        {out_.data() + out_sent_, out_.size() - out_sent_},
        {const_cast<char*>(content.data()), content.size()},
    };
    msghdr message = {};
    message.msg_iov = parts;
    message.msg_iovlen = content.empty() ? 1 : 2;
    const ssize_t n = sendmsg(fd_, &message, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return;
    if (n < 0) return Fail(strerror(errno));
    const size_t of_out =
        std::min(static_cast<size_t>(n), out_.size() - out_sent_);
    out_sent_ += of_out;
    content_sent_ += static_cast<size_t>(n) - of_out;
    if (out_sent_ == out_.size() &&
        (!with_content_ || content_sent_ == plan_->content.size())) {
      out_.clear();
      with_content_ = false;
      return;
    }
  }
}

}  // namespace mailsec::benchmarks
