// The reader survives every content; its parts lie within the content and in
// each other, in order, and are as many and as deep as its limits allow; what
// it decodes is no longer than a small multiple of what was encoded, and text
// is valid UTF-8.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/string_view.h"
#include "mailcore/base/utf8.h"
#include "mailcore/message/date_time.h"
#include "mailcore/message/encoded_word.h"
#include "mailcore/message/mime_reader.h"

namespace mailsec {
namespace {

using base::IsValidUtf8;
using message::MimeEntity;
using message::MimeReader;

void Require(bool holds) {
  if (!holds) std::abort();
}

bool Holds(absl::string_view outer, absl::string_view inner) {
  return inner.data() >= outer.data() &&
         inner.data() + inner.size() <= outer.data() + outer.size();
}

void CheckPart(const MimeReader& message, size_t index,
               const MimeReader::Options& options) {
  const MimeEntity& part = message.parts()[index];
  Require(part.depth <= options.max_depth);
  Require(Holds(part.whole, part.body));
  Require(part.type.IsMultipart() || part.children.empty());
  const char* at = part.body.data();
  size_t last = index;
  for (const size_t child_index : part.children) {
    Require(child_index > last && child_index < message.parts().size());
    const MimeEntity& child = message.parts()[child_index];
    Require(child.depth == part.depth + 1);
    Require(Holds(part.body, child.whole) && child.whole.data() >= at);
    at = child.whole.data() + child.whole.size();
    last = child_index;
  }
  Require(part.Octets().size() <= part.body.size());
  const std::string text = part.Text();
  Require(IsValidUtf8(text));
  Require(text.size() <= 3 * part.body.size());
  for (const message::HeaderField& field : part.header.fields()) {
    Require(Holds(part.whole, field.name) && Holds(part.whole, field.value));
    Require(IsValidUtf8(message::DecodeEncodedWords(field.Unfolded())));
    (void)message::HasMalformedEncodedWord(field.Unfolded());
    (void)message::ParseDateTime(field.Unfolded());
  }
}

}  // namespace
}  // namespace mailsec

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using mailsec::Require;
  const absl::string_view content(reinterpret_cast<const char*>(data), size);
  mailsec::message::MimeReader::Options options;
  for (const size_t max_parts : {size_t{1}, size_t{3}, size_t{100}}) {
    options.max_parts = max_parts;
    options.max_depth = max_parts == 3 ? 1 : 10;
    const mailsec::message::MimeReader message(content, options);
    Require(!message.parts().empty() && message.parts().size() <= max_parts);
    Require(message.root().whole == content && message.root().depth == 0);
    for (size_t i = 0; i < message.parts().size(); ++i) {
      mailsec::CheckPart(message, i, options);
    }
  }
  Require(mailsec::message::LineNumber(content, size) >= 1);
  return 0;
}
