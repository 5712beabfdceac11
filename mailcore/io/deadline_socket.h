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

#include <atomic>
#include <chrono>
#include <cstddef>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "boost/asio/buffer.hpp"
#include "boost/asio/error.hpp"
#include "boost/system/error_code.hpp"
#include "boost/system/system_error.hpp"
#include "mailcore/io/server_address.h"

namespace mailsec::io {

// The moment at which every wait ends, or a little after `stopped` is true,
// whatever comes first. Thread safety: a value.
struct Deadline {
  using Clock = std::chrono::steady_clock;  // Nobody sets it.

  Clock::time_point time = {};
  // Not owned; must outlive every wait. Null: nobody stops it.
  const std::atomic<bool>* stopped = nullptr;

  bool HasPassed() const {
    return (stopped != nullptr && *stopped) || Clock::now() >= time;
  }
};

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

  // For Boost.Beast: as much as one step reads or writes. Errors are those of
  // the system; timed_out after the deadline, asio::error::eof at the end.
  template <typename Buffers>
  size_t read_some(const Buffers& buffers, boost::system::error_code& error) {
    const boost::asio::mutable_buffer first = First(buffers);
    size_t done = 0;
    Report(ReadStep(static_cast<char*>(first.data()), first.size(), done),
           error);
    if (!error && done == 0 && first.size() > 0)
      error = boost::asio::error::eof;
    return done;
  }
  template <typename Buffers>
  size_t write_some(const Buffers& buffers, boost::system::error_code& error) {
    const boost::asio::const_buffer first = First(buffers);
    size_t done = 0;
    Report(
        WriteStep(static_cast<const char*>(first.data()), first.size(), done),
        error);
    return done;
  }
  // The concepts want these as well. The library never calls them: they throw.
  template <typename Buffers>
  size_t read_some(const Buffers& buffers) {
    boost::system::error_code error;
    const size_t done = read_some(buffers, error);
    if (error) throw boost::system::system_error(error);
    return done;
  }
  template <typename Buffers>
  size_t write_some(const Buffers& buffers) {
    boost::system::error_code error;
    const size_t done = write_some(buffers, error);
    if (error) throw boost::system::system_error(error);
    return done;
  }

 private:
  explicit DeadlineSocket(int fd, Deadline deadline)
      : fd_(fd), deadline_(deadline) {}

  // The first buffer of a sequence that is not empty; else an empty one.
  template <typename Buffers>
  static auto First(const Buffers& buffers) {
    auto at = boost::asio::buffer_sequence_begin(buffers);
    const auto end = boost::asio::buffer_sequence_end(buffers);
    while (at != end && at->size() == 0) ++at;
    using Buffer = std::decay_t<decltype(*at)>;
    return at == end ? Buffer() : *at;
  }
  static void Report(int error_number, boost::system::error_code& error) {
    error.assign(error_number, boost::system::system_category());
  }

  // These return errno, or 0. Waits for `events` of poll(2); ETIMEDOUT after
  // the deadline.
  int Wait(short events) const;
  // One step: how much in `done`; of reading, 0 is the end.
  int ReadStep(char* buffer, size_t octets, size_t& done);
  int WriteStep(const char* octets, size_t size, size_t& done);

  int fd_ = -1;
  Deadline deadline_ = {};
};

}  // namespace mailsec::io

#endif  // MAILCORE_IO_DEADLINE_SOCKET_H_
