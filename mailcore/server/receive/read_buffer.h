// read_buffer.h: where do octets from a client go first?

#ifndef MAILCORE_SERVER_RECEIVE_READ_BUFFER_H_
#define MAILCORE_SERVER_RECEIVE_READ_BUFFER_H_

#include <cstddef>
#include <vector>

namespace mailsec::server {

// One for all connections of a thread, so that an idle one holds none: between
// two suspensions of a coroutine nobody else uses it. 128 KiB. Ours.
inline std::vector<char>& ReadBuffer() {
  constexpr size_t kReadOctets = 128 * 1024;
  thread_local std::vector<char> buffer(kReadOctets);
  return buffer;
}

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_RECEIVE_READ_BUFFER_H_
