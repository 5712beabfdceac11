#include "mailcore/io/deadline_socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mailsec::io {
namespace {

// Then it is looked whether somebody has stopped it, ms. Ours.
constexpr int64_t kLongestWait = 200;

// A socket address of any family, as connect(2) takes it.
struct SystemAddress {
  sockaddr_storage storage = {};
  socklen_t size = 0;
  int family() const { return storage.ss_family; }
  const sockaddr* get() const {
    return reinterpret_cast<const sockaddr*>(&storage);
  }
};

template <typename T>
SystemAddress Store(const T& address) {
  SystemAddress out;
  std::memcpy(&out.storage, &address, sizeof(address));
  out.size = sizeof(address);
  return out;
}

SystemAddress ToSystem(const ServerAddress& address) {
  if (!address.path.empty()) {
    sockaddr_un un = {};
    un.sun_family = AF_UNIX;
    const size_t size = std::min(address.path.size(), sizeof(un.sun_path) - 1);
    std::memcpy(un.sun_path, address.path.data(), size);
    return Store(un);
  }
  const std::array<uint8_t, 16> octets = address.ip.ToV6Octets();
  if (address.ip.is_v4()) {
    sockaddr_in v4 = {};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(address.port);
    std::memcpy(&v4.sin_addr, octets.data() + 12, 4);
    return Store(v4);
  }
  sockaddr_in6 v6 = {};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(address.port);
  std::memcpy(&v6.sin6_addr, octets.data(), 16);
  return Store(v6);
}

absl::Status ToStatus(int error_number, absl::string_view what) {
  if (error_number == 0) return absl::OkStatus();
  const std::string text =
      absl::StrCat(what, ": ", std::strerror(error_number));
  return error_number == ETIMEDOUT ? absl::DeadlineExceededError(text)
                                   : absl::UnavailableError(text);
}

bool WouldBlock(int error_number) {
  return error_number == EAGAIN || error_number == EWOULDBLOCK;
}

}  // namespace

absl::StatusOr<DeadlineSocket> DeadlineSocket::Connect(
    const ServerAddress& address, Deadline deadline) {
  const SystemAddress to = ToSystem(address);
  const int fd =
      socket(to.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return ToStatus(errno, "socket");
  DeadlineSocket made(fd, deadline);
  if (to.family() != AF_UNIX) {
    const int on = 1;  // Questions are written whole: no need to wait.
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }
  const std::string what = absl::StrCat("connect to ", address.ToString());
  int error = connect(fd, to.get(), to.size) == 0 ? 0 : errno;
  // On Unix sockets EAGAIN means that the server's queue is full, and nothing
  // can be waited for: the server is overloaded.
  if (error == EINPROGRESS || error == EINTR) {
    error = made.Wait(POLLOUT);
    socklen_t size = sizeof(error);
    if (error == 0) getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  }
  if (error != 0) return ToStatus(error, what);
  return made;
}

DeadlineSocket::DeadlineSocket(DeadlineSocket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), deadline_(other.deadline_) {}

DeadlineSocket& DeadlineSocket::operator=(DeadlineSocket&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(deadline_, other.deadline_);
  return *this;
}

void DeadlineSocket::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

absl::Status DeadlineSocket::Write(absl::string_view octets) {
  while (!octets.empty()) {
    size_t done = 0;
    const int error = WriteStep(octets.data(), octets.size(), done);
    if (error != 0) return ToStatus(error, "write");
    octets.remove_prefix(done);
  }
  return absl::OkStatus();
}

absl::StatusOr<size_t> DeadlineSocket::Read(char* buffer, size_t octets) {
  size_t done = 0;
  const int error = ReadStep(buffer, octets, done);
  if (error != 0) return ToStatus(error, "read");
  return done;
}

bool DeadlineSocket::HasInput() const {
  pollfd polled = {fd_, POLLIN, 0};
  return poll(&polled, 1, 0) != 0;
}

int DeadlineSocket::Wait(short events) const {
  while (true) {
    if (deadline_.HasPassed()) return ETIMEDOUT;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(
        deadline_.time - Deadline::Clock::now());
    pollfd polled = {fd_, events, 0};
    const auto wait = std::clamp<int64_t>(left.count(), 0, kLongestWait);
    const int ready = poll(&polled, 1, static_cast<int>(wait));
    if (ready > 0) return 0;
    if (ready < 0 && errno != EINTR) return errno;
  }
}

int DeadlineSocket::ReadStep(char* buffer, size_t octets, size_t& done) {
  if (deadline_.HasPassed()) return ETIMEDOUT;
  while (true) {
    const ssize_t got = recv(fd_, buffer, octets, 0);
    if (got >= 0) {
      done = static_cast<size_t>(got);
      return 0;
    }
    if (errno == EINTR) continue;
    if (!WouldBlock(errno)) return errno;
    if (const int error = Wait(POLLIN); error != 0) return error;
  }
}

int DeadlineSocket::WriteStep(const char* octets, size_t size, size_t& done) {
  if (deadline_.HasPassed()) return ETIMEDOUT;
  while (true) {
    const ssize_t sent = send(fd_, octets, size, MSG_NOSIGNAL);
    if (sent >= 0) {
      done = static_cast<size_t>(sent);
      return 0;
    }
    if (errno == EINTR) continue;
    if (!WouldBlock(errno)) return errno;
    if (const int error = Wait(POLLOUT); error != 0) return error;
  }
}

}  // namespace mailsec::io
