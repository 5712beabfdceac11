// group_commit_sink: the ceiling that a server with group commit can reach.
//
//   group_commit_sink LOG
//   group_commit_sink --count FILE [PORT]
//
// Not a mail server. It looks at the first letter of a command, decides
// nothing, keeps no index and checks nothing. All content that one round of its
// event loop has brought is appended to LOG and flushed with one fdatasync(),
// and only then are those messages answered 250. With --count nothing is kept:
// it is then where others relay to, and FILE holds how many messages have come,
// as 8 octets, little-endian. Prints "ready 127.0.0.1:PORT".

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"

namespace {

constexpr size_t kReadOctets = 256 * 1024;
constexpr uint64_t kMaxLogOctets = 512 << 20;  // Then it starts anew.

constexpr absl::string_view kEhlo =
    "250-sink.example\r\n250-PIPELINING\r\n250-SIZE 104857600\r\n"
    "250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n";
constexpr absl::string_view kOk = "250 2.0.0 Ok\r\n";

[[noreturn]] void Die(const char* what) {
  std::cerr << "group_commit_sink: " << what << ": " << strerror(errno) << "\n";
  exit(1);
}

void Send(int fd, absl::string_view octets) {
  // A reply that does not fit in the socket's buffer is lost; no client of the
  // comparison lets that much wait.
  if (send(fd, octets.data(), octets.size(), MSG_NOSIGNAL) < 0) return;
}

struct Client {
  int fd;
  bool in_content = false;
  size_t matched = 2;   // Octets of CRLF.CRLF seen; a CRLF lies before.
  std::string command;  // Of which the end has not come yet.
  std::string content;
};

class Sink {
 public:
  Sink(const char* log, bool counts, uint16_t port)
      : counts_(counts),
        log_(open(log, O_CREAT | O_WRONLY | O_TRUNC | (counts ? 0 : O_APPEND),
                  0600)),
        epoll_(epoll_create1(0)),
        buffer_(kReadOctets) {
    if (log_ < 0) Die(log);
    Listen(port);
  }

  [[noreturn]] void Serve() {
    std::array<epoll_event, 256> events;
    for (;;) {
      const int n = epoll_wait(epoll_, events.data(), events.size(), -1);
      for (int i = 0; i < n; ++i) {
        auto* client =
            static_cast<Client*>(events[static_cast<size_t>(i)].data.ptr);
        client == nullptr ? Accept() : Receive(client);
      }
      Commit();
    }
  }

 private:
  void Listen(uint16_t port) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    epoll_event event = {};
    event.events = EPOLLIN;
    if (bind(listener_, generic, size) != 0 || listen(listener_, 4096) != 0 ||
        getsockname(listener_, generic, &size) != 0 ||
        epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &event) != 0) {
      Die("listen");
    }
    std::cout << "ready 127.0.0.1:" << ntohs(address.sin_port) << std::endl;
  }

  void Accept() {
    for (;;) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
      if (fd < 0) return;
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      epoll_event event = {};
      event.events = EPOLLIN;
      event.data.ptr = new Client{.fd = fd, .command = {}, .content = {}};
      if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) Die("epoll_ctl");
      Send(fd, "220 sink.example ESMTP\r\n");
    }
  }

  void Receive(Client* client) {
    const ssize_t n = recv(client->fd, buffer_.data(), buffer_.size(), 0);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) {
      close(client->fd);
      delete client;
      return;
    }
    absl::string_view octets(buffer_.data(), static_cast<size_t>(n));
    while (!octets.empty()) {
      octets.remove_prefix(client->in_content ? TakeContent(client, octets)
                                              : TakeCommand(client, octets));
    }
  }

  // Both return how many octets they have taken.
  size_t TakeContent(Client* client, absl::string_view octets) {
    constexpr absl::string_view kEnd = "\r\n.\r\n";
    size_t at = 0;
    while (at < octets.size() && client->matched < kEnd.size()) {
      if (client->matched == 0) {
        at = octets.find('\r', at);
        if (at == absl::string_view::npos) {
          at = octets.size();
        } else {
          ++at;
          client->matched = 1;
        }
        continue;
      }
      const char c = octets[at++];
      client->matched = c == kEnd[client->matched] ? client->matched + 1
                        : c == '\r'                ? 1
                                                   : 0;
    }
    if (!counts_) client->content.append(octets.data(), at);
    if (client->matched == kEnd.size()) {
      batch_ += client->content;
      client->content.clear();
      client->in_content = false;
      stored_.push_back(client->fd);
    }
    return at;
  }

  size_t TakeCommand(Client* client, absl::string_view octets) {
    const size_t end = octets.find('\n');
    if (end == absl::string_view::npos) {
      client->command.append(octets.data(), octets.size());
      return octets.size();
    }
    client->command.append(octets.data(), end);
    const char verb =
        client->command.empty() ? ' ' : absl::ascii_toupper(client->command[0]);
    client->command.clear();
    if (verb == 'D') {
      client->in_content = true;
      client->matched = 2;
      Send(client->fd, "354 go on\r\n");
    } else if (verb == 'Q') {
      Send(client->fd, "221 2.0.0 bye\r\n");
      shutdown(client->fd, SHUT_WR);
    } else {
      Send(client->fd, verb == 'E' ? kEhlo : kOk);
    }
    return end + 1;
  }

  void Commit() {
    if (stored_.empty()) return;
    if (counts_) return Count();
    for (absl::string_view left = batch_; !left.empty();) {
      const ssize_t n = write(log_, left.data(), left.size());
      if (n < 0) Die("write");
      left.remove_prefix(static_cast<size_t>(n));
    }
    if (fdatasync(log_) != 0) Die("fdatasync");
    for (const int fd : stored_) Send(fd, kOk);
    log_octets_ += batch_.size();
    batch_.clear();
    stored_.clear();
    if (log_octets_ <= kMaxLogOctets) return;
    if (ftruncate(log_, 0) != 0) Die("ftruncate");
    log_octets_ = 0;
  }

  void Count() {
    for (const int fd : stored_) Send(fd, kOk);
    count_ += stored_.size();
    stored_.clear();
    if (pwrite(log_, &count_, sizeof(count_), 0) != sizeof(count_)) {
      Die("write");
    }
  }

  const bool counts_;
  const int log_;
  const int epoll_;
  int listener_ = -1;
  std::vector<char> buffer_;
  std::string batch_;        // Content of this round.
  std::vector<int> stored_;  // Whom to answer after the flush.
  uint64_t log_octets_ = 0;
  uint64_t count_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const bool counts =
      (argc == 3 || argc == 4) && absl::string_view(argv[1]) == "--count";
  if (argc != 2 && !counts) {
    std::cerr << "usage: group_commit_sink LOG | --count FILE [PORT]\n";
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  const int port = argc == 4 ? atoi(argv[3]) : 0;
  Sink(argv[counts ? 2 : 1], counts, static_cast<uint16_t>(port)).Serve();
}
