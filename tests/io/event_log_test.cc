#include "mailcore/io/event_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mailsec::io {
namespace {

using base::Event;
using base::EventType;
using base::LogClass;
using base::Severity;

constexpr EventType kNote = {"test.note", Severity::kNotice,
                             LogClass::kOperational, "R11", "A note."};
constexpr EventType kDetail = {"test.detail", Severity::kDebug,
                               LogClass::kOperational, "R11", "A detail."};

std::string Path(const std::string& name) {
  return testing::TempDir() + "/" + name;
}

std::string ReadAll(const std::string& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

Event Note(int n) {
  return Event(kNote, absl::UnixEpoch()).With("n", static_cast<int64_t>(n));
}

TEST(EventLogTest, WritesEveryLineOfEveryThread) {
  const std::string path = Path("all.log");
  {
    auto log = EventLog::Open(path, Severity::kInfo);
    ASSERT_TRUE(log.ok());
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 500; ++i) (*log)->Record(Note(i));
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  const std::string text = ReadAll(path);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2000);
  struct stat info;
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 077, 0u);
}

TEST(EventLogTest, LeavesOutWhatIsBelowTheLeastSeverity) {
  const std::string path = Path("severity.log");
  {
    auto log = EventLog::Open(path, Severity::kInfo);
    (*log)->Record(Event(kDetail, absl::UnixEpoch()));
    (*log)->Record(Note(1));
  }
  EXPECT_THAT(ReadAll(path), testing::HasSubstr("test.note"));
  EXPECT_THAT(ReadAll(path), testing::Not(testing::HasSubstr("test.detail")));
}

TEST(EventLogTest, ReopensAfterItsFileWasMovedAway) {
  const std::string path = Path("moved.log");
  const std::string moved = Path("moved.log.1");
  {
    auto log = EventLog::Open(path, Severity::kInfo);
    ASSERT_EQ(std::rename(path.c_str(), moved.c_str()), 0);
    ASSERT_TRUE((*log)->Reopen().ok());
    (*log)->Record(Note(7));
  }
  EXPECT_THAT(ReadAll(path), testing::HasSubstr("n=7"));
}

// A pipe whose reader has stopped, as a log shipper that hangs.
TEST(EventLogTest, AReaderThatStopsHoldsUpNobodyAndWhatItMissedIsCounted) {
  const std::string path = Path("stuck.fifo");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_TRUE(
      absl::IsUnavailable(EventLog::Open(path, Severity::kInfo).status()));
  const int reader = open(path.c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_GE(reader, 0);
  std::string seen;
  {
    auto log = EventLog::Open(path, Severity::kInfo);
    ASSERT_TRUE(log.ok());
    const auto read_all = [&] {
      char buffer[4096];
      ssize_t n;
      while ((n = read(reader, buffer, sizeof(buffer))) > 0) {
        seen.append(buffer, static_cast<size_t>(n));
      }
    };
    for (int i = 0; i < 10000; ++i) (*log)->Record(Note(i));
    // The pipe is full by now, and a second later the rest is dropped.
    std::this_thread::sleep_for(std::chrono::milliseconds(1500));
    while (seen.find("log.dropped") == std::string::npos) {
      read_all();
      (*log)->Record(Note(10000));
    }
    for (int i = 0; i < 10000; ++i) (*log)->Record(Note(i));
  }  // Ends although nobody reads.
  close(reader);
  EXPECT_THAT(seen, testing::HasSubstr("\nlog.dropped lines="));
}

TEST(EventLogTest, AFolderThatIsNotThereIsTold) {
  EXPECT_TRUE(absl::IsNotFound(
      EventLog::Open(Path("no/such/folder/log"), Severity::kInfo).status()));
}

}  // namespace
}  // namespace mailsec::io
