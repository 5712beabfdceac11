#include "mailcore/server/tell/signature_watch.h"

#include <chrono>

namespace mailsec::server {
namespace {

constexpr std::chrono::minutes kPause(10);  // Ours.

}  // namespace

void SignatureWatch::Start() {
  thread_ = std::thread([this] { Run(); });
}

void SignatureWatch::Wake() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    woken_ = true;
  }
  changed_.notify_one();
}

void SignatureWatch::Stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void SignatureWatch::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stop_) {
    woken_ = false;
    lock.unlock();
    current_->Get()->scanning->CheckSignatures();
    lock.lock();
    changed_.wait_for(lock, kPause, [this] { return stop_ || woken_; });
  }
}

}  // namespace mailsec::server
