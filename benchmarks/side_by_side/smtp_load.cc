// smtp_load: sends messages to a server on 127.0.0.1 as fast as it takes them,
// and prints one line of JSON: messages a second, latency, errors.
//
//   smtp_load --port=2525 --sessions=20 --octets=10240 --seconds=2

#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "benchmarks/side_by_side/load_content.h"
#include "benchmarks/side_by_side/load_session.h"

ABSL_FLAG(uint16_t, port, 0, "Port of the server on 127.0.0.1.");
ABSL_FLAG(int, sessions, 1, "Connections at once.");
ABSL_FLAG(int, messages_each, 100, "Messages of one connection; then a new.");
ABSL_FLAG(uint64_t, octets, 10240, "Size of a message.");
ABSL_FLAG(double, warmup, 0.3, "Seconds at the start that do not count.");
ABSL_FLAG(double, seconds, 2, "Seconds that count.");
ABSL_FLAG(uint64_t, max_messages, 1000000, "Stop after this many.");

namespace {

using mailsec::benchmarks::LoadPlan;
using mailsec::benchmarks::LoadSession;
using mailsec::benchmarks::MakeLoadContent;
using mailsec::benchmarks::MonotonicSeconds;

constexpr size_t kMaxErrors = 100;
// A server that has stopped answering is given up after this.
constexpr double kPatienceSeconds = 15;

// One run: counts what the sessions report.
class Run {
 public:
  Run()
      : start_(MonotonicSeconds()),
        count_from_(start_ + absl::GetFlag(FLAGS_warmup)),
        end_(count_from_ + absl::GetFlag(FLAGS_seconds)),
        max_messages_(absl::GetFlag(FLAGS_max_messages)) {
    plan_.port = absl::GetFlag(FLAGS_port);
    plan_.content = MakeLoadContent(absl::GetFlag(FLAGS_octets));
    plan_.messages_each = absl::GetFlag(FLAGS_messages_each);
    plan_.may_start = [this] { return MayStart(); };
    plan_.on_stored = [this](double since) { OnStored(since); };
    plan_.on_error = [this](absl::string_view why) {
      ++error_count_;
      ++errors_[std::string(why.substr(0, 80))];
    };
  }

  void Go() {
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    std::vector<std::unique_ptr<LoadSession>> sessions;
    for (int i = 0; i < absl::GetFlag(FLAGS_sessions); ++i) {
      sessions.push_back(std::make_unique<LoadSession>(&plan_));
    }
    std::array<epoll_event, 256> events;
    for (;;) {
      // All that have ended are opened again, and when none may be, it is over.
      size_t open = 0;
      for (const auto& session : sessions) {
        if (session->open() || (MayStart() && session->Open(epoll))) ++open;
      }
      if (open == 0 || MonotonicSeconds() > end_ + kPatienceSeconds) break;
      const int n = epoll_wait(epoll, events.data(), events.size(), 500);
      for (int i = 0; i < n; ++i) {
        static_cast<LoadSession*>(events[static_cast<size_t>(i)].data.ptr)
            ->OnReady();
      }
    }
    close(epoll);
  }

  std::string ToJson() {
    std::sort(latencies_.begin(), latencies_.end());
    const double seconds = last_ - count_from_;
    const double counted = static_cast<double>(latencies_.size());
    rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return absl::StrFormat(
        "{\"rate\": %.1f, \"p50_ms\": %.3f, \"p99_ms\": %.3f, "
        "\"messages\": %d, \"all_messages\": %d, \"seconds\": %.3f, "
        "\"client_cpu_seconds\": %.3f, \"error_count\": %d, "
        "\"errors\": {%s}}",
        seconds > 0 ? counted / seconds : 0.0, Quantile(0.5), Quantile(0.99),
        latencies_.size(), all_messages_, seconds, Seconds(usage), error_count_,
        JoinErrors());
  }

 private:
  bool MayStart() const {
    return all_messages_ < max_messages_ && error_count_ < kMaxErrors &&
           MonotonicSeconds() < end_;
  }

  void OnStored(double since) {
    ++all_messages_;
    const double now = MonotonicSeconds();
    // A fast server must not be through with them before counting begins.
    if (now < count_from_ && all_messages_ >= max_messages_ / 10) {
      count_from_ = now;
    }
    if (now < count_from_ || now > end_) return;
    latencies_.push_back(now - since);
    last_ = now;
  }

  double Quantile(double q) const {
    if (latencies_.empty()) return 0;
    const auto at =
        static_cast<size_t>(q * static_cast<double>(latencies_.size()));
    return 1e3 * latencies_[std::min(at, latencies_.size() - 1)];
  }

  static double Seconds(const rusage& usage) {
    return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           static_cast<double>(usage.ru_utime.tv_usec +
                               usage.ru_stime.tv_usec) *
               1e-6;
  }

  std::string JoinErrors() const {
    return absl::StrJoin(
        errors_, ", ", [](std::string* out, const auto& error) {
          std::string text;
          for (const char c : error.first) {
            if (c >= ' ' && c != '"' && c != '\\') text += c;
          }
          absl::StrAppend(out, "\"", text, "\": ", error.second);
        });
  }

  const double start_;
  double count_from_;
  const double end_;
  const uint64_t max_messages_;
  LoadPlan plan_;
  std::vector<double> latencies_;  // Seconds, of those that count.
  double last_ = 0;                // When the last of them was stored.
  uint64_t all_messages_ = 0;
  size_t error_count_ = 0;
  std::map<std::string, int> errors_;
};

}  // namespace

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "sends messages to a server on 127.0.0.1 and measures.\n\n"
      "  smtp_load --port=N [--sessions=N] [--octets=N] [--seconds=S]");
  absl::ParseCommandLine(argc, argv);
  if (absl::GetFlag(FLAGS_port) == 0) {
    std::cerr << "smtp_load: --port is missing\n";
    return 2;
  }
  Run run;
  run.Go();
  std::cout << run.ToJson() << std::endl;
  return 0;
}
