// mime_reader.h: which parts does this message have?
//
// Made for content from strangers: nothing makes it fail, and nothing is
// copied until a part is decoded. Multiparts are taken apart, as deep as the
// options allow; a message within a message is one part. Lines end at CRLF or
// LF.
//
//   MimeReader message(content);
//   for (const MimeEntity& part : message.parts()) {
//     if (part.type.Is("text/plain")) Show(part.Text());
//   }

#ifndef MAILCORE_MESSAGE_MIME_READER_H_
#define MAILCORE_MESSAGE_MIME_READER_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "mailcore/message/content_type.h"
#include "mailcore/message/header_scanner.h"

namespace mailsec::message {

// A message or a part of one (an "entity": RFC 2045, 2.4). The views, and those
// of `header`, point into the content that was read. Thread safety: a value.
struct MimeEntity {
  explicit MimeEntity(absl::string_view octets);

  absl::string_view whole;  // Header section and body.
  HeaderScanner header;
  absl::string_view body;         // As it is, still encoded.
  ContentType type;               // As declared, or as RFC 2045, 5.2 has it.
  std::string encoding = "7bit";  // The Content-Transfer-Encoding, lower case.

  size_t depth = 0;              // 0: the message.
  std::vector<size_t> children;  // Indices of a multipart's own parts.
  bool is_closed = true;  // False: a multipart without its last delimiter.

  // The body decoded; as it is if the encoding is unknown, or is one that has
  // no meaning for a multipart.
  std::string Octets() const;
  // Octets() as UTF-8, from the charset that `type` names.
  std::string Text() const;
};

// Thread safety: const methods may run concurrently.
class MimeReader {
 public:
  struct Options {
    size_t max_parts = 100;  // With the message itself. Ours.
    size_t max_depth = 10;   // How deep multiparts may be nested. Ours.
  };

  // Takes `content` apart in linear time for each level. It is not copied, may
  // be cut anywhere, and must outlive the reader.
  MimeReader(absl::string_view content, const Options& options);
  explicit MimeReader(absl::string_view content)
      : MimeReader(content, Options()) {}

  // The message first, and each multipart before its parts; in the order in
  // which they stand.
  const std::vector<MimeEntity>& parts() const { return parts_; }
  const MimeEntity& root() const { return parts_.front(); }

  // False if a limit left a multipart whole or parts out.
  bool is_complete() const { return is_complete_; }

 private:
  void Read(size_t index, bool in_digest);
  void ReadChildren(size_t index);

  Options options_;
  std::vector<MimeEntity> parts_;
  bool is_complete_ = true;
};

// The line of `content`, from 1, in which the octet at `offset` stands.
// Thread safety: a pure function.
size_t LineNumber(absl::string_view content, size_t offset);

}  // namespace mailsec::message

#endif  // MAILCORE_MESSAGE_MIME_READER_H_
