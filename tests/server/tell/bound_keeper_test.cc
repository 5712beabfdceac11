// R24: neither a restart nor a reload begins the bounds anew.

#include "mailcore/server/tell/bound_keeper.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "mailcore/testing/manual_clock.h"
#include "mailcore/testing/recording_event_sink.h"

namespace mailsec::server {
namespace {

using address::Address;

class BoundKeeperTest : public testing::Test {
 protected:
  BoundKeeperTest() {
    std::string name = testing::TempDir() + "/boundsXXXXXX";
    folder_ = mkdtemp(name.data());
    path_ = folder_ + "/spool.bounds";
    Begin();
  }
  ~BoundKeeperTest() override { std::filesystem::remove_all(folder_); }

  static policy::Governor::Options Options(uint64_t seed) {
    return {.own_domains = {*address::Domain::Parse("example.org")},
            .per_address = {.burst = 2, .interval = absl::Hours(1)},
            .seed = {seed, seed}};
  }
  static std::shared_ptr<policy::Governor> NewGovernor(uint64_t seed) {
    return std::make_shared<policy::Governor>(Options(seed));
  }
  void PutInForce(std::shared_ptr<policy::Governor> governor) {
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->governor = std::move(governor);
    current_.Set(std::move(snapshot));
  }
  // A server starts, with a seed of its own.
  void Begin() {
    PutInForce(NewGovernor(++seed_));
    keeper_ = std::make_unique<BoundKeeper>(path_, &parts_, &current_);
    keeper_->Start();
  }
  void Restart() {
    keeper_->Stop();
    Begin();
  }
  bool MayNotify() {
    const Address alice = *Address::Parse("alice@example.org");
    return current_.Get()
        ->governor
        ->Decide({.answered = address::ReversePath(alice),
                  .sender_is_ours = true,
                  .author = *Address::Parse("postmaster@example.org"),
                  .target = alice},
                 clock_.Now())
        .allowed();
  }

  std::string folder_;
  std::string path_;
  uint64_t seed_ = 0;
  ManualClock clock_;
  RecordingEventSink events_;
  const Parts parts_ = {.clock = &clock_, .events = &events_};
  Current<Snapshot> current_;
  std::unique_ptr<BoundKeeper> keeper_;
};

TEST_F(BoundKeeperTest, ARestartBeginsNothingAnew) {
  EXPECT_TRUE(MayNotify());
  Restart();
  EXPECT_TRUE(MayNotify());
  Restart();
  EXPECT_FALSE(MayNotify());
  clock_.Advance(absl::Hours(1));
  Restart();
  EXPECT_TRUE(MayNotify());
  EXPECT_FALSE(MayNotify());
  EXPECT_TRUE(events_.events().empty());
}

TEST_F(BoundKeeperTest, AReloadBeginsNothingAnew) {
  EXPECT_TRUE(MayNotify());
  EXPECT_TRUE(MayNotify());
  PutInForce(std::make_shared<policy::Governor>(
      Options(99), *current_.Get()->governor, clock_.Now()));
  EXPECT_FALSE(MayNotify());
  Restart();
  EXPECT_FALSE(MayNotify());
}

TEST_F(BoundKeeperTest, TheFileIsTheServersAlone) {
  keeper_->Stop();
  struct stat status;
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(BoundKeeperTest, ADamagedFileIsAnEventAndBeginsAnew) {
  MayNotify();
  MayNotify();
  keeper_->Stop();
  std::ofstream(path_, std::ios::trunc) << "damaged";
  Begin();
  EXPECT_TRUE(MayNotify());
  EXPECT_EQ(events_.Count("ndn.bounds_lost"), 1);
}

TEST_F(BoundKeeperTest, AFileThatOthersMayWriteIsNotBelieved) {
  MayNotify();
  MayNotify();
  keeper_->Stop();
  ASSERT_EQ(chmod(path_.c_str(), 0666), 0);
  Begin();
  EXPECT_TRUE(MayNotify());
  EXPECT_EQ(events_.Count("ndn.bounds_lost"), 1);
}

TEST_F(BoundKeeperTest, WhatCannotBeWrittenIsAnEventAndStopsNothing) {
  std::filesystem::remove_all(folder_);
  keeper_->Stop();
  EXPECT_EQ(events_.Count("ndn.bounds_not_saved"), 1);
}

}  // namespace
}  // namespace mailsec::server
