#include "mailcore/server/receive/listeners.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "boost/asio/post.hpp"
#include "boost/asio/steady_timer.hpp"

namespace mailsec::server {

namespace asio = boost::asio;
using base::Clock;

// Ends sessions whose time is over, on their own thread.
class Listeners::Sweeper {
 public:
  Sweeper(ThreadConnections* thread, const Clock* clock)
      : thread_(thread), clock_(clock), timer_(thread->thread.context()) {}

  void Start() {
    timer_.expires_after(std::chrono::seconds(1));
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (error) return;
      const absl::Duration uptime = clock_->Uptime();
      for (Connection* connection : thread_->open) {
        connection->CheckTime(uptime);
      }
      Start();
    });
  }

 private:
  ThreadConnections* thread_;
  const Clock* clock_;
  asio::steady_timer timer_;
};

Listeners::Listeners(size_t threads, const Parts* parts) : parts_(*parts) {
  if (threads == 0) threads = std::max(1u, std::thread::hardware_concurrency());
  for (size_t i = 0; i < threads; ++i) {
    threads_.push_back(std::make_unique<ThreadConnections>());
    sweepers_.push_back(
        std::make_unique<Sweeper>(threads_.back().get(), parts_.clock));
    sweepers_.back()->Start();
  }
}

Listeners::~Listeners() = default;

absl::Status Listeners::Open(const Settings& settings,
                             const Current<Snapshot>* current,
                             MailHandler* handler) {
  ListenerContext context = {.parts = &parts_,
                             .current = current,
                             .handler = handler,
                             .refusals = &refusals_};
  for (const ListenerSettings& listener : settings.listeners) {
    listeners_.push_back(
        std::make_unique<Listener>(&threads_, &limiter_, context));
    const absl::Status status = listeners_.back()->Listen(listener);
    if (!status.ok()) return status;
    ++context.index;
  }
  // No client is let in before everything that can fail has worked.
  for (const auto& thread : threads_) thread->thread.Start();
  for (const auto& listener : listeners_) listener->Accept();
  return absl::OkStatus();
}

void Listeners::Close() {
  for (const auto& listener : listeners_) listener->Close();
}

void Listeners::EndSessions(absl::Duration end) {
  constexpr absl::Duration kLastWord = absl::Seconds(1);
  const smtp::Reply reply(421, {4, 3, 2}, "The server is shutting down");
  for (const bool now : {false, true}) {
    for (const auto& thread : threads_) {
      asio::post(thread->thread.context(), [of = thread.get(), reply, now] {
        for (Connection* connection : of->open) connection->Stop(reply, now);
      });
    }
    const absl::Duration until = now ? end : end - kLastWord;
    while (parts_.stats->connections > 0 && parts_.clock->Uptime() < until) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
}

void Listeners::StopThreads() {
  for (const auto& thread : threads_) thread->thread.Stop();
}

}  // namespace mailsec::server
