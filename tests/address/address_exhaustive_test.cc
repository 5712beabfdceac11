// Every short string of a hostile alphabet, against slow and obvious twins
// that try all ways to read it.

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "mailcore/address/address.h"
#include "mailcore/address/path.h"

namespace mailsec::address {
namespace {

// The alphabets hold no letter but 'a', no digit, and no octet above 0x7F.

bool SlowIsAtom(const std::string& text) {
  if (text.empty()) return false;
  for (const char c : text) {
    if (c != 'a' && c != '%' && c != '!' && c != '-') return false;
  }
  return true;
}

std::vector<std::string> Split(const std::string& text, char by) {
  return absl::StrSplit(text, by);
}

bool SlowIsDotString(const std::string& text) {
  for (const std::string& atom : Split(text, '.')) {
    if (!SlowIsAtom(atom)) return false;
  }
  return true;
}

// QcontentSMTP, read from the front in every way that the grammar allows.
bool SlowIsQcontent(const std::string& text) {
  if (text.empty()) return true;
  if (text[0] == '\\') {
    return text.size() >= 2 && SlowIsQcontent(text.substr(2));
  }
  return text[0] != '"' && SlowIsQcontent(text.substr(1));
}

bool SlowIsLocalPart(const std::string& text) {
  if (SlowIsDotString(text)) return true;
  return text.size() >= 2 && text.front() == '"' && text.back() == '"' &&
         SlowIsQcontent(text.substr(1, text.size() - 2));
}

bool SlowIsDomain(const std::string& text) {
  for (const std::string& label : Split(text, '.')) {
    if (label.empty() || label.front() == '-' || label.back() == '-') {
      return false;
    }
    for (const char c : label) {
      if (c != 'a' && c != '-') return false;
    }
  }
  return true;
}

// The domain of every way to read `text` as a mailbox.
std::set<std::string> SlowDomains(const std::string& text) {
  std::set<std::string> domains;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '@') continue;
    const std::string domain = text.substr(i + 1);
    if (SlowIsLocalPart(text.substr(0, i)) && SlowIsDomain(domain)) {
      domains.insert(domain);
    }
  }
  return domains;
}

// The same for what is in the brackets of a path: with each "@a,@a:" or none.
std::set<std::string> SlowPathDomains(const std::string& text) {
  std::set<std::string> domains = SlowDomains(text);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != ':') continue;
    bool is_route = true;
    for (const std::string& hop : Split(text.substr(0, i), ',')) {
      is_route = is_route && !hop.empty() && hop[0] == '@' &&
                 SlowIsDomain(hop.substr(1));
    }
    if (is_route) domains.merge(SlowDomains(text.substr(i + 1)));
  }
  return domains;
}

// Calls `check` for each string of up to `octets` octets of `alphabet`, and
// returns how many there were.
template <typename Check>
int ForEachString(const std::string& alphabet, size_t octets, Check check) {
  int count = 0;
  std::vector<std::string> level = {""};
  for (size_t length = 0; length <= octets; ++length) {
    std::vector<std::string> next;
    for (const std::string& text : level) {
      check(text);
      ++count;
      if (length == octets) continue;
      for (const char c : alphabet) next.push_back(text + c);
    }
    level = std::move(next);
  }
  return count;
}

void CheckAddress(const Address& address, const std::string& text,
                  const std::set<std::string>& want) {
  ASSERT_EQ(want.size(), 1u) << text;
  ASSERT_EQ(address.domain()->ascii(), *want.begin()) << text;
  const absl::StatusOr<Address> again = Address::Parse(address.ToString());
  ASSERT_TRUE(again.ok()) << text;
  ASSERT_EQ(*again, address) << text;
  ASSERT_EQ(again->ToString(), address.ToString()) << text;
}

TEST(AddressExhaustiveTest, EveryShortMailboxAgreesWithTheGrammar) {
  const int count = ForEachString("a.@\"\\%- ", 6, [](const std::string& text) {
    const std::set<std::string> want = SlowDomains(text);
    const absl::StatusOr<Address> got = Address::Parse(text);
    ASSERT_EQ(got.ok(), !want.empty()) << text;
    if (got.ok()) CheckAddress(*got, text, want);
  });
  EXPECT_EQ(count, 299593);
}

TEST(AddressExhaustiveTest, EveryShortPathAgreesWithTheGrammar) {
  const int count = ForEachString("a@,:\"<>!", 6, [](const std::string& text) {
    const std::set<std::string> want = SlowPathDomains(text);
    const absl::StatusOr<ForwardPath> got =
        ForwardPath::Parse("<" + text + ">");
    ASSERT_EQ(got.ok(), !want.empty()) << text;
    if (got.ok()) CheckAddress(*got->address(), text, want);
    ASSERT_EQ(ReversePath::Parse("<" + text + ">").ok(),
              text.empty() || !want.empty());
  });
  EXPECT_EQ(count, 299593);
}

}  // namespace
}  // namespace mailsec::address
