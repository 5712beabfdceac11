// io_thread.h: on which thread does this connection live?
//
// One event loop on one thread. A connection belongs to one of them for its
// life, so nothing in it needs a lock.

#ifndef MAILCORE_SERVER_RUNTIME_IO_THREAD_H_
#define MAILCORE_SERVER_RUNTIME_IO_THREAD_H_

#include <thread>

#include "boost/asio/executor_work_guard.hpp"
#include "boost/asio/io_context.hpp"

namespace mailsec::server {

// Thread safety: context() may be posted to from any thread; Stop() and the
// destructor belong to the owner, which is another thread.
class IoThread {
 public:
  IoThread() : context_(1), work_(context_.get_executor()) {}
  ~IoThread() { Stop(); }
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;

  void Start() {
    thread_ = std::thread([this] { context_.run(); });
  }
  // Ends the loop whatever waits in it, and joins the thread.
  void Stop() {
    work_.reset();
    context_.stop();
    if (thread_.joinable()) thread_.join();
  }
  boost::asio::io_context& context() { return context_; }

 private:
  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type>
      work_;
  std::thread thread_;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_RUNTIME_IO_THREAD_H_
