#include "mailcore/io/event_log.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <mutex>
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

// Writes all of `text`, or gives up when `fd` takes nothing for a second: a
// reader of a pipe that has stopped must not stop us.
void WriteAll(int fd, absl::string_view text) {
  while (!text.empty()) {
    const ssize_t n = write(fd, text.data(), text.size());
    if (n > 0) {
      text.remove_prefix(static_cast<size_t>(n));
      continue;
    }
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno != EAGAIN) return;
    pollfd waiting = {fd, POLLOUT, 0};
    if (poll(&waiting, 1, 1000) <= 0) return;
  }
}

}  // namespace

class EventLog::Impl {
 public:
  Impl(std::string path, Severity least)
      : path_(std::move(path)), least_(least) {}

  ~Impl() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      stop_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
    if (fd_ > STDERR_FILENO) close(fd_);
  }

  absl::Status Open() {
    const absl::Status status = Reopen();
    if (status.ok()) thread_ = std::thread([this] { Run(); });
    return status;
  }

  absl::Status Reopen() {
    int fd = STDERR_FILENO;
    if (!path_.empty()) {
      fd = open(path_.c_str(),
                O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
      if (fd < 0)
        return ErrnoStatus(errno, absl::StrCat("cannot open ", path_));
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
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      wake_.wait(lock, [&] { return stop_ || !waiting_.empty(); });
      wake_.wait_for(lock, kGather, [&] {
        return stop_ || urgent_ || waiting_.size() > kMaxWaitingOctets / 2;
      });
      if (waiting_.empty()) return;
      urgent_ = false;
      text.clear();
      text.swap(waiting_);
      if (dropped_ > 0) {
        absl::StrAppend(&text, "log.dropped lines=", dropped_, "\n");
        dropped_ = 0;
      }
      lock.unlock();
      {
        const std::lock_guard<std::mutex> file_lock(file_mutex_);
        WriteAll(fd_, text);
      }
      lock.lock();
    }
  }

  const std::string path_;
  const Severity least_;
  std::mutex mutex_;  // Guards what follows.
  std::condition_variable wake_;
  std::string waiting_;
  size_t dropped_ = 0;
  bool urgent_ = false;  // A line of waiting_ must not wait for others.
  bool stop_ = false;
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
