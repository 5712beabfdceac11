// reply_parser.h: what did the server answer?
//
// Takes replies of one or more lines off a stream that is cut anywhere. It
// tolerates what servers really send (a bare LF, "#4.5.3", an enhanced class
// that disagrees, "220-" lines before a refusal) and calls the rest malformed
// (RFC 5321, 4.2).
//
//   ReplyParser parser(64 * 1024);
//   parser.Append("550-5.1.1 no\r\n550 5.1.1 user\r\n");
//   parser.Next().reply->ToString() == "550 5.1.1 no user";

#ifndef MAILCORE_SMTP_REPLY_PARSER_H_
#define MAILCORE_SMTP_REPLY_PARSER_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "mailcore/smtp/reply.h"

namespace mailsec::smtp {

// Thread safety: none.
class ReplyParser {
 public:
  enum class Status {
    kNeedInput,
    kReply,
    kMalformed,  // Stop here: nobody knows what the server meant.
    kTooLong,    // One reply exceeds the bound. Likewise.
  };
  struct Result {
    Status status;
    std::optional<Reply> reply;      // If kReply: all lines as one text.
    std::vector<std::string> lines;  // As they came, without the code.
  };

  explicit ReplyParser(size_t max_reply_octets);

  void Append(absl::string_view octets);
  Result Next();

 private:
  Status TakeLine(absl::string_view line);
  Result Finish();

  size_t max_reply_octets_;
  std::string buffer_;
  size_t begin_ = 0;
  size_t reply_octets_ = 0;  // In the lines taken so far.
  int code_ = 0;
  std::vector<std::string> lines_;
};

}  // namespace mailsec::smtp

#endif  // MAILCORE_SMTP_REPLY_PARSER_H_
