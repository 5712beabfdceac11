// fake_scanner.h: a scanner that says what a test wants.
//
//   FakeScanner scanner("clamd");
//   scanner.Say({.outcome = ScanResult::Outcome::kMalware, .signature = "X"});
//   ...
//   EXPECT_EQ(scanner.contents(), std::vector<std::string>{"Subject: …"});
//
// Unless told otherwise it calls everything clean.

#ifndef MAILCORE_TESTING_FAKE_SCANNER_H_
#define MAILCORE_TESTING_FAKE_SCANNER_H_

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mailcore/policy/scanner.h"

namespace mailsec::policy {

// Thread safety: all methods may run concurrently.
class FakeScanner : public Scanner {
 public:
  explicit FakeScanner(std::string name) : name_(std::move(name)) {}

  // From now on, of all content.
  void Say(ScanResult result) {
    const std::lock_guard<std::mutex> lock(mutex_);
    result_ = std::move(result);
  }
  void SetSignatureTime(absl::StatusOr<absl::Time> time) {
    const std::lock_guard<std::mutex> lock(mutex_);
    time_ = std::move(time);
  }

  std::string name() const override { return name_; }
  ScanResult Scan(const ScanRequest& request, ScanContent& content) override {
    const absl::StatusOr<std::string> all = ReadAll(content);
    if (!all.ok()) return {.why = std::string(all.status().message())};
    const std::lock_guard<std::mutex> lock(mutex_);
    requests_.push_back(request);
    contents_.push_back(*all);
    return result_;
  }
  absl::StatusOr<absl::Time> SignatureTime() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    return time_;
  }

  // What it was asked about, in order.
  std::vector<ScanRequest> requests() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return requests_;
  }
  std::vector<std::string> contents() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return contents_;
  }

 private:
  static absl::StatusOr<std::string> ReadAll(ScanContent& content) {
    if (absl::Status status = content.Rewind(); !status.ok()) return status;
    std::string all;
    while (true) {
      const absl::StatusOr<absl::string_view> piece = content.Next();
      if (!piece.ok()) return piece.status();
      if (piece->empty()) return all;
      all += std::string(*piece);
    }
  }

  const std::string name_;
  mutable std::mutex mutex_;  // Guards what follows.
  ScanResult result_ = {.outcome = ScanResult::Outcome::kClean};
  absl::StatusOr<absl::Time> time_ = absl::NotFoundError("none was set");
  std::vector<ScanRequest> requests_;
  std::vector<std::string> contents_;
};

}  // namespace mailsec::policy

#endif  // MAILCORE_TESTING_FAKE_SCANNER_H_
