// no_throw.h: how does a coroutine learn that an operation failed?
//
//   const auto [error, n] = co_await socket.async_read_some(buffer, kNoThrow);
//
// Operations of Boost.Asio complete with an error code, and never throw.

#ifndef MAILCORE_SERVER_RUNTIME_NO_THROW_H_
#define MAILCORE_SERVER_RUNTIME_NO_THROW_H_

#include "boost/asio/as_tuple.hpp"
#include "boost/asio/use_awaitable.hpp"

namespace mailsec::server {

inline constexpr auto kNoThrow =
    boost::asio::as_tuple(boost::asio::use_awaitable);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_RUNTIME_NO_THROW_H_
