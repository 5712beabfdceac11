#include "mailcore/autoreply/language_choice.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace mailsec::autoreply {
namespace {

using message::HeaderScanner;

TEST(LanguageChoiceTest, TheBestThatThereIs) {
  const std::vector<std::string> tags = {"de", "en-GB", "fr-CA"};
  const struct {
    const char* fields;
    int chosen;  // -1: none.
  } kRows[] = {
      {"Subject: x\r\n", -1},
      {"Accept-Language: de\r\n", 0},
      {"Accept-Language: DE\r\n", 0},
      {"Accept-Language: de-AT\r\n", 0},
      {"Accept-Language: de-Latn-AT-1996\r\n", 0},
      {"Accept-Language: en\r\n", 1},
      {"Accept-Language: en-GB\r\n", 1},
      {"Accept-Language: en-US\r\n", 1},
      {"Accept-Language: fr, de\r\n", 2},
      {"Accept-Language: fr;q=0.5, de\r\n", 0},
      {"Accept-Language: fr;q=0.5, de;q=0.4, en;q=0.6\r\n", 1},
      {"Accept-Language: it, de;q=0.1\r\n", 0},
      {"Accept-Language: it\r\n", -1},
      {"Accept-Language: de;q=0\r\n", -1},
      {"Accept-Language: *\r\n", -1},
      {"Accept-Language: it, *;q=0.5, de;q=0.1\r\n", -1},
      {"Accept-Language: e\r\n", -1},
      {"Accept-Language: den\r\n", -1},
      {"Accept-Language:\r\n", -1},
      {"Accept-Language: ,;,q=1,;q=x,de;x=1,-,--\r\n", -1},
      {"Accept-Language: de;q=nan\r\n", -1},
      {"Content-Language: fr\r\n", 2},
      {"Content-Language: it, en\r\n", 1},
      {"Accept-Language: it\r\nContent-Language: de\r\n", 0},
      {"Accept-Language: en\r\nContent-Language: de\r\n", 1},
      {"Accept-Language: it,\r\n\tfr\r\n", 2},
  };
  for (const auto& row : kRows) {
    const std::string text = std::string(row.fields) + "\r\n";
    const HeaderScanner header(text);
    const auto chosen = ChooseLanguage(header, tags);
    EXPECT_EQ(chosen ? static_cast<int>(*chosen) : -1, row.chosen)
        << row.fields;
  }
  const std::string huge = "Accept-Language: " + std::string(1 << 20, ',');
  EXPECT_FALSE(ChooseLanguage(HeaderScanner(huge), tags));
  EXPECT_FALSE(
      ChooseLanguage(HeaderScanner("Accept-Language: de\r\n\r\n"), {}));
}

}  // namespace
}  // namespace mailsec::autoreply
