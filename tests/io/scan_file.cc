// Says of each file what a scanner says of it, one line each, for tests with
// the real servers:
//
//   scan_file clamd|rspamd ADDRESS FILE...

#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>

#include "mailcore/io/clamd_scanner.h"
#include "mailcore/io/rspamd_scanner.h"
#include "mailcore/io/server_address.h"
#include "mailcore/policy/content_decision.h"
#include "mailcore/policy/string_content.h"

int main(int argc, char** argv) {
  using namespace mailsec;
  if (argc < 3) return 2;
  const auto address = io::ServerAddress::Parse(argv[2]);
  if (!address.ok()) return 2;
  std::unique_ptr<policy::Scanner> scanner;
  if (std::string(argv[1]) == "clamd") {
    scanner = std::make_unique<io::ClamdScanner>(
        io::ClamdScanner::Options{.server = *address});
  } else {
    scanner = std::make_unique<io::RspamdScanner>(
        io::RspamdScanner::Options{.server = *address});
  }
  const policy::ScanRequest request = {
      .queue_id = "Q1",
      .client = *ip::IpAddress::Parse("192.0.2.7"),
      .helo = "mx.example.com",
      .sender = *address::ReversePath::Parse("<a@example.com>"),
      .recipients = {*address::ForwardPath::Parse("<b@example.org>")}};
  for (int i = 3; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
    policy::StringContent content(text);
    const policy::ScanOpinion said = {scanner->name(),
                                      scanner->Scan(request, content)};
    std::cout << said.ToString() << "\n";
  }
  return 0;
}
