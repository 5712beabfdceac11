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

void BoundKeeper::Start(std::shared_ptr<policy::Governor> governor) {
  governor_ = std::move(governor);
  Load();
  thread_ = std::thread([this] { Run(); });
}

void BoundKeeper::SetGovernor(std::shared_ptr<policy::Governor> governor) {
  const std::lock_guard<std::mutex> lock(mutex_);
  // What one governor saves, another one loads.
  (void)governor->LoadBounds(governor_->SaveBounds(clock_->Now()));
  governor_ = std::move(governor);
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
      octets.ok() ? governor_->LoadBounds(*octets) : octets.status();
  if (status.ok()) return;
  events_->Record(Event(events::kBoundsLost, clock_->Now())
                      .With("file", path_)
                      .With("error", status.message()));
}

void BoundKeeper::Save() {
  std::shared_ptr<policy::Governor> governor;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    governor = governor_;
  }
  const absl::Status status =
      io::WriteStateFile(path_, governor->SaveBounds(clock_->Now()));
  if (!status.ok() && !save_failed_) {
    events_->Record(Event(events::kBoundsNotSaved, clock_->Now())
                        .With("file", path_)
                        .With("error", status.message()));
  }
  save_failed_ = !status.ok();
}

}  // namespace mailsec::server
