#include "tests/conformance/store_form.h"

#include <stdlib.h>

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mailcore/io/posix_disk.h"
#include "mailcore/spool/log_store.h"
#include "mailcore/spool/memory_store.h"
#include "mailcore/testing/failing_store.h"
#include "mailcore/testing/manual_clock.h"
#include "mailcore/testing/recording_event_sink.h"
#include "mailcore/testing/simulated_disk.h"

namespace mailsec {
namespace {

// Small segments, so that a test of a few messages fills several.
spool::LogStore::Options LogOptions(bool sealed) {
  spool::LogStore::Options options;
  options.segment_octets = 64 << 10;
  if (sealed) options.keys.push_back({.id = 1, .secret = std::string(32, 'k')});
  return options;
}

class SimulatedForm : public StoreForm {
 public:
  explicit SimulatedForm(bool sealed) : sealed_(sealed) {}
  std::unique_ptr<spool::SpoolStore> Open() override {
    return std::make_unique<spool::LogStore>(LogOptions(sealed_), &disk_,
                                             &clock_, &events_);
  }
  bool HasThreads() const override { return false; }

 private:
  const bool sealed_;
  SimulatedDisk disk_{1};
  ManualClock clock_;
  RecordingEventSink events_;
};

class PosixForm : public StoreForm {
 public:
  explicit PosixForm(bool sealed) : sealed_(sealed) {
    path_ = absl::StrCat(testing::TempDir(), "/store-XXXXXX");
    if (mkdtemp(path_.data()) == nullptr) abort();
  }
  std::unique_ptr<spool::SpoolStore> Open() override {
    disk_.reset();  // Lets go of the lock.
    auto disk = io::PosixDisk::Open(absl::StrCat(path_, "/spool"));
    if (!disk.ok()) {
      ADD_FAILURE() << disk.status();
      abort();
    }
    disk_ = *std::move(disk);
    return std::make_unique<spool::LogStore>(LogOptions(sealed_), disk_.get(),
                                             &clock_, &events_);
  }

 private:
  const bool sealed_;
  std::string path_;
  std::unique_ptr<io::PosixDisk> disk_;
  ManualClock clock_;
  RecordingEventSink events_;
};

class MemoryForm : public StoreForm {
 public:
  explicit MemoryForm(bool wrapped) : wrapped_(wrapped) {}
  std::unique_ptr<spool::SpoolStore> Open() override {
    auto store = std::make_unique<spool::MemoryStore>();
    if (!wrapped_) return store;
    return std::make_unique<FailingStore>(std::move(store));
  }
  bool KeepsOverRestart() const override { return false; }

 private:
  const bool wrapped_;  // By a failing store that does not fail.
};

template <typename Form>
StoreFormCase Case(std::string name, bool flag) {
  return {std::move(name), [flag] { return std::make_unique<Form>(flag); }};
}

}  // namespace

std::vector<StoreFormCase> AllStoreForms() {
  return {Case<SimulatedForm>("LogOnSimulatedDisk", false),
          Case<SimulatedForm>("SealedLogOnSimulatedDisk", true),
          Case<PosixForm>("LogOnPosixDisk", false),
          Case<PosixForm>("SealedLogOnPosixDisk", true),
          Case<MemoryForm>("Memory", false),
          Case<MemoryForm>("FailingStoreThatDoesNotFail", true)};
}

}  // namespace mailsec
