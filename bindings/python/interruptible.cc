#include "bindings/python/interruptible.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "bindings/python/gil.h"
#include "mailcore/policy/string_content.h"

namespace mailsec::python {
namespace {

// How often a wait looks whether a signal came. Ours.
constexpr std::chrono::milliseconds kLookTime(50);

constexpr char kInterrupted[] = "interrupted by a signal";

struct Progress {
  std::mutex mutex;  // Guards what follows.
  std::condition_variable ended;
  bool has_ended = false;
};

// True if a signal's handler has raised, and that is kept.
bool WasInterrupted() {
  const GilAcquire gil;
  if (EnterInterpreter([] { return PyErr_CheckSignals(); }) == 0) return false;
  KeepException();
  return true;
}

}  // namespace

bool MustHearSignals() { return IsMainThread(); }

bool RunHearingSignals(std::function<void()> wait) {
  if (HasKeptException()) return false;
  auto progress = std::make_shared<Progress>();
  try {
    std::thread([progress, wait] {
      wait();
      const std::lock_guard<std::mutex> lock(progress->mutex);
      progress->has_ended = true;
      progress->ended.notify_all();
    }).detach();
  } catch (const std::system_error&) {  // No thread to be had.
    wait();
    return true;
  }
  std::unique_lock<std::mutex> lock(progress->mutex);
  while (!progress->ended.wait_for(lock, kLookTime,
                                   [&] { return progress->has_ended; })) {
    lock.unlock();
    if (WasInterrupted()) return false;
    lock.lock();
  }
  return true;
}

absl::StatusOr<dns::MxAnswer> InterruptibleResolver::LookUpMx(
    const address::Domain& domain) {
  if (!MustHearSignals()) return resolver_->LookUpMx(domain);
  return AskHearingSignals([resolver = resolver_, domain] {
           return resolver->LookUpMx(domain);
         })
      .value_or(absl::UnavailableError(kInterrupted));
}

absl::StatusOr<dns::AddressAnswer> InterruptibleResolver::LookUpAddresses(
    const std::string& host) {
  if (!MustHearSignals()) return resolver_->LookUpAddresses(host);
  return AskHearingSignals([resolver = resolver_, host] {
           return resolver->LookUpAddresses(host);
         })
      .value_or(absl::UnavailableError(kInterrupted));
}

policy::ScanResult InterruptibleScanner::Scan(
    const policy::ScanRequest& request, policy::ScanContent& content) {
  if (!MustHearSignals()) return scanner_->Scan(request, content);
  absl::StatusOr<std::string> octets = ReadAll(content);
  if (!octets.ok()) return {.why = std::string(octets.status().message())};
  return AskHearingSignals(
             [scanner = scanner_, request, octets = *std::move(octets)] {
               policy::StringContent pieces(octets);
               return scanner->Scan(request, pieces);
             })
      .value_or(policy::ScanResult{.why = kInterrupted});
}

absl::StatusOr<std::string> ReadAll(policy::ScanContent& content) {
  absl::Status status = content.Rewind();
  std::string all;
  while (status.ok()) {
    const absl::StatusOr<absl::string_view> piece = content.Next();
    if (!piece.ok()) return piece.status();
    if (piece->empty()) return all;
    all.append(piece->data(), piece->size());
  }
  return status;
}

}  // namespace mailsec::python
