// How many messages of 10 KiB can be acknowledged a second, against a bare
// loop that writes as much into a file of the same kind and flushes it?
//
// TEST_TMPDIR or TMPDIR says on which disk.

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "benchmark/benchmark.h"
#include "mailcore/base/event.h"
#include "mailcore/io/posix_disk.h"
#include "mailcore/io/system_clock.h"
#include "mailcore/spool/spool.h"

namespace mailsec {
namespace {

constexpr size_t kMessageOctets = 10 << 10;
constexpr uint64_t kFileOctets = 64 << 20;

class NoEvents : public base::EventSink {
 public:
  void Record(const base::Event&) override {}
};

std::string NewFolder() {
  const char* base = getenv("TMPDIR");
  std::string name =
      std::string(base != nullptr ? base : "/var/tmp") + "/spool-bench-XXXXXX";
  return mkdtemp(name.data()) != nullptr ? name : std::string();
}

void RemoveFolder(const std::string& name) {
  if (system(("rm -rf '" + name + "'").c_str()) != 0) abort();
}

spool::Envelope OneRecipient() {
  spool::Envelope envelope;
  envelope.sender = *address::ReversePath::Parse("<alice@example.com>");
  envelope.recipients.push_back(
      {.path = *address::ForwardPath::Parse("<bob@example.org>"),
       .parameters = {},
       .last_reply = ""});
  envelope.client_name = "client.example.com";
  envelope.protocol = "ESMTP";
  return envelope;
}

// Commits batches of `batch` messages; each batch removes the one before.
void BM_Commit(benchmark::State& state) {
  const size_t batch = state.range(0);
  const std::string folder = NewFolder();
  io::SystemClock clock;
  NoEvents events;
  auto disk = io::PosixDisk::Open(folder);
  if (!disk.ok()) return state.SkipWithError(disk.status().ToString().c_str());
  spool::SpoolOptions options;
  if (state.range(1) != 0) {
    options.keys.push_back({.id = 1, .secret = std::string(32, 'k')});
  }
  auto spool = spool::Spool::Open(options, disk->get(), &clock, &events);
  if (!spool.ok()) {
    return state.SkipWithError(spool.status().ToString().c_str());
  }
  while (*(*spool)->Maintain()) {
  }
  const std::string content(kMessageOctets, 'x');
  std::vector<spool::Progress> done;
  int since = 0;
  for (auto _ : state) {
    std::vector<spool::Submission> submissions;
    for (size_t i = 0; i < batch; ++i) {
      spool::MessageWriter writer = (*spool)->NewMessage();
      (void)writer.Append(content);
      submissions.push_back(
          {.envelope = OneRecipient(), .content = std::move(writer)});
    }
    const auto ids = (*spool)->Commit(std::move(submissions), {});
    state.PauseTiming();
    for (const auto& id : ids) {
      if (!id.ok()) return state.SkipWithError("a commit failed");
      done.emplace_back().id = *id;
      done.back().done = true;
    }
    if (++since * batch >= 2048) {  // Make room, as deliveries would.
      (void)(*spool)->Commit({}, std::exchange(done, {}));
      while (*(*spool)->Maintain()) {
      }
      since = 0;
    }
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * batch);
  spool->reset();
  disk->reset();
  RemoveFolder(folder);
}
BENCHMARK(BM_Commit)
    ->ArgNames({"batch", "sealed"})
    ->ArgsProduct({{1, 16, 64}, {0, 1}})
    ->UseRealTime();

// The ceiling: one pwrite and one fdatasync a batch, nothing else.
void BM_BareWrites(benchmark::State& state) {
  const size_t batch = state.range(0);
  const std::string folder = NewFolder();
  const int fd = open((folder + "/file").c_str(), O_RDWR | O_CREAT, 0600);
  const std::string zeros(1 << 20, '\0');
  for (uint64_t at = 0; at < kFileOctets; at += zeros.size()) {
    if (pwrite(fd, zeros.data(), zeros.size(), at) < 0) abort();
  }
  fsync(fd);
  const std::string octets(batch * (kMessageOctets + 200), 'x');
  uint64_t at = 0;
  for (auto _ : state) {
    if (at + octets.size() > kFileOctets) at = 0;
    if (pwrite(fd, octets.data(), octets.size(), at) < 0) abort();
    if (fdatasync(fd) != 0) abort();
    at += (octets.size() + 4095) / 4096 * 4096;
  }
  state.SetItemsProcessed(state.iterations() * batch);
  close(fd);
  RemoveFolder(folder);
}
BENCHMARK(BM_BareWrites)
    ->ArgName("batch")
    ->Arg(1)
    ->Arg(16)
    ->Arg(64)
    ->UseRealTime();

}  // namespace
}  // namespace mailsec

BENCHMARK_MAIN();
