// python_handler.h: what does a Python object say about the mail of a session?
//
// Any object with some of these methods; each may return None (go on), a Reply
// or a Decision:
//
//   mail(session, mail)                    at MAIL
//   rcpt(session, envelope, rcpt)          at RCPT
//   message(session, envelope, content)    at the end of the data
//
// The object is asked about what the server's own policies accept, and can only
// refuse more: none of its answers opens the relay. An exception defers mail.
//
// message() may also return Taken, and nothing else is a yes to the client that
// the server does not give itself. A positive Reply or Decision of message() is
// a mistake: whoever returns the decision of a policy means "no objection",
// and the mail would be lost.

#ifndef BINDINGS_PYTHON_PYTHON_HANDLER_H_
#define BINDINGS_PYTHON_PYTHON_HANDLER_H_

#include <pybind11/pybind11.h>

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "mailcore/io/worker_pool.h"
#include "mailcore/server/receive/mail_handler.h"

namespace mailsec::python {

// What message() returns for a message that the handler has taken itself: the
// server does not keep it. Thread safety: a value.
struct Taken {
  smtp::Reply reply;  // Positive.
};

// Thread safety: all methods may run concurrently; the GIL is taken for each
// call into Python and not held otherwise.
class PythonHandler : public server::MailHandler {
 public:
  // Called with the GIL held, which is not needed to destroy it. Methods that
  // are coroutine functions run in `loop`, an asyncio event loop of the caller's
  // that runs in a thread of the caller's; None: there is none. Raises TypeError
  // if there are such methods and no loop.
  PythonHandler(const pybind11::object& handler, const pybind11::object& loop);
  ~PythonHandler() override;

  // Before anything else. `own` is not owned and must outlive this.
  void SetOwn(server::MailHandler* own) { own_ = own; }

  // Waits for calls of message() that have begun, without the GIL; answers
  // 421 to all that come later.
  void Close();

  bool MayBlock(const server::SessionInfo&) const override { return true; }
  policy::Decision DecideMail(const server::SessionInfo& session,
                              const smtp::MailFrom& mail) override;
  policy::Decision DecideRcpt(const server::SessionInfo& session,
                              const spool::Envelope& envelope,
                              const smtp::RcptTo& rcpt) override;
  spool::MessageWriter NewMessage() override;
  void Accept(const server::SessionInfo& session,
              server::IncomingMessage message,
              std::function<void(std::vector<smtp::Reply>)> done) override;

 private:
  struct Job;

  // What the method `name` returns; nothing for None or without that method.
  template <typename... Args>
  std::optional<policy::Decision> Ask(const char* name, const Args&... args);

  std::optional<policy::Decision> AskAboutContent(Job& job);
  void Run(Job& job);

  const std::shared_ptr<pybind11::object> handler_;
  const std::shared_ptr<pybind11::object> loop_;  // None: there is none.
  const bool is_async_;
  const bool wants_content_;
  server::MailHandler* own_ = nullptr;  // Not owned.
  std::mutex mutex_;                    // Guards what follows.
  std::condition_variable idle_;
  size_t running_ = 0;
  bool closing_ = false;
  io::WorkerPool pool_;  // Ends first.
};

}  // namespace mailsec::python

#endif  // BINDINGS_PYTHON_PYTHON_HANDLER_H_
