// Every short text of the signs that matter, against the grammar itself: what
// is an address list is read as what it names, and what is none is never well
// formed.

#include <cstddef>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "mailcore/message/address_list.h"
#include "tests/message/slow_address_list.h"

namespace mailsec::message {
namespace {

std::vector<std::string> Named(const AddressList& list) {
  std::vector<std::string> out;
  for (const ListedMailbox& mailbox : list.mailboxes) {
    out.push_back(mailbox.address.local_part() + "@" +
                  mailbox.address.domain()->ascii());
  }
  return out;
}

// The twin knows no routes (RFC 5322, 4.4): "<" and, behind it, ":".
bool MayHaveRoute(const std::string& text) {
  const size_t open = text.find('<');
  return open != std::string::npos && text.find(':', open) != std::string::npos;
}

void Compare(const std::string& text) {
  const AddressList fast = ParseAddressList(text);
  const auto slow = SlowAddressList(text);
  if (slow) {
    EXPECT_TRUE(fast.well_formed) << "\"" << text << "\"";
    EXPECT_EQ(Named(fast), *slow) << "\"" << text << "\"";
  } else if (!MayHaveRoute(text)) {
    EXPECT_FALSE(fast.well_formed) << "\"" << text << "\"";
  }
}

void CompareAll(const std::string& signs, size_t length) {
  std::string text;
  std::vector<size_t> at;
  Compare(text);
  for (size_t size = 1; size <= length; ++size) {
    at.assign(size, 0);
    for (;;) {
      text.clear();
      for (const size_t i : at) text += signs[i];
      Compare(text);
      if (testing::Test::HasFailure()) return;
      size_t i = 0;
      while (i < size && ++at[i] == signs.size()) at[i++] = 0;
      if (i == size) break;
    }
  }
}

TEST(AddressListExhaustiveTest, Structure) { CompareAll("a@<>,;: ", 6); }
TEST(AddressListExhaustiveTest, WordsAndComments) {
  CompareAll("a@\"\\().,", 6);
}
TEST(AddressListExhaustiveTest, NamesAndBrackets) { CompareAll("a@<>\". ", 6); }

// Whole lists with one sign after the other replaced.
TEST(AddressListExhaustiveTest, WholeLists) {
  const std::string signs = "a@<>,;:\"\\(). ";
  for (const std::string whole :
       {"a b <a@a>, \"a\" <a@a.a>", "a:a@a, a <a@a>;, a@a",
        "(a) \"a\\\"a\".a@a(a)", ",a@a,,a:;,a a.<a@a>(a),"}) {
    Compare(whole);
    for (size_t i = 0; i < whole.size(); ++i) {
      for (const char first : signs) {
        std::string changed = whole;
        changed[i] = first;
        Compare(changed);
        for (const char second : signs) {
          Compare(changed.substr(0, i) + second + changed.substr(i));
        }
      }
    }
  }
}

}  // namespace
}  // namespace mailsec::message
