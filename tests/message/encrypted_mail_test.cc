#include "mailcore/message/encrypted_mail.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace mailsec::message {
namespace {

struct EncryptedCase {
  const char* name;  // The requirement in words; it names the test.
  const char* type;
  bool want;
} constexpr kCases[] = {
    {"PgpMime", "multipart/encrypted; protocol=\"application/pgp-encrypted\"",
     true},
    {"CaseDoesNotMatter", "MULTIPART/Encrypted", true},
    {"FoldedBehindTheName", "\r\n multipart/encrypted", true},
    {"SmimeEnveloped", "application/pkcs7-mime; smime-type=enveloped-data",
     true},
    {"SmimeAuthEnveloped",
     "application/pkcs7-mime; smime-type=\"AuthEnveloped-Data\"", true},
    {"OldNameOfSmime", "application/x-pkcs7-mime; smime-type=enveloped-data",
     true},
    {"SmimeOfUnknownKind", "application/pkcs7-mime; name=smime.p7m", true},
    {"SmimeSignedCanBeRead", "application/pkcs7-mime; smime-type=signed-data",
     false},
    {"CertificatesCanBeRead", "application/pkcs7-mime; smime-type=certs-only",
     false},
    {"MultipartSignedCanBeRead", "multipart/signed; micalg=sha-256", false},
    {"PlainText", "text/plain", false},
    {"Garbage", ";;;", false},
};

class EncryptedMailTest : public testing::TestWithParam<EncryptedCase> {};

TEST_P(EncryptedMailTest, IsSeenByItsHeader) {
  const std::string header = absl::StrCat(
      "Subject: x\r\nContent-type: ", GetParam().type, "\r\n\r\nbody\r\n");
  EXPECT_EQ(IsEncryptedMail(header), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Table, EncryptedMailTest, testing::ValuesIn(kCases),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

TEST(EncryptedMailTest, SecondFieldCountsToo) {
  EXPECT_TRUE(IsEncryptedMail(
      "Content-Type: text/plain\r\nContent-Type: multipart/encrypted\r\n"));
}

TEST(EncryptedMailTest, BodyDoesNotCount) {
  EXPECT_FALSE(
      IsEncryptedMail("A: 1\r\n\r\nContent-Type: multipart/encrypted"));
  EXPECT_FALSE(IsEncryptedMail(""));
}

}  // namespace
}  // namespace mailsec::message
