// control_protocol.h: how does `mailsec` speak with the server?
//
// Each message of control.proto stands behind its length, four octets,
// big-endian. Both sides refuse more than kMaxControlOctets.
//
//   absl::StatusOr<ControlClient> server = ControlClient::Connect(path);
//   server->Send(request);
//   absl::StatusOr<control::Response> response = server->Receive();

#ifndef MAILCORE_SERVER_CONTROL_CONTROL_PROTOCOL_H_
#define MAILCORE_SERVER_CONTROL_CONTROL_PROTOCOL_H_

#include <cstddef>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mailcore/server/control/control.pb.h"

namespace mailsec::server {

inline constexpr size_t kMaxControlOctets = 16 << 20;
inline constexpr size_t kControlLengthOctets = 4;

// The length and the message, ready to send.
std::string FrameControl(const google::protobuf::Message& message);

// The number that `length` (four octets) says.
size_t ControlLength(absl::string_view length);

// One request to a server, and its answers. Blocks. Thread safety: none.
class ControlClient {
 public:
  // Unavailable, with what to do, if no server listens on `path`;
  // PermissionDenied if the socket belongs to somebody else.
  static absl::StatusOr<ControlClient> Connect(const std::string& path);
  ControlClient(ControlClient&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)) {}
  ControlClient& operator=(ControlClient&&) = delete;
  ~ControlClient();

  absl::Status Send(const control::Request& request);
  // The next response; after one with more() another follows.
  absl::StatusOr<control::Response> Receive();

 private:
  explicit ControlClient(int fd) : fd_(fd) {}
  int fd_;  // Owned.
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_CONTROL_CONTROL_PROTOCOL_H_
