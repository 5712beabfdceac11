#include "mailcore/server/tell/bound_keeper.h"

#include <chrono>

#include "absl/status/statusor.h"
#include "mailcore/io/read_file.h"
#include "mailcore/io/state_file.h"
#include "mailcore/server/runtime/server_events.h"

namespace mailsec::server {
namespace {

using base::Event;

constexpr std::chrono::minutes kPause(1);
// Two tables of a million keys, at 16 octets each, smaller ones, and room to
// spare. Ours.
constexpr size_t kMaxOctets = size_t{64} << 20;

}  // namespace

void BoundKeeper::Start() {
  Load();
  thread_ = std::thread([this] { Run(); });
}

void BoundKeeper::Stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  stopped_.notify_one();
  thread_.join();
  Save();
}

void BoundKeeper::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stop_) {
    if (stopped_.wait_for(lock, kPause) == std::cv_status::timeout) {
      lock.unlock();
      Save();
      lock.lock();
    }
  }
}

void BoundKeeper::Load() {
  const absl::StatusOr<std::string> octets =
      io::ReadSecretFile(path_, kMaxOctets);
  if (absl::IsNotFound(octets.status())) return;
  const absl::Status status =
      octets.ok() ? current_->Get()->governor->LoadBounds(*octets)
                  : octets.status();
  if (status.ok()) return;
  parts_.events->Record(Event(events::kBoundsLost, parts_.clock->Now())
                            .With("file", path_)
                            .With("error", status.message()));
}

void BoundKeeper::Save() {
  const absl::Status status = io::WriteStateFile(
      path_, current_->Get()->governor->SaveBounds(parts_.clock->Now()));
  if (!status.ok() && !save_failed_) {
    parts_.events->Record(Event(events::kBoundsNotSaved, parts_.clock->Now())
                              .With("file", path_)
                              .With("error", status.message()));
  }
  save_failed_ = !status.ok();
}

}  // namespace mailsec::server
