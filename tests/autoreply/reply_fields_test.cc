#include "mailcore/autoreply/reply_fields.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "mailcore/message/encoded_word.h"

namespace mailsec::autoreply {
namespace {

using address::Address;
using message::HeaderScanner;

std::string SubjectOf(const std::string& fields) {
  const HeaderScanner header(fields);
  return SubjectField(header, "Auto");
}

// As a reader sees it: one line, decoded. Fails if any line is malformed.
std::string Read(const std::string& field) {
  const HeaderScanner header(field);
  EXPECT_EQ(header.fields().size(), 1u) << field;
  EXPECT_TRUE(absl::EndsWith(field, "\r\n"));
  for (absl::string_view line : absl::StrSplit(field, "\r\n")) {
    EXPECT_LE(line.size(), 78u) << line;
    for (const unsigned char c : line) EXPECT_TRUE(c >= 0x20 && c < 0x7F);
  }
  EXPECT_FALSE(message::HasMalformedEncodedWord(field)) << field;
  const message::HeaderField* subject = header.Find("Subject");
  return subject == nullptr ? ""
                            : message::DecodeEncodedWords(subject->Unfolded());
}

std::string Times(const std::string& text, int n) {
  std::string out;
  for (int i = 0; i < n; ++i) out += text;
  return out;
}

const std::string kUe = "\xC3\xBC";
const std::string kEllipsis = "\xE2\x80\xA6";
const std::string kReplaced = "\xEF\xBF\xBD";

TEST(SubjectFieldTest, IsReadAsItWas) {
  const struct {
    const char* what;
    std::string field;
    std::string read;
  } kRows[] = {
      {"plain", "Subject: hello\r\n", "Auto: hello"},
      {"encoded", "Subject: =?iso-8859-1?Q?Gr=FC=DFe?=\r\n",
       "Auto: Gr" + kUe +
           "\xC3\x9F"
           "e"},
      {"base64", "Subject: =?UTF-8?B?R3LDvMOfZQ==?=\r\n",
       "Auto: Gr" + kUe +
           "\xC3\x9F"
           "e"},
      {"two words", "Subject: =?utf-8?Q?a?=\r\n =?utf-8?Q?b?= c\r\n",
       "Auto: ab c"},
      {"folded", "Subject: a\r\n\tb\r\n  c\r\n", "Auto: a b c"},
      {"300 umlauts", "Subject: " + Times(kUe, 300) + "\r\n",
       "Auto: " + Times(kUe, 199) + kEllipsis},
      {"200 umlauts", "Subject: " + Times(kUe, 200) + "\r\n",
       "Auto: " + Times(kUe, 200)},
      {"one long word", "Subject: " + Times("x", 500) + "\r\n",
       "Auto: " + Times("x", 199) + kEllipsis},
      {"four octets each",
       "Subject: " + Times("\xF0\x9F\x98\x80", 150) + "\r\n",
       "Auto: " + Times("\xF0\x9F\x98\x80", 150)},
      {"an answer to an answer", "Subject: Re: Re: AUTO: x\r\n",
       "Auto: Re: Re: AUTO: x"},
      {"an answer", "Subject: AUTO: x\r\n", "Auto: x"},
      {"an answer to nothing", "Subject: Auto:\r\n", "Auto: (no subject)"},
      {"none", "To: x@example.org\r\n", "Auto: (no subject)"},
      {"an empty one", "Subject:\r\n", "Auto: (no subject)"},
      {"a blank one", "Subject: =?utf-8?Q?_=0D=0A?=\r\n", "Auto: (no subject)"},
      {"raw UTF-8", "Subject: Gr" + kUe + "n\r\n", "Auto: Gr" + kUe + "n"},
      {"raw 8 bit", "Subject: Gr\xFCn\r\n", "Auto: Gr" + kReplaced + "n"},
      {"an encoded word cut off", "Subject: =?utf-8?B?truncated\r\n",
       "Auto: =?utf-8?B?truncated"},
      {"an unknown charset", "Subject: =?x-y?Q?a?=\r\n", "Auto: =?x-y?Q?a?="},
      {"an unknown encoding", "Subject: =?utf-8?X?a?=\r\n",
       "Auto: =?utf-8?X?a?="},
      {"broken base64", "Subject: =?utf-8?B?a!b?=\r\n", "Auto: i"},
      {"half a character", "Subject: =?utf-8?Q?=C3?= =?utf-8?Q?=BC?=\r\n",
       "Auto: " + kReplaced + kReplaced},
      {"a CRLF in a word",
       "Subject: =?utf-8?Q?x=0D=0ABcc:_v=40example.com?=\r\n",
       "Auto: x Bcc: v@example.com"},
      {"a CRLF in base64", "Subject: =?utf-8?B?eA0KQmNjOiB2?=\r\n",
       "Auto: x Bcc: v"},
      {"a lone CR, a NUL and an escape",
       "Subject: a\rb =?utf-8?Q?=00=1B[2J?=\r\n", "Auto: a b [2J"},
      {"line separators", "Subject: =?utf-8?Q?a=E2=80=A8b=C2=85c?=\r\n",
       "Auto: a b c"},
      {"signs that turn the writing",
       "Subject: =?utf-8?Q?a=E2=80=AEb=E2=81=A6c?=\r\n", "Auto: a b c"},
      {"a word in a word", "Subject: =?utf-8?Q?=3D=3Futf-8=3FQ=3Fa=3F=3D?=\r\n",
       "Auto: =?utf-8?Q?a?="},
      {"two subjects", "Subject: one\r\nSubject: two\r\n", "Auto: one"},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(Read(SubjectOf(row.field + "\r\n")), row.read) << row.what;
  }
}

// 10 MB, of which a short part is looked at.
TEST(SubjectFieldTest, IsBounded) {
  const std::string huge(10'000'000, '\xFF');
  for (const std::string& piece :
       {std::string("\xFF"), std::string("=?"), std::string("=?utf-8?Q?=FF?= "),
        std::string("\r\n "), std::string("\0", 1)}) {
    const std::string field = SubjectOf(
        "Subject: " + Times(piece, 10'000'000 / piece.size()) + "\r\n\r\n");
    EXPECT_LT(field.size(), 4000u);
    Read(field);
  }
}

TEST(OneLineTest, CutsCharactersAndNotOctets) {
  EXPECT_EQ(OneLine("abc", 3), "abc");
  EXPECT_EQ(OneLine("abcd", 3), "ab" + kEllipsis);
  EXPECT_EQ(OneLine(kUe + kUe + kUe, 2), kUe + kEllipsis);
  EXPECT_EQ(OneLine(" a \r\n b ", 3), "a b");
  EXPECT_EQ(OneLine("a b c", 3), "a" + kEllipsis);
  EXPECT_EQ(OneLine("", 3), "");
}

std::string Ids(const std::string& value) {
  return absl::StrJoin(MessageIdsIn(value), " ");
}

TEST(MessageIdTest, OnlyWhatIsOneIsTaken) {
  const std::string longest = "<" + std::string(246, 'a') + "@x>";
  const struct {
    const char* what;
    std::string value;
    std::string ids;
  } kRows[] = {
      {"one", "<a@example.com>", "<a@example.com>"},
      {"folded", "\r\n <a@example.com>", "<a@example.com>"},
      {"several", "<a@x> <b@y>\r\n\t<c@z>", "<a@x> <b@y> <c@z>"},
      {"without blanks", "<a@x><b@y>", "<a@x> <b@y>"},
      {"words around it", "Your mail <a@x> of (b@y)", "<a@x>"},
      {"as long as may be", longest, longest},
      {"too long", "<" + std::string(5000, 'a') + "@x> <b@y>", "<b@y>"},
      {"a blank in it", "<a b@x> <b@y>", "<b@y>"},
      {"a line end in it", "<a@\r\n x>", ""},
      {"a control in it", "<a\x01@x> <b@y>", "<b@y>"},
      {"a NUL in it", std::string("<a\0@x>", 6), ""},
      {"8 bit in it", "<" + kUe + "@x>", ""},
      {"no sign", "<abc>", ""},
      {"nothing before the sign", "<@x>", ""},
      {"nothing after the sign", "<a@>", ""},
      {"no bracket", "a@x", ""},
      {"no end", "<a@x", ""},
      {"two beginnings", "<<a@x>", "<a@x>"},
      {"empty", "", ""},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(Ids(row.value), row.ids) << row.what;
  }
  EXPECT_EQ(Ids(std::string(10'000'000, '<')), "");
}

std::string ThreadOf(const std::string& fields) {
  const HeaderScanner header(fields);
  return ThreadFields(header);
}

TEST(ThreadFieldsTest, GoOnWithTheThread) {
  const struct {
    const char* what;
    std::string fields;
    std::string written;
  } kRows[] = {
      {"no id", "Subject: x\r\n", ""},
      {"a bad id", "Message-ID: x\r\n", ""},
      {"two ids", "Message-ID: <a@x>\r\nMessage-ID: <b@x>\r\n", ""},
      {"two in one", "Message-ID: <a@x> <b@x>\r\n", ""},
      {"an id", "Message-ID: <a@x>\r\n",
       "In-Reply-To: <a@x>\r\nReferences: <a@x>\r\n"},
      {"a folded id", "Message-ID:\r\n <a@x>\r\n",
       "In-Reply-To: <a@x>\r\nReferences: <a@x>\r\n"},
      {"references", "Message-ID: <c@x>\r\nReferences: <a@x>\r\n <b@x>\r\n",
       "In-Reply-To: <c@x>\r\nReferences: <a@x>\r\n <b@x>\r\n <c@x>\r\n"},
      {"what it answered", "Message-ID: <c@x>\r\nIn-Reply-To: <b@x>\r\n",
       "In-Reply-To: <c@x>\r\nReferences: <b@x>\r\n <c@x>\r\n"},
      {"two that it answered",
       "Message-ID: <c@x>\r\nIn-Reply-To: <a@x> <b@x>\r\n",
       "In-Reply-To: <c@x>\r\nReferences: <c@x>\r\n"},
      {"an injection",
       "Message-ID: <c@x>\r\nIn-Reply-To: <b@x\r Bcc: v@example.com>\r\n",
       "In-Reply-To: <c@x>\r\nReferences: <c@x>\r\n"},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(ThreadOf(row.fields + "\r\n"), row.written) << row.what;
  }
}

TEST(ThreadFieldsTest, KeepTheFirstAndTheLastOfMany) {
  std::string references;
  for (int i = 0; i < 1000; ++i) absl::StrAppend(&references, " <", i, "@x>");
  const std::string fields = ThreadOf(absl::StrCat(
      "References:", references, "\r\nMessage-ID: <last@x>\r\n\r\n"));
  const HeaderScanner header(fields);
  const std::vector<std::string> kept =
      MessageIdsIn(header.Find("References")->value);
  ASSERT_EQ(kept.size(), kMaxReferences);
  EXPECT_EQ(kept[0], "<0@x>");
  EXPECT_EQ(kept[1], "<982@x>");
  EXPECT_EQ(kept[18], "<999@x>");
  EXPECT_EQ(kept[19], "<last@x>");
}

TEST(FromFieldTest, NamesTheUserAsTheyWish) {
  const struct {
    const char* what;
    const char* name;
    const char* address;
    std::string field;
  } kRows[] = {
      {"no name", "", "anna@example.org", "From: <anna@example.org>\r\n"},
      {"a name", "Anna Smith", "anna@example.org",
       "From: Anna Smith <anna@example.org>\r\n"},
      {"a name with a comma", "Smith, Anna", "anna@example.org",
       "From: \"Smith, Anna\" <anna@example.org>\r\n"},
      {"a name with signs", "A \"B\" <c@d> \\", "anna@example.org",
       "From: \"A \\\"B\\\" <c@d> \\\\\" <anna@example.org>\r\n"},
      {"an umlaut", "M\xC3\xBCller, Anna", "anna@example.org",
       "From: =?utf-8?B?TcO8bGxlciwgQW5uYQ==?= <anna@example.org>\r\n"},
      {"blanks in the address", "Anna", "\"a  b\"@example.org",
       "From: Anna <\"a  b\"@example.org>\r\n"},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(FromField(*Address::Parse(row.address), row.name), row.field)
        << row.what;
  }
  Read(FromField(*Address::Parse("anna@example.org"), Times(kUe, 100)));
  Read(FromField(*Address::Parse("anna@example.org"), Times("a b ", 50)));
}

TEST(NewMessageIdTest, IsInTheOwnersDomain) {
  EXPECT_EQ(NewMessageId("absence", "1", *Address::Parse("a@Example.ORG")),
            "<absence-1@example.org>");
  EXPECT_EQ(NewMessageId("absence", "1", *Address::Parse("a@[192.0.2.1]")),
            "<absence-1@[192.0.2.1]>");
  EXPECT_EQ(NewMessageId("absence", "1",
                         *Address::Parse("a@b\xC3\xBC"
                                         "cher.example")),
            "<absence-1@xn--bcher-kva.example>");
}

}  // namespace
}  // namespace mailsec::autoreply
