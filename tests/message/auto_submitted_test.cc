#include "mailcore/message/auto_submitted.h"

#include "gtest/gtest.h"

namespace mailsec::message {
namespace {

struct Case {
  const char* head;
  const char* word;  // Of the field that says so; null: there is none.
};

const Case kCases[] = {
    {"Subject: x\r\n\r\n", nullptr},
    {"Auto-Submitted: no\r\n\r\n", nullptr},
    {"AUTO-SUBMITTED: No\r\n\r\n", nullptr},
    {"Auto-Submitted: no; x=y\r\n\r\n", nullptr},
    {"Auto-Submitted: no (a person)\r\n\r\n", nullptr},
    {"Auto-Submitted:\r\n (a \\) person) no\r\n\r\n", nullptr},
    {"Auto-Submitted: auto-replied\r\n\r\n", "auto-replied"},
    {"Auto-Submitted: (x) Auto-Replied (y); owner-email=a\r\n\r\n",
     "auto-replied"},
    {"auto-submitted:\r\n auto-generated\r\n\r\n", "auto-generated"},
    {"Auto-Submitted: nothing\r\n\r\n", "nothing"},
    {"Auto-Submitted: no way\r\n\r\n", "no way"},
    {"Auto-Submitted: (no\r\n\r\n", ""},
    {"Auto-Submitted:\r\n\r\n", ""},
    // Of two, the one that says yes.
    {"Auto-Submitted: no\r\nAuto-Submitted: auto-replied\r\n\r\n",
     "auto-replied"},
    // A line that is no field hides it from nobody.
    {"Subject: x\r\nno field\r\nAuto-Submitted: auto-replied\r\n\r\n",
     "auto-replied"},
    {"Subject: x\r\n\r\nAuto-Submitted: auto-replied\r\n", nullptr},
};

TEST(AutoSubmittedTest, Table) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.head);
    const HeaderScanner header(c.head);
    const HeaderField* field = FindAutoSubmitted(header);
    ASSERT_EQ(field != nullptr, c.word != nullptr);
    if (field != nullptr) {
      EXPECT_EQ(AutoSubmittedWord(*field), c.word);
    }
  }
}

}  // namespace
}  // namespace mailsec::message
