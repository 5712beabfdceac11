// waiting_client.h: does the client still wait for what becomes of its message?
//
// A client waits for a cut-through answer only for so long: then it is told
// that the message is ours, which it is, and any later answer comes too late.
//
//   WaitingClient client(std::move(waiter), stored, absl::Seconds(30), loop);
//   if (std::optional<CutThroughWaiter> waiter = client.Take())
//     waiter->done(replies);  // Whoever took it answers.

#ifndef MAILCORE_SERVER_DELIVER_WAITING_CLIENT_H_
#define MAILCORE_SERVER_DELIVER_WAITING_CLIENT_H_

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "boost/asio/io_context.hpp"
#include "boost/asio/steady_timer.hpp"
#include "mailcore/server/queue/cut_through.h"
#include "mailcore/smtp/reply.h"

namespace mailsec::server {

// Thread safety: none; belongs to the thread of its event loop.
class WaitingClient {
 public:
  // After `limit` the client is told `stored`, unless Take() was first. `loop`
  // is not owned and must outlive this.
  WaitingClient(CutThroughWaiter waiter, const smtp::Reply& stored,
                absl::Duration limit, boost::asio::io_context* loop)
      : waiter_(std::make_shared<std::optional<CutThroughWaiter>>(
            std::move(waiter))),
        patience_(*loop, absl::ToChronoMilliseconds(limit)) {
    patience_.async_wait([waiter = waiter_, stored](const auto& error) {
      if (error || !waiter->has_value()) return;
      const CutThroughWaiter gone = *std::exchange(*waiter, std::nullopt);
      gone.done(std::vector<smtp::Reply>(gone.origin_count, stored));
    });
  }

  bool waits() const { return waiter_->has_value(); }

  // From now on the caller answers, however long that takes, and nobody else.
  // Nothing: the client has been answered.
  std::optional<CutThroughWaiter> Take() {
    patience_.cancel();
    return std::exchange(*waiter_, std::nullopt);
  }

 private:
  const std::shared_ptr<std::optional<CutThroughWaiter>> waiter_;
  boost::asio::steady_timer patience_;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_DELIVER_WAITING_CLIENT_H_
