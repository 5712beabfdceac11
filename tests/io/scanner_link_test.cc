#include "mailcore/io/scanner_link.h"

#include <string>

#include "gtest/gtest.h"
#include "mailcore/policy/string_content.h"

namespace mailsec::io {
namespace {

// Content that says another size than it has, or cannot be read.
class WrongContent : public policy::StringContent {
 public:
  WrongContent(absl::string_view content, uint64_t says,
               absl::Status rewind = {}, absl::Status next = {})
      : StringContent(content, 4), says_(says), rewind_(rewind), next_(next) {}

  uint64_t octets() const override { return says_; }
  absl::Status Rewind() override {
    const absl::Status status = StringContent::Rewind();
    return rewind_.ok() ? status : rewind_;
  }
  absl::StatusOr<absl::string_view> Next() override {
    if (!next_.ok()) return next_;
    return StringContent::Next();
  }

 private:
  const uint64_t says_;
  const absl::Status rewind_;
  const absl::Status next_;
};

// What is sent of it.
absl::StatusOr<std::string> Sent(policy::ScanContent& content) {
  std::string sent;
  const absl::Status status =
      SendContent(content, [&](absl::string_view piece) {
        sent.append(piece.data(), piece.size());
        return absl::OkStatus();
      });
  if (!status.ok()) return status;
  return sent;
}

TEST(SendContentTest, SendsAllPiecesFromTheStartEachTime) {
  policy::StringContent content("0123456789", 4);
  EXPECT_EQ(*Sent(content), "0123456789");
  EXPECT_EQ(*Sent(content), "0123456789");
}

TEST(SendContentTest, ContentThatCannotBeReadIsDataLoss) {
  const absl::Status broken = absl::UnavailableError("EIO");
  WrongContent no_start("0123456789", 10, broken);
  WrongContent no_piece("0123456789", 10, {}, broken);
  WrongContent shorter("0123456789", 11);
  WrongContent longer("0123456789", 9);
  for (WrongContent* content : {&no_start, &no_piece, &shorter, &longer}) {
    EXPECT_TRUE(absl::IsDataLoss(Sent(*content).status()));
  }
}

TEST(SendContentTest, NothingBeyondTheSizeIsSent) {
  WrongContent longer("0123456789", 5);
  std::string sent;
  const auto write = [&](absl::string_view piece) {
    sent.append(piece.data(), piece.size());
    return absl::OkStatus();
  };
  EXPECT_FALSE(SendContent(longer, write).ok());
  EXPECT_EQ(sent, "0123");
}

TEST(SendContentTest, EndsWithTheFirstErrorOfTheWriter) {
  policy::StringContent content("0123456789", 4);
  int pieces = 0;
  const absl::Status status = SendContent(content, [&](absl::string_view) {
    return ++pieces == 2 ? absl::AbortedError("early") : absl::OkStatus();
  });
  EXPECT_TRUE(absl::IsAborted(status));
  EXPECT_EQ(pieces, 2);
}

TEST(ScannerLinkTest, ContentAboveTheBoundIsNotAskedAbout) {
  ScannerLink link({.max_octets = 9});
  const policy::StringContent content("0123456789");
  const policy::ScanResult said = link.Scan(
      content, [](KeptConnection&) -> absl::StatusOr<policy::ScanResult> {
        ADD_FAILURE() << "asked";
        return policy::ScanResult();
      });
  EXPECT_EQ(said.outcome, policy::ScanResult::Outcome::kTooLarge);
}

TEST(ScannerLinkTest, WithoutAServerItCannotTell) {
  ScannerLink link({.server = *ServerAddress::Parse("unix:/nowhere/socket"),
                    .time_limit = absl::Seconds(5),
                    .max_octets = 100});
  const policy::StringContent content("0123456789");
  const policy::ScanResult said = link.Scan(
      content, [](KeptConnection&) -> absl::StatusOr<policy::ScanResult> {
        ADD_FAILURE() << "asked";
        return policy::ScanResult();
      });
  EXPECT_EQ(said.outcome, policy::ScanResult::Outcome::kCannotTell);
  EXPECT_NE(said.why, "");
}

}  // namespace
}  // namespace mailsec::io
