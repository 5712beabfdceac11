#include "mailcore/smtp/hidden_address.h"

#include <string>

#include "gtest/gtest.h"

namespace mailsec::smtp {
namespace {

using address::Address;
using address::ForwardPath;

struct HiddenCase {
  const char* name;  // The requirement in words; it names the test.
  const char* hidden;
  const char* shown;
  const char* said;
  const char* want;
} constexpr kHiddenCases[] = {
    {"TheAddress", "secret@inside.example.org", "<robert@example.org>",
     "<secret@inside.example.org>: Recipient address rejected",
     "<robert@example.org>: Recipient address rejected"},
    {"InAnyCase", "secret@inside.example.org", "<robert@example.org>",
     "SECRET@Inside.Example.ORG is full", "robert@example.org is full"},
    {"TheLocalPartAlone", "secret@inside.example.org", "<robert@example.org>",
     "User 'secret' unknown in mailbox table; no secret.",
     "User 'robert' unknown in mailbox table; no robert."},
    {"TheDomainAlone", "secret@inside.example.org", "<robert@example.org>",
     "no such user at inside.example.org!", "no such user at example.org!"},
    {"TheDomainThatIsShownStays", "secret@example.org", "<robert@example.org>",
     "no such user at example.org", "no such user at example.org"},
    {"WordsThatOnlyHoldItStay", "info@example.org", "<robert@example.org>",
     "information, no-info, infos", "information, no-info, infos"},
    {"SeveralTimesAndLines", "secret@inside.example.org",
     "<robert@example.org>", "secret@inside.example.org\nsecret",
     "robert@example.org\nrobert"},
    {"NotWhatWasPutThere", "robert@inside.example.org",
     "<robert.robert@example.org>", "robert", "robert.robert"},
    {"QuotedLocalPart", "\"j doe\"@inside.example.org", "<robert@example.org>",
     "<\"j doe\"@inside.example.org> and j doe@inside.example.org",
     "<robert@example.org> and robert@example.org"},
    {"Internationalised",
     "s\xC3\xB6ren@b\xC3\xBC"
     "cher.example",
     "<robert@example.org>",
     "<s\xC3\xB6ren@b\xC3\xBC"
     "cher.example> s\xC3\xB6ren",
     "<robert@example.org> robert"},
    {"TheDomainAsTheDnsHasIt",
     "secret@b\xC3\xBC"
     "cher.example",
     "<robert@example.org>", "secret@xn--bcher-kva.example",
     "robert@example.org"},
    {"BarePostmaster", "admin@example.org", "<Postmaster>",
     "admin@example.org is full", "postmaster is full"},
    {"CodeAndStatusStay", "550@example.org", "<robert@example.org>",
     "550 is unknown", "robert is unknown"},
};

class HiddenAddressTest : public testing::TestWithParam<HiddenCase> {};

TEST_P(HiddenAddressTest, IsNotQuoted) {
  const HiddenCase& c = GetParam();
  const Reply got = WithoutAddresses(
      Reply(550, {5, 1, 1}, c.said),
      {{*Address::Parse(c.hidden), *ForwardPath::Parse(c.shown)}});
  EXPECT_EQ(got.text(), c.want);
  EXPECT_EQ(got.code(), 550);
  EXPECT_EQ(got.status(), (EnhancedStatus{5, 1, 1}));
}

INSTANTIATE_TEST_SUITE_P(Table, HiddenAddressTest,
                         testing::ValuesIn(kHiddenCases), [](const auto& info) {
                           return std::string(info.param.name);
                         });

TEST(HiddenAddressesTest, EachByItsOwnName) {
  EXPECT_EQ(WithoutAddresses(
                Reply(550, "a@example.org, b@example.org, c@example.org"),
                {{*Address::Parse("a@example.org"),
                  *ForwardPath::Parse("<x@example.org>")},
                 {*Address::Parse("b@example.org"),
                  *ForwardPath::Parse("<y@example.org>")}})
                .text(),
            "x@example.org, y@example.org, c@example.org");
}

}  // namespace
}  // namespace mailsec::smtp
