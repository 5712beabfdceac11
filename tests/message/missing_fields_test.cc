#include "mailcore/message/missing_fields.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "mailcore/message/sender_field.h"

namespace mailsec::message {
namespace {

using Names = std::vector<std::string>;

struct Case {
  const char* requirement;
  const char* header;
  Names missing;
};

TEST(MissingFieldsTest, NamesWhatIsNotThereAndNotSignedAway) {
  const Case kCases[] = {
      {"both", "From: a@example.org\r\n\r\n", {"Date", "Message-ID"}},
      {"none", "Date: x\r\nMessage-ID: <a@b>\r\n\r\n", {}},
      {"an empty field is one", "Date:\r\nmessage-id:\r\n\r\n", {}},
      {"the body does not count", "\r\nDate: x\r\n", {"Date", "Message-ID"}},
      {"those of a resending do not count",
       "Resent-Date: x\r\nResent-Message-ID: <a@b>\r\n\r\n",
       {"Date", "Message-ID"}},
      {"a signature over others",
       "DKIM-Signature: v=1; h=from:to; bh=date\r\n\r\n",
       {"Date", "Message-ID"}},
      {"a signature over the absence of one",
       "DKIM-Signature: v=1; bh=x;\r\n\th = From : DATE\r\n\t :date; "
       "b=y\r\n\r\n",
       {"Message-ID"}},
      {"of both, and another one",
       "DKIM-Signature: v=1; h=from\r\nARC-Message-Signature: "
       "h=message-id:date\r\n\r\n",
       {}},
      {"a tag that only begins so",
       "DKIM-Signature: hx=date:message-id\r\n\r\n",
       {"Date", "Message-ID"}},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.requirement);
    const HeaderScanner header(c.header);
    EXPECT_EQ(FindMissingFields(header, absl::UnixEpoch(), "<x@y>").names,
              c.missing);
  }
}

TEST(MissingFieldsTest, WritesWholeFields) {
  const HeaderScanner header("\r\n");
  EXPECT_EQ(FindMissingFields(header, absl::FromUnixSeconds(1764064800),
                              "<msg-1@mx.example.org>")
                .fields,
            "Date: Tue, 25 Nov 2025 10:00:00 +0000\r\n"
            "Message-ID: <msg-1@mx.example.org>\r\n");
}

TEST(SenderFieldTest, NamesTheClient) {
  EXPECT_EQ(UnprovenSenderField(*ip::IpAddress::Parse("2001:db8::1")),
            "X-Mailsec-Sender: unproven; client=2001:db8::1\r\n");
}

}  // namespace
}  // namespace mailsec::message
