// A server that is killed at a random moment, again and again: what it has
// acknowledged is there and the same, what it has removed stays away, and what
// it was never given does not appear.

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mailcore/io/posix_disk.h"
#include "mailcore/io/spool_writer.h"
#include "mailcore/io/system_clock.h"
#include "mailcore/spool/crc32c.h"
#include "mailcore/spool/spool.h"
#include "mailcore/testing/recording_event_sink.h"

namespace mailsec::spool {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kKills = 150;
constexpr size_t kMaxWaiting = 150;  // The server removes what is above.

// What the server says through its pipe; one write each, so never torn.
struct Report {
  enum Kind : uint32_t { kSubmitting, kAcknowledged, kRemoving, kRemoved };
  Kind kind;
  uint32_t crc;  // Of the content.
  uint64_t id;
};

absl::StatusOr<std::unique_ptr<Spool>> OpenSpool(io::PosixDisk* disk,
                                                 const io::SystemClock* clock,
                                                 base::EventSink* events) {
  SpoolOptions options;
  options.segment_octets = 512 << 10;
  options.max_inline_octets = 12000;
  options.keys.push_back({.id = 1, .secret = std::string(32, 'k')});
  return Spool::Open(std::move(options), disk, clock, events);
}

// Submits and removes until it is killed.
class Server {
 public:
  Server(const std::string& path, int pipe, uint64_t seed)
      : path_(path), pipe_(pipe), random_(seed) {}

  void Run() {
    auto disk = io::PosixDisk::Open(path_);
    if (!disk.ok()) Stop(disk.status());
    auto spool = OpenSpool(disk->get(), &clock_, &events_);
    if (!spool.ok()) Stop(spool.status());
    for (const QueueEntry& entry : (*spool)->List()) ids_.push_back(entry.id);
    io::SpoolWriter writer(spool->get());
    for (;;) {
      Submit(**spool, writer);
      for (int i = 0; i < 2; ++i) Remove(writer);
      if (random_() % 4 == 0) usleep(random_() % 2000);
    }
  }

 private:
  [[noreturn]] static void Stop(const absl::Status& status) {
    std::fprintf(stderr, "%s\n", status.ToString().c_str());
    _exit(1);
  }

  void Say(Report::Kind kind, QueueId id, uint32_t crc) {
    const Report report = {.kind = kind, .crc = crc, .id = id.value()};
    if (write(pipe_, &report, sizeof(report)) != sizeof(report)) _exit(2);
  }

  void Submit(Spool& spool, io::SpoolWriter& writer) {
    std::string content(random_() % (random_() % 8 == 0 ? 90000 : 9000), '\0');
    for (char& c : content) c = static_cast<char>(random_());
    const uint32_t crc = Crc32c(content);
    MessageWriter message = spool.NewMessage();
    const QueueId id = message.id();
    Say(Report::kSubmitting, id, crc);
    if (absl::Status s = message.Append(content); !s.ok()) Stop(s);
    Envelope envelope;
    envelope.client_name = id.ToString();
    writer.Submit({.envelope = envelope, .content = std::move(message)},
                  [this, crc](absl::StatusOr<QueueId> stored) {
                    if (!stored.ok()) Stop(stored.status());
                    Say(Report::kAcknowledged, *stored, crc);
                    const std::lock_guard<std::mutex> lock(mutex_);
                    ids_.push_back(*stored);
                  });
  }

  void Remove(io::SpoolWriter& writer) {
    Progress progress;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (ids_.size() <= kMaxWaiting) return;
      std::swap(ids_[random_() % ids_.size()], ids_.back());
      progress.id = ids_.back();
      ids_.pop_back();
    }
    progress.done = true;
    const QueueId id = progress.id;
    Say(Report::kRemoving, id, 0);
    writer.Record(progress, [this, id](absl::Status status) {
      if (!status.ok()) Stop(status);
      Say(Report::kRemoved, id, 0);
    });
  }

  const std::string path_;
  const int pipe_;
  std::mt19937_64 random_;
  const io::SystemClock clock_;
  RecordingEventSink events_;
  std::mutex mutex_;
  std::vector<QueueId> ids_;
};

class KillTest : public testing::Test {
 protected:
  KillTest() {
    std::string name = testing::TempDir() + "/killXXXXXX";
    root_ = std::filesystem::path(mkdtemp(name.data())).lexically_normal();
    path_ = root_ + "/spool";
  }
  ~KillTest() override { std::filesystem::remove_all(root_); }

  // Runs a server, and kills it `life` after its start.
  void RunServer(uint64_t seed, milliseconds life) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      close(ends[0]);
      Server(path_, ends[1], seed).Run();
    }
    close(ends[1]);
    Listen(ends[0], steady_clock::now() + life);
    kill(child, SIGKILL);
    Listen(ends[0], steady_clock::time_point::max());
    close(ends[0]);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << WEXITSTATUS(status);
    ASSERT_EQ(WTERMSIG(status), SIGKILL);
  }

  // Until the pipe is closed, or `end`.
  void Listen(int fd, steady_clock::time_point end) {
    for (;;) {
      int wait = -1;
      if (end != steady_clock::time_point::max()) {
        const auto left = end - steady_clock::now();
        if (left <= left.zero()) return;
        wait = 1 + std::chrono::duration_cast<milliseconds>(left).count();
      }
      pollfd ready = {.fd = fd, .events = POLLIN, .revents = 0};
      if (poll(&ready, 1, wait) <= 0) continue;
      Report report;
      if (read(fd, &report, sizeof(report)) != sizeof(report)) return;
      Note(report);
    }
  }

  void Note(const Report& report) {
    switch (report.kind) {
      case Report::kSubmitting:
        EXPECT_TRUE(submitted_.emplace(report.id, report.crc).second)
            << "an id was given out twice";
        return;
      case Report::kAcknowledged:
        EXPECT_EQ(submitted_[report.id], report.crc);
        acknowledged_.insert(report.id);
        ++acknowledgements_;
        return;
      case Report::kRemoving:
        acknowledged_.erase(report.id);
        return;
      case Report::kRemoved:
        removed_.insert(report.id);
    }
  }

  void Check() {
    auto disk = io::PosixDisk::Open(path_);
    ASSERT_TRUE(disk.ok()) << disk.status();
    auto spool = OpenSpool(disk->get(), &clock_, &events_);
    ASSERT_TRUE(spool.ok()) << spool.status();
    std::set<uint64_t> there;
    for (const QueueEntry& entry : (*spool)->List()) {
      const uint64_t id = entry.id.value();
      there.insert(id);
      ASSERT_TRUE(submitted_.contains(id)) << "never submitted: " << id;
      EXPECT_FALSE(removed_.contains(id)) << "removed and back: " << id;
      EXPECT_EQ((*spool)->ReadEnvelope(entry.id)->client_name,
                entry.id.ToString());
      EXPECT_EQ(ContentCrc(**spool, entry.id), submitted_[id]);
    }
    for (const uint64_t id : acknowledged_) {
      EXPECT_TRUE(there.contains(id)) << "lost: " << id;
    }
    EXPECT_EQ(events_.Count("spool.damage"), 0);
  }

  static uint32_t ContentCrc(const Spool& spool, QueueId id) {
    auto reader = spool.OpenContent(id);
    EXPECT_TRUE(reader.ok()) << reader.status();
    uint32_t crc = 0;
    while (reader.ok()) {
      const auto piece = (*reader)->Next();
      EXPECT_TRUE(piece.ok()) << piece.status();
      if (!piece.ok() || piece->empty()) break;
      crc = Crc32c(*piece, crc);
    }
    return crc;
  }

  std::string root_;
  std::string path_;
  const io::SystemClock clock_;
  RecordingEventSink events_;
  std::map<uint64_t, uint32_t> submitted_;  // With the checksum.
  std::set<uint64_t> acknowledged_;         // And no removal was begun.
  std::set<uint64_t> removed_;
  int acknowledgements_ = 0;
};

// SPOOL-03, SPOOL-10.
TEST_F(KillTest, NothingAcknowledgedIsLost) {
  std::mt19937_64 random(1);
  for (int i = 0; i < kKills && !HasFailure(); ++i) {
    SCOPED_TRACE(absl::StrCat("kill ", i));
    RunServer(random(), milliseconds(random() % (i % 4 == 0 ? 20 : 150)));
    Check();
  }
  std::printf("%d kills, %d messages acknowledged, %d removed\n", kKills,
              acknowledgements_, static_cast<int>(removed_.size()));
  EXPECT_GT(acknowledgements_, 10 * kKills);
  EXPECT_GT(removed_.size(), size_t{kKills});
}

}  // namespace
}  // namespace mailsec::spool
