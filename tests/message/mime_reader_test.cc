#include "mailcore/message/mime_reader.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"

namespace mailsec::message {
namespace {

// Each part: as many dots as it is deep, its type and its body.
std::string Describe(absl::string_view content) {
  const MimeReader message(content);
  std::string out;
  for (const MimeEntity& part : message.parts()) {
    absl::StrAppend(&out, std::string(part.depth, '.'), part.type.ToString());
    if (part.type.IsMultipart()) {
      absl::StrAppend(&out, part.is_closed ? "" : "(open)");
    } else {
      absl::StrAppend(&out, "=", part.body);
    }
    absl::StrAppend(&out, "|");
  }
  return out;
}

struct PartsCase {
  const char* name;
  absl::string_view content;  // With line feeds; tested with CRLF too.
  absl::string_view want;
} constexpr kCases[] = {
    {"NoMime", "A: 1\n\nhello", "text/plain=hello|"},
    {"Empty", "", "text/plain=|"},
    {"SinglePart", "Content-Type: text/html\n\nhello", "text/html=hello|"},
    {"TwoParts",
     "Content-Type: multipart/mixed; boundary=b\n\npreamble\n--b\n\none\n--b\n"
     "Content-Type: text/html\n\ntwo\n--b--\nepilogue",
     "multipart/mixed|.text/plain=one|.text/html=two|"},
    {"NestedParts",
     "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
     "Content-Type: multipart/alternative; boundary=c\n\n--c\n\none\n--c\n\n"
     "two\n--c--\n--b\n\nthree\n--b--",
     "multipart/mixed|.multipart/alternative|..text/plain=one|..text/"
     "plain=two|.text/plain=three|"},
    {"TheOuterEndsTheInner",
     "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
     "Content-Type: multipart/mixed; boundary=c\n\n--c\n\none\n--b\n\ntwo"
     "\n--b--",
     "multipart/mixed|.multipart/mixed(open)|..text/plain=one|.text/"
     "plain=two|"},
    {"BlanksAfterTheDelimiter",
     "Content-Type: multipart/mixed; boundary=b\n\n--b \t\n\none\n--b-- \n",
     "multipart/mixed|.text/plain=one|"},
    {"LongerWordsAreNoDelimiter",
     "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n--bc\n --b\n--b-\n"
     "--b--\n",
     "multipart/mixed|.text/plain=--bc\n --b\n--b-|"},
    {"NotClosed", "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n",
     "multipart/mixed(open)|.text/plain=one\n|"},
    {"NoDelimiterAtAll", "Content-Type: multipart/mixed; boundary=b\n\nhello\n",
     "multipart/mixed(open)|"},
    {"NoBoundary", "Content-Type: multipart/mixed\n\n--\n\nhello\n",
     "multipart/mixed|"},
    {"EmptyParts",
     "Content-Type: multipart/mixed; boundary=b\n\n--b\n--b\n\n--b--",
     "multipart/mixed|.text/plain=|.text/plain=|"},
    {"PartWithoutHeader",
     "Content-Type: multipart/mixed; boundary=b\n\n--b\nhello there\n--b--",
     "multipart/mixed|.text/plain=hello there|"},
    {"DigestOfMessages",
     "Content-Type: multipart/digest; boundary=b\n\n--b\n\nA: 1\n--b\n"
     "Content-Type: text/plain\n\ntwo\n--b--",
     "multipart/digest|.message/rfc822=A: 1|.text/plain=two|"},
    {"AMessageWithinIsOnePart",
     "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
     "Content-Type: message/rfc822\n\n"
     "Content-Type: multipart/mixed; boundary=c\n\n--c\n\none\n--c--\n--b--",
     "multipart/mixed|.message/rfc822=Content-Type: multipart/mixed; "
     "boundary=c\n\n--c\n\none\n--c--|"},
    {"FoldedBoundary",
     "Content-Type: multipart/mixed;\n\tboundary=\"b 1\"\n\n--b 1\n\none\n"
     "--b 1--",
     "multipart/mixed|.text/plain=one|"},
};

class MimeReaderTest : public testing::TestWithParam<PartsCase> {};

TEST_P(MimeReaderTest, FindsTheParts) {
  const PartsCase& c = GetParam();
  EXPECT_EQ(Describe(c.content), c.want);
  const auto with_crlf = [](absl::string_view text) {
    return absl::StrReplaceAll(text, {{"\n", "\r\n"}});
  };
  EXPECT_EQ(Describe(with_crlf(c.content)), with_crlf(c.want));
}

INSTANTIATE_TEST_SUITE_P(Table, MimeReaderTest, testing::ValuesIn(kCases),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

TEST(MimeEntityTest, BodiesAreDecoded) {
  const auto text = [](absl::string_view content) {
    return MimeReader(content).root().Text();
  };
  EXPECT_EQ(text("Content-Type: text/plain; charset=iso-8859-1\n"
                 "Content-Transfer-Encoding: Quoted-Printable\n\ngr=FCn"),
            "grün");
  EXPECT_EQ(text("Content-Type: text/plain; charset=utf-8\n"
                 "Content-Transfer-Encoding: (really) base64\n\nZ3LDvG4="),
            "grün");
  EXPECT_EQ(text("Content-Transfer-Encoding: x-unknown\n\ngr=FCn"), "gr=FCn");
  EXPECT_EQ(text("\ngr\xFCn"), "gr\uFFFDn");
  EXPECT_EQ(text("Content-Type: multipart/mixed; boundary=b\n"
                 "Content-Transfer-Encoding: base64\n\n--b\n\nZ\n--b--"),
            "--b\n\nZ\n--b--");
}

TEST(MimeEntityTest, ViewsLieWithinTheContent) {
  const std::string content =
      "Content-Type: multipart/mixed; boundary=b\n\n--b\nA: 1\n\none\n--b--";
  const MimeReader message(content);
  ASSERT_EQ(message.parts().size(), 2u);
  const MimeEntity& part = message.parts()[1];
  EXPECT_EQ(part.body.data(), content.data() + content.find("one"));
  EXPECT_EQ(part.whole.data(), content.data() + content.find("A: 1"));
  EXPECT_EQ(part.header.Find("a")->Unfolded(), "1");
  EXPECT_EQ(message.root().children, std::vector<size_t>{1});
}

TEST(MimeReaderLimitsTest, PartsAreBounded) {
  std::string content = "Content-Type: multipart/mixed; boundary=b\n\n";
  for (int i = 0; i < 100000; ++i) content += "--b\n\nx\n";
  content += "--b--";
  const MimeReader message(content);
  EXPECT_EQ(message.parts().size(), 100u);
  EXPECT_FALSE(message.is_complete());
  EXPECT_TRUE(MimeReader("A: 1\n\nx").is_complete());

  MimeReader::Options options;
  options.max_parts = 3;
  const std::string two =
      "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n1\n--b\n\n2\n--b--";
  EXPECT_TRUE(MimeReader(two, options).is_complete());
  options.max_parts = 2;
  EXPECT_FALSE(MimeReader(two, options).is_complete());
  EXPECT_EQ(MimeReader(two, options).parts().size(), 2u);
}

TEST(MimeReaderLimitsTest, DepthIsBounded) {
  std::string content;
  for (int i = 0; i < 50; ++i) {
    absl::StrAppend(&content, "Content-Type: multipart/mixed; boundary=b", i,
                    "\n\n--b", i, "\n");
  }
  const MimeReader message(content);
  EXPECT_EQ(message.parts().size(), 11u);
  EXPECT_EQ(message.parts().back().depth, 10u);
  EXPECT_FALSE(message.is_complete());
}

TEST(LineNumberTest, CountsFromOne) {
  const absl::string_view content = "a\r\nb\n\nc";
  EXPECT_EQ(LineNumber(content, 0), 1u);
  EXPECT_EQ(LineNumber(content, 2), 1u);
  EXPECT_EQ(LineNumber(content, 3), 2u);
  EXPECT_EQ(LineNumber(content, content.size()), 4u);
  EXPECT_EQ(LineNumber(content, 1000), 4u);
}

// A slow and obvious twin: whole lines, each with its end.
std::string SlowDescribe(const std::vector<std::string>& lines) {
  std::vector<std::string> parts;
  bool in_part = false;
  bool closed = false;
  for (const std::string& line : lines) {
    if (line == "--b--\n") closed = true;
    if (line == "--b\n" || closed) {
      if (in_part && !parts.back().empty()) parts.back().pop_back();
      in_part = true;
      if (closed) break;
      parts.emplace_back();
    } else if (in_part) {
      parts.back() += line;
    }
  }
  std::string out = absl::StrCat("multipart/mixed", closed ? "|" : "(open)|");
  for (const std::string& part : parts) {
    // No line here is a field: an empty one ends the header that is not there.
    const bool is_body = part.empty() || part[0] != '\n';
    absl::StrAppend(&out, ".text/plain=", is_body ? part : part.substr(1), "|");
  }
  return out;
}

TEST(MimeReaderExhaustiveTest, EveryShortMultipartAgreesWithTheTwin) {
  const std::vector<std::string> kLines = {"--b\n", "--b--\n", "--bx\n", "x\n",
                                           "\n"};
  std::vector<std::vector<std::string>> level = {{}};
  size_t count = 0;
  for (int length = 0; length <= 6; ++length) {
    std::vector<std::vector<std::string>> next;
    for (const std::vector<std::string>& lines : level) {
      std::string content = "Content-Type: multipart/mixed; boundary=b\n\n";
      for (const std::string& line : lines) content += line;
      ASSERT_EQ(Describe(content), SlowDescribe(lines))
          << testing::PrintToString(lines);
      ++count;
      for (const std::string& line : kLines) {
        next.push_back(lines);
        next.back().push_back(line);
      }
    }
    level = std::move(next);
  }
  EXPECT_EQ(count, 19531u);
}

}  // namespace
}  // namespace mailsec::message
