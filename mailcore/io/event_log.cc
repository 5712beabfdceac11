#include "mailcore/io/event_log.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>

#include "absl/strings/str_cat.h"
#include "mailcore/io/errno_status.h"

namespace mailsec::io {
namespace {

using base::Event;
using base::Severity;

// How long lines gather before they are written, so that a busy server does not
// wake a thread for each. Warnings do not wait.
constexpr std::chrono::milliseconds kGather(10);

// How long the reader of a pipe may take nothing before lines are dropped, and
// how long all that waits may take when the log ends. Ours.
constexpr int kReaderMilliseconds = 1000;
constexpr std::chrono::seconds kLastWords(2);

}  // namespace

class EventLog::Impl {
 public:
  Impl(std::string path, Severity least)
      : path_(std::move(path)), least_(least) {}

  ~Impl() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      end_ = std::chrono::steady_clock::now() + kLastWords;
      stop_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
    if (fd_ > STDERR_FILENO) close(fd_);
  }

  absl::Status Open() {
    const absl::Status status = Reopen();
    if (!status.ok()) return status;
    try {
      thread_ = std::thread([this] { Run(); });
    } catch (const std::system_error& error) {
      return ErrnoStatus(error.code().value(), "cannot start a thread");
    }
    return absl::OkStatus();
  }

  absl::Status Reopen() {
    int fd = STDERR_FILENO;
    if (!path_.empty()) {
      // Without O_NONBLOCK, a FIFO would be waited for until it has a reader.
      fd = open(
          path_.c_str(),
          O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK,
          0600);
      if (fd < 0) {
        return ErrnoStatus(
            errno, absl::StrCat("cannot open ", path_,
                                errno == ENXIO ? " (nobody reads it)" : ""));
      }
    }
    const std::lock_guard<std::mutex> lock(file_mutex_);
    if (fd_ > STDERR_FILENO) close(fd_);
    fd_ = fd;
    return absl::OkStatus();
  }

  void Record(const Event& event) {
    if (event.type().severity < least_) return;
    std::string line = base::FormatEvent(event);
    line += '\n';
    bool wake;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (waiting_.size() + line.size() > kMaxWaitingOctets) {
        ++dropped_;
        return;
      }
      const bool urgent = event.type().severity >= Severity::kWarning;
      wake = waiting_.empty() || (urgent && !urgent_) ||
             waiting_.size() > kMaxWaitingOctets / 2;
      waiting_ += line;
      urgent_ = urgent_ || urgent;
    }
    if (wake) wake_.notify_one();
  }

 private:
  void Run() {
    std::string text;
    absl::string_view rest;
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      wake_.wait(lock, [&] { return stop_ || !waiting_.empty(); });
      wake_.wait_for(lock, kGather, [&] {
        return stop_ || urgent_ || waiting_.size() > kMaxWaitingOctets / 2;
      });
      if (waiting_.empty()) return;
      urgent_ = false;
      // A line that was cut off ends before the next one begins.
      text.clear();
      if (in_line_) text += '\n';
      if (dropped_ > 0) {
        absl::StrAppend(&text, "log.dropped lines=", dropped_, "\n");
        dropped_ = 0;
      }
      text += waiting_;
      waiting_.clear();
      lock.unlock();
      {
        const std::lock_guard<std::mutex> file_lock(file_mutex_);
        rest = WriteAll(text);
      }
      lock.lock();
      dropped_ +=
          static_cast<size_t>(std::count(rest.begin(), rest.end(), '\n'));
    }
  }

  // Writes `text`, or gives up when nothing is taken for a second: a reader of
  // a pipe that has stopped must not stop us. Returns what was not written.
  absl::string_view WriteAll(absl::string_view text) {
    while (!text.empty()) {
      if (stop_ && std::chrono::steady_clock::now() > end_) break;
      pollfd waiting = {fd_, POLLOUT, 0};
      const int ready = poll(&waiting, 1, kReaderMilliseconds);
      if (ready < 0 && errno == EINTR) continue;
      if (ready <= 0) break;
      // So much never blocks once poll() has said that there is room, even if
      // the descriptor is standard error and shared with others (pipe(7)).
      const ssize_t n =
          write(fd_, text.data(), std::min<size_t>(text.size(), PIPE_BUF));
      if (n > 0) {
        in_line_ = text[static_cast<size_t>(n) - 1] != '\n';
        text.remove_prefix(static_cast<size_t>(n));
      } else if (n < 0 && errno != EINTR && errno != EAGAIN) {
        break;
      }
    }
    return text;
  }

  const std::string path_;
  const Severity least_;
  std::mutex mutex_;  // Guards what follows.
  std::condition_variable wake_;
  std::string waiting_;
  size_t dropped_ = 0;
  bool urgent_ = false;  // A line of waiting_ must not wait for others.
  std::chrono::steady_clock::time_point end_;  // Set before stop_.
  std::atomic<bool> stop_ = false;
  bool in_line_ = false;   // The last octet written ended no line; Run()'s.
  std::mutex file_mutex_;  // Guards fd_.
  int fd_ = STDERR_FILENO;
  std::thread thread_;
};

EventLog::EventLog(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EventLog::~EventLog() = default;

absl::StatusOr<std::unique_ptr<EventLog>> EventLog::Open(
    const std::string& path, Severity least) {
  auto impl = std::make_unique<Impl>(path, least);
  const absl::Status status = impl->Open();
  if (!status.ok()) return status;
  return std::unique_ptr<EventLog>(new EventLog(std::move(impl)));
}

void EventLog::Record(const Event& event) { impl_->Record(event); }
absl::Status EventLog::Reopen() { return impl_->Reopen(); }

}  // namespace mailsec::io
