#include "mailcore/server/tell/signature_watch.h"

#include <chrono>
#include <utility>

namespace mailsec::server {
namespace {

constexpr std::chrono::minutes kPause(10);  // Ours.

}  // namespace

void SignatureWatch::Start(std::shared_ptr<Scanning> scanning) {
  SetScanning(std::move(scanning));
  thread_ = std::thread([this] { Run(); });
}

void SignatureWatch::SetScanning(std::shared_ptr<Scanning> scanning) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    scanning_ = std::move(scanning);
    new_ = true;
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
    new_ = false;
    const std::shared_ptr<Scanning> scanning = scanning_;
    lock.unlock();
    scanning->CheckSignatures();
    lock.lock();
    changed_.wait_for(lock, kPause, [this] { return stop_ || new_; });
  }
}

}  // namespace mailsec::server
