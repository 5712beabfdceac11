// deadline_socket.h: how is a server asked that may never answer?
//
// A blocking connection whose every step ends at one moment, the deadline,
// however slowly the octets drip. Boost.Beast can read and write through it:
// it is a SyncReadStream and a SyncWriteStream.
//
//   auto socket = DeadlineSocket::Connect(address, deadline);
//   if (!socket.ok()) return socket.status();
//   if (absl::Status sent = socket->Write("zPING\0"); !sent.ok()) return sent;
//   auto got = socket->Read(buffer, sizeof(buffer));

#ifndef MAILCORE_IO_DEADLINE_SOCKET_H_
#define MAILCORE_IO_DEADLINE_SOCKET_H_

#include <chrono>
#include <cstddef>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "boost/asio/buffer.hpp"
#include "boost/system/error_code.hpp"
#include "boost/system/system_error.hpp"
#include "mailcore/io/server_address.h"

namespace mailsec::io {

// Of a clock that nobody sets.
using Deadline = std::chrono::steady_clock::time_point;

// Owns one connected socket; movable. Thread safety: none.
class DeadlineSocket {
 public:
  // DeadlineExceeded if it takes too long; Unavailable, with the system's
  // reason, for all else.
  static absl::StatusOr<DeadlineSocket> Connect(const ServerAddress& address,
                                                Deadline deadline);

  DeadlineSocket() = default;  // Not connected.
  DeadlineSocket(DeadlineSocket&& other) noexcept;
  DeadlineSocket& operator=(DeadlineSocket&& other) noexcept;
  ~DeadlineSocket() { Close(); }

  void set_deadline(Deadline deadline) { deadline_ = deadline; }
  Deadline deadline() const { return deadline_; }
  void Close();

  // All of it, or an error as of Connect(). No SIGPIPE.
  absl::Status Write(absl::string_view octets);
  // At least one octet, or 0 if the peer has closed.
  absl::StatusOr<size_t> Read(char* buffer, size_t octets);
  // Is there something to read, be it the end? Does not wait. For a kept
  // connection it means that it is stale.
  bool HasInput() const;

  // For Boost.Beast. Errors are those of the system; timed_out after the
  // deadline, asio::error::eof at the end.
  template <typename Buffers>
  size_t read_some(const Buffers& buffers, boost::system::error_code& error);
  template <typename Buffers>
  size_t write_some(const Buffers& buffers, boost::system::error_code& error);
  // The concepts want these as well; the library never calls them, as they
  // throw.
  template <typename Buffers>
  size_t read_some(const Buffers& buffers);
  template <typename Buffers>
  size_t write_some(const Buffers& buffers);

 private:
  explicit DeadlineSocket(int fd, Deadline deadline)
      : fd_(fd), deadline_(deadline) {}

  // Waits for `events` of poll(2); ETIMEDOUT after the deadline, else 0.
  int Wait(short events) const;
  // One step: errno, or 0 and how much in `done`.
  int ReadStep(char* buffer, size_t octets, size_t& done);
  int WriteStep(const char* octets, size_t size, size_t& done);
  int FinishConnect() const;

  int fd_ = -1;
  Deadline deadline_ = {};
};

}  // namespace mailsec::io

#endif  // MAILCORE_IO_DEADLINE_SOCKET_H_
