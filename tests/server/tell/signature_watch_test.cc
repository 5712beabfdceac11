// R27: the signatures of the scanners in force are looked at.

#include "mailcore/server/tell/signature_watch.h"

#include <chrono>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "mailcore/testing/fake_scanner.h"
#include "mailcore/testing/manual_clock.h"
#include "mailcore/testing/recording_event_sink.h"

namespace mailsec::server {
namespace {

class SignatureWatchTest : public testing::Test {
 protected:
  // A snapshot whose only scanner has signatures of this age.
  std::shared_ptr<const Snapshot> WithSignatures(policy::FakeScanner* scanner,
                                                 absl::Duration age) {
    scanner->SetSignatureTime(clock_.Now() - age);
    auto snapshot = std::make_shared<Snapshot>();
    std::vector<ConfigError> errors;
    snapshot->scanning = Scanning::Create(ContentSettings(), {scanner}, &clock_,
                                          &events_, nullptr, &errors);
    return snapshot;
  }

  bool Eventually(absl::string_view type, int count) {
    for (int i = 0; i < 1000 && events_.Count(type) < count; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return events_.Count(type) == count;
  }

  ManualClock clock_;
  RecordingEventSink events_;
  policy::FakeScanner first_{"first"};
  policy::FakeScanner second_{"second"};
  Current<Snapshot> current_;
  SignatureWatch watch_{&current_};
};

TEST_F(SignatureWatchTest, LooksAtOnceAndAfterAReloadAtTheNewScanners) {
  current_.Set(WithSignatures(&first_, absl::Hours(24 * 30)));
  watch_.Start();
  EXPECT_TRUE(Eventually("watch.signatures_old", 1));
  current_.Set(WithSignatures(&second_, absl::Hours(24 * 30)));
  watch_.Wake();
  EXPECT_TRUE(Eventually("watch.signatures_old", 2));
  watch_.Stop();
}

}  // namespace
}  // namespace mailsec::server
