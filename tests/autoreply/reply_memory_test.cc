#include "mailcore/autoreply/reply_memory.h"

#include <string>

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace mailsec::autoreply {
namespace {

using address::Address;

std::string Normalised(const std::string& sender) {
  return NormalisedSender(*Address::Parse(sender));
}

TEST(ReplyMemoryKeyTest, SendersThatDifferInNothingThatMattersAreOne) {
  const struct {
    const char* what;
    const char* sender;
    const char* normalised;
  } kRows[] = {
      {"as it is", "bob@example.net", "bob@example.net"},
      {"upper case", "BoB@EXAMPLE.Net", "bob@example.net"},
      {"a detail", "bob+news@example.net", "bob@example.net"},
      {"two details", "bob+a+b@example.net", "bob@example.net"},
      {"VERP", "bounce+123@example.net", "bounce@example.net"},
      {"nothing but a detail", "+x@example.net", "+x@example.net"},
      {"BATV", "prvs=1234567890=bob@example.net", "bob@example.net"},
      {"BATV in upper case", "PRVS=1234ABCDEF=Bob@example.net",
       "bob@example.net"},
      {"no BATV", "prvs=bob@example.net", "prvs=bob@example.net"},
      {"an older BATV", "btv1==567a==bob@example.net", "bob@example.net"},
      {"SRS0", "SRS0=HHHH=TT=example.com=bob@example.net",
       "srs0=example.com=bob@example.net"},
      {"SRS0 of another day", "srs0+XXXX=YY=example.com=bob@example.net",
       "srs0=example.com=bob@example.net"},
      {"SRS1", "SRS1=HHH=fwd.example==HHHH=TT=example.com=bob@example.net",
       "srs0=example.com=bob@example.net"},
      {"no SRS", "srs0=bob@example.net", "srs0=bob@example.net"},
      {"quoted", "\"J Doe\"@example.net", "j doe@example.net"},
      {"an address literal", "bob@[192.0.2.1]", "bob@[192.0.2.1]"},
      {"U-label and A-label",
       "bob@b\xC3\xBC"
       "cher.example",
       "bob@xn--bcher-kva.example"},
      {"an empty local part", "\"\"@example.net", "@example.net"},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(Normalised(row.sender), row.normalised) << row.what;
  }
}

TEST(ReplyMemoryKeyTest, AKeyNamesOwnerAbsenceAndSender) {
  const AbsenceSettings settings = {
      .owner = *Address::Parse("Anna@Example.org"),
      .inside_texts = {{"de", "", "weg"}},
      .set_at = absl::FromUnixSeconds(1'790'000'000)};
  const ReplyKey key =
      AbsenceReplyKey(settings, *Address::Parse("Bob+x@example.net"));
  EXPECT_EQ(key.owner, "anna@example.org");
  EXPECT_EQ(key.occasion, settings.Id());
  EXPECT_EQ(key.whom, "bob@example.net");
  EXPECT_EQ(ReceiptReplyKey(settings.owner, "<A@b>"),
            (ReplyKey{"anna@example.org", "receipt", "<A@b>"}));
}

TEST(ReplyMemoryKeyTest, EveryAnswerHasAName) {
  EXPECT_EQ(RememberedName(Remembered::kFirst), "first");
  EXPECT_EQ(RememberedName(Remembered::kAlready), "already");
  EXPECT_EQ(RememberedName(Remembered::kFull), "full");
}

}  // namespace
}  // namespace mailsec::autoreply
