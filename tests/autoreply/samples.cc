#include "tests/autoreply/samples.h"

#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mailcore/address/address.h"
#include "mailcore/autoreply/absence_notice.h"
#include "mailcore/autoreply/receipt.h"
#include "mailcore/message/header_scanner.h"

namespace mailsec::autoreply {
namespace {

using address::Address;
using message::HeaderScanner;

constexpr char kOriginal[] =
    "Received: from client.example.net by mx.example.org; Thu, 1 Jan 2026 "
    "10:00:00 +0000\r\n"
    "From: Bob <bob@example.net>\r\n"
    "To: anna@example.org\r\n"
    "Subject: =?iso-8859-1?Q?Gr=FC=DFe?= aus Bonn\r\n"
    "Message-ID: <3@example.net>\r\n"
    "References: <1@example.net>\r\n <2@example.org>\r\n"
    "\r\n"
    "A secret that is not repeated.\r\n";

Address A(const std::string& text) { return *Address::Parse(text); }

AbsenceSettings Holiday() {
  return {
      .owner = A("anna@example.org"),
      .display_name = "Anna M\xC3\xBCller",
      .inside_texts = {{"de", "", "Ich bin im Urlaub.\nVertretung: App. 4711"}},
      .outside_texts =
          {{"de", "",
            "Guten Tag,\r\n\r\nich bin bis zum 15. Januar nicht im Haus. Ihre "
            "Nachricht wird nicht weitergeleitet.\r\n\r\nMit freundlichen "
            "Gr\xC3\xBC\xC3\x9F"
            "en\r\nAnna M\xC3\xBCller\r\n"},
           {"en", "",
            "Hello,\r\n\r\nI am away until 15 January. Your message is not "
            "forwarded.\r\n\r\nAnna M\xC3\xBCller\r\n"}},
      .set_at = absl::FromUnixSeconds(1'767'000'000)};
}

absl::Time Now() { return absl::FromUnixSeconds(1'767'261'600); }

Sample Notice(const std::string& name, const AbsenceSettings& settings,
              const std::string& original, const std::string& target,
              bool inside) {
  const HeaderScanner header(original);
  return {name, *BuildAbsenceNotice({.settings = &settings,
                                     .original = &header,
                                     .target = A(target),
                                     .sender_is_inside = inside,
                                     .unique = "3F9K-1"},
                                    Now())};
}

Sample Receipt(const std::string& name, const std::string& mailbox,
               const std::string& target,
               const std::string& original_recipient) {
  const HeaderScanner header(kOriginal);
  return {name, *BuildReceipt({.original = &header,
                               .mailbox = A(mailbox),
                               .target = A(target),
                               .unique = "3F9K-2",
                               .original_recipient = original_recipient},
                              Now())};
}

}  // namespace

std::vector<Sample> Samples() {
  AbsenceSettings own_subject = Holiday();
  own_subject.display_name = "Smith, Anna";
  own_subject.outside_texts = {{"en", "Away until 15 January", "Away."}};
  AbsenceSettings unicode = Holiday();
  unicode.owner =
      A("j\xC3\xB6rg@b\xC3\xBC"
        "cher.example");
  const std::string english =
      std::string("Accept-Language: en-US, de;q=0.3") + "\r\n" + kOriginal;
  return {
      Notice("absence_inside", Holiday(), kOriginal, "bob@example.net", true),
      Notice("absence_outside", Holiday(), kOriginal, "bob@example.net", false),
      Notice("absence_english", Holiday(), english, "bob@example.net", false),
      Notice("absence_own_subject", own_subject, kOriginal, "bob@example.net",
             false),
      Notice("absence_smtputf8", unicode, kOriginal,
             "b\xC3\xB6"
             "b@example.net",
             true),
      Notice("absence_bare", Holiday(), "To: anna@example.org\r\n\r\n",
             "bob@example.net", true),
      Receipt("receipt", "anna@example.org", "bob@example.net",
              "rfc822;Anna@example.org"),
      Receipt("receipt_smtputf8",
              "j\xC3\xB6rg@b\xC3\xBC"
              "cher.example",
              "bob@example.net", ""),
  };
}

}  // namespace mailsec::autoreply
