// HeaderScanner and FieldRemover read alike: what one of them takes for a
// field, the other does, in every short content. Else a field could be hidden
// from who decides, or from who takes it out.

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "mailcore/message/field_remover.h"
#include "mailcore/message/header_scanner.h"

namespace mailsec::message {
namespace {

// The fields but those named `a`.
std::vector<std::string> Others(const HeaderScanner& header) {
  std::vector<std::string> others;
  for (const HeaderField& field : header.fields()) {
    if (field.name == "a") continue;
    others.push_back(std::string(field.name) + "=" + field.Unfolded());
  }
  return others;
}

void ExpectAlike(const std::string& content) {
  FieldRemover remover({.names = {"a"}});
  std::string kept;
  const auto keep = [&](absl::string_view piece) {
    kept += std::string(piece);
  };
  remover.Feed(content, keep);
  const bool in_body = remover.in_body();
  remover.Finish(keep);
  const HeaderScanner before(content);
  const HeaderScanner after(kept);
  ASSERT_EQ(remover.removed(), before.Count("a"));
  ASSERT_EQ(after.Count("a"), 0u);
  ASSERT_EQ(Others(after), Others(before));
  ASSERT_EQ(in_body, before.has_end());
  ASSERT_EQ(kept.substr(after.body_offset()),
            content.substr(before.body_offset()));
}

TEST(HeaderReadingTest, ScannerAndRemoverFindTheSameFields) {
  std::vector<std::string> level = {""};
  for (int length = 0; length <= 7; ++length) {
    std::vector<std::string> next;
    for (const std::string& content : level) {
      SCOPED_TRACE(testing::PrintToString(content));
      ASSERT_NO_FATAL_FAILURE(ExpectAlike(content));
      if (length == 7) continue;
      for (const char c : {'a', 'b', ':', ' ', '\r', '\n'}) {
        next.push_back(content + c);
      }
    }
    level = std::move(next);
  }
}

TEST(HeaderReadingTest, SoInLongerOnes) {
  for (const char* content :
       {"Subject: x\r\nno field\r\na: 1\r\n\r\nx",
        "no field\r\n a: 1\r\na: 2\r\n\r\nx",
        "b: 1\r\n\r\r\na: 2\r\n folded\r\n\r\nx",
        "a \t: 1\r\n\tfolded\r\nno field\r\n folded\r\nb: 2\r\n\r\n"}) {
    SCOPED_TRACE(content);
    ExpectAlike(content);
  }
}

}  // namespace
}  // namespace mailsec::message
