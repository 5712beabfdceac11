#include "mailcore/server/control/control_protocol.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "mailcore/io/errno_status.h"

namespace mailsec::server {
namespace {

absl::StatusOr<std::string> ReadExactly(int fd, size_t octets) {
  std::string data(octets, '\0');
  size_t have = 0;
  while (have < octets) {
    const ssize_t n = read(fd, data.data() + have, octets - have);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return io::ErrnoStatus(errno, "cannot read from the server");
    if (n == 0) return absl::UnavailableError("the server has hung up");
    have += static_cast<size_t>(n);
  }
  return data;
}

}  // namespace

std::string FrameControl(const google::protobuf::Message& message) {
  std::string framed(kControlLengthOctets, '\0');
  message.AppendToString(&framed);
  const size_t length = framed.size() - kControlLengthOctets;
  for (size_t i = 0; i < kControlLengthOctets; ++i) {
    framed[i] = static_cast<char>(length >> (8 * (3 - i)));
  }
  return framed;
}

size_t ControlLength(absl::string_view length) {
  size_t octets = 0;
  for (const char c : length.substr(0, kControlLengthOctets)) {
    octets = octets << 8 | static_cast<unsigned char>(c);
  }
  return octets;
}

absl::StatusOr<ControlClient> ControlClient::Connect(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, " is too long for a Unix socket (at most ",
        sizeof(address.sun_path) - 1, " octets): choose a shorter folder"));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  ControlClient client(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (client.fd_ < 0) return io::ErrnoStatus(errno, "cannot make a socket");
  if (connect(client.fd_, reinterpret_cast<const sockaddr*>(&address),
              sizeof(address)) != 0) {
    if (errno == ENOENT || errno == ECONNREFUSED) {
      return absl::UnavailableError(absl::StrCat("no server listens on ", path,
                                                 ": is mailsecd running?"));
    }
    return io::ErrnoStatus(errno, absl::StrCat("cannot connect to ", path));
  }
  return client;
}

ControlClient::~ControlClient() {
  if (fd_ >= 0) close(fd_);
}

absl::Status ControlClient::Send(const control::Request& request) {
  const std::string framed = FrameControl(request);
  absl::string_view rest = framed;
  while (!rest.empty()) {
    const ssize_t n = send(fd_, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return io::ErrnoStatus(errno, "cannot write to the server");
    rest.remove_prefix(static_cast<size_t>(n));
  }
  return absl::OkStatus();
}

absl::StatusOr<control::Response> ControlClient::Receive() {
  const absl::StatusOr<std::string> length =
      ReadExactly(fd_, kControlLengthOctets);
  if (!length.ok()) return length.status();
  const size_t octets = ControlLength(*length);
  if (octets > kMaxControlOctets) {
    return absl::DataLossError("the server's answer is too large");
  }
  const absl::StatusOr<std::string> data = ReadExactly(fd_, octets);
  if (!data.ok()) return data.status();
  control::Response response;
  if (!response.ParseFromString(*data)) {
    return absl::DataLossError("the server's answer cannot be read");
  }
  return response;
}

}  // namespace mailsec::server
