// fake_server.h: a server whose every answer a test writes.
//
//   FakeServer server([](FakePeer peer) {
//     peer.ReadStream();
//     peer.Write("stream: OK\0"s);
//   });
//   ClamdScanner scanner({.server = server.address()});
//
// One connection after the other is served, on a thread of its own; when the
// function returns, the connection is closed.

#ifndef TESTS_IO_FAKE_SERVER_H_
#define TESTS_IO_FAKE_SERVER_H_

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/string_view.h"
#include "mailcore/io/server_address.h"

namespace mailsec::io {

// The server's end of one connection. Thread safety: none.
class FakePeer {
 public:
  explicit FakePeer(int fd) : fd_(fd) {}

  // Exactly so many octets; fewer at the end.
  std::string Read(size_t octets) {
    std::string out;
    char c;
    while (out.size() < octets && recv(fd_, &c, 1, 0) == 1) out += c;
    return out;
  }
  // Up to and with `end`, or to the end.
  std::string ReadUntil(absl::string_view end) {
    std::string out;
    char c;
    while (recv(fd_, &c, 1, 0) == 1) {
      out += c;
      if (absl::string_view(out).substr(
              out.size() - std::min(out.size(), end.size())) == end) {
        break;
      }
    }
    return out;
  }
  // Until the client closes.
  void ReadAll() {
    char buffer[4096];
    while (recv(fd_, buffer, sizeof(buffer), 0) > 0) {
    }
  }
  // The chunks of an INSTREAM up to the one of length 0, each in brackets.
  std::string ReadChunks() {
    std::string out;
    while (true) {
      const std::string head = Read(4);
      if (head.size() < 4) return out + "(cut)";
      size_t length = 0;
      for (const char c : head) length = length << 8 | (c & 0xFF);
      if (length == 0) return out;
      out += "[" + Read(length) + "]";
    }
  }
  // A request of HTTP, its head and its body.
  std::string ReadRequest() {
    std::string head = ReadUntil("\r\n\r\n");
    const size_t at = head.find("Content-Length: ");
    if (at == std::string::npos) return head;
    return head + Read(std::stoul(head.substr(at + 16)));
  }
  void Write(absl::string_view octets) {
    while (!octets.empty()) {
      const ssize_t sent =
          send(fd_, octets.data(), octets.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      octets.remove_prefix(sent);
    }
  }
  void WriteInOctets(absl::string_view octets) {
    for (const char c : octets) Write({&c, 1});
  }
  // The client gets a RST when the connection is closed.
  void Reset() {
    const linger now = {1, 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  }

 private:
  int fd_;  // Not owned.
};

// Thread safety: all methods may run concurrently.
class FakeServer {
 public:
  explicit FakeServer(std::function<void(FakePeer)> serve)
      : serve_(std::move(serve)) {
    fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at = {};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(at);
    auto* address = reinterpret_cast<sockaddr*>(&at);
    if (bind(fd_, address, size) != 0 || listen(fd_, 16) != 0) std::abort();
    getsockname(fd_, address, &size);
    address_.ip = ip::IpAddress::FromV4({127, 0, 0, 1});
    address_.port = ntohs(at.sin_port);
    thread_ = std::thread([this] { Run(); });
  }
  ~FakeServer() {
    shutdown(fd_, SHUT_RDWR);  // accept() returns.
    thread_.join();
    close(fd_);
  }

  const ServerAddress& address() const { return address_; }
  int connections() const { return connections_; }

 private:
  void Run() {
    while (true) {
      const int peer = accept(fd_, nullptr, nullptr);
      if (peer < 0) return;
      ++connections_;
      serve_(FakePeer(peer));
      close(peer);
    }
  }

  const std::function<void(FakePeer)> serve_;
  int fd_ = -1;
  ServerAddress address_;
  std::atomic<int> connections_ = 0;
  std::thread thread_;
};

}  // namespace mailsec::io

#endif  // TESTS_IO_FAKE_SERVER_H_
