#include "mailcore/message/content_type.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace mailsec::message {
namespace {

// "type/subtype;name=value", and "!" if it was not well formed.
std::string Describe(absl::string_view value) {
  const ContentType type = ParseContentType(value);
  std::string out = type.ToString();
  for (const ContentType::Parameter& p : type.parameters) {
    absl::StrAppend(&out, ";", p.name, "=", p.value);
  }
  return out + (type.well_formed ? "" : "!");
}

struct TypeCase {
  const char* name;
  absl::string_view value;
  absl::string_view want;
} constexpr kCases[] = {
    {"Plain", "text/plain", "text/plain"},
    {"CaseDoesNotMatter", "Text/HTML; Charset=UTF-8",
     "text/html;charset=UTF-8"},
    {"Quoted", "multipart/report; boundary=\"a b;c\\\"d\"",
     "multipart/report;boundary=a b;c\"d"},
    {"BlanksAround", " text / plain ; a = b ", "text/plain;a=b"},
    {"Comments", "text/plain (x (y) \\)) ; (z) a=b (c)", "text/plain;a=b"},
    {"Several", "a/b; c=d; e=\"f\";g=h", "a/b;c=d;e=f;g=h"},
    {"LastSemicolon", "text/plain; a=b;", "text/plain;a=b"},
    {"EmptyQuoted", "text/plain; a=\"\"", "text/plain;a="},
    // RFC 2231.
    {"Extended", "a/b; name*=utf-8'de'gr%C3%BCn", "a/b;name=grün"},
    {"ExtendedLatin1", "a/b; name*=iso-8859-1''gr%FCn", "a/b;name=grün"},
    {"InSections", "a/b; n*1=c; n*0=\"a b\"", "a/b;n=a bc"},
    {"InExtendedSections", "a/b; n*0*=utf-8''a%20; n*1=b%20; n*2*=%C3%BC",
     "a/b;n=a b%20ü"},
    {"SectionsEndAtAGap", "a/b; n*0=a; n*2=c", "a/b;n=a"},
    {"ExtendedBeatsPlain", "a/b; n=plain; n*=utf-8''better", "a/b;n=better"},
    {"ExtendedWithoutCharset", "a/b; n*=x%41", "a/b;n=xA"},
    // What is wrong is passed over.
    {"Empty", "", "text/plain!"},
    {"NoSubtype", "text", "text/plain!"},
    {"NoSubtypeButAParameter", "text; charset=utf-8", "text/plain!"},
    {"NoValue", "a/b; c; d=e", "a/b;d=e!"},
    {"EmptyValue", "a/b; c=; d=e", "a/b;d=e!"},
    {"NoEndOfQuotes", "a/b; c=\"d", "a/b!"},
    {"Twice", "a/b; c=1; c=2", "a/b;c=1!"},
    {"NoSemicolon", "a/b c=d; e=f", "a/b;e=f!"},
    {"EmptyParameter", "a/b;; c=d", "a/b;c=d!"},
    {"EightBitValue", "a/b; c=\xC3\xBC; d=e", "a/b;d=e!"},
};

class ContentTypeTest : public testing::TestWithParam<TypeCase> {};

TEST_P(ContentTypeTest, IsRead) {
  EXPECT_EQ(Describe(GetParam().value), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Table, ContentTypeTest, testing::ValuesIn(kCases),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

TEST(ContentTypeValueTest, FindsAndCompares) {
  const ContentType type = ParseContentType("Multipart/Report; Boundary=b");
  EXPECT_TRUE(type.Is("multipart/report"));
  EXPECT_FALSE(type.Is("multipart/reports"));
  EXPECT_FALSE(type.Is("multipart"));
  EXPECT_TRUE(type.IsMultipart());
  ASSERT_NE(type.Find("boundary"), nullptr);
  EXPECT_EQ(*type.Find("boundary"), "b");
  EXPECT_EQ(type.Find("charset"), nullptr);
}

TEST(ContentTypeLimitsTest, ParametersAreBounded) {
  std::string value = "a/b";
  for (int i = 0; i < 10000; ++i) absl::StrAppend(&value, "; p", i, "=v");
  const ContentType type = ParseContentType(value);
  EXPECT_EQ(type.parameters.size(), 100u);
  EXPECT_FALSE(type.well_formed);
}

}  // namespace
}  // namespace mailsec::message
