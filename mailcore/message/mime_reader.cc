#include "mailcore/message/mime_reader.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "mailcore/message/charset.h"
#include "mailcore/message/mime_decode.h"

namespace mailsec::message {
namespace {

enum class Delimiter { kNone, kPart, kClose };

bool IsBlankOnly(absl::string_view text) {
  return text.find_first_not_of(" \t\r\n") == absl::string_view::npos;
}

// RFC 2046, 5.1.1:
//   delimiter       := CRLF dash-boundary
//   close-delimiter := delimiter "--"
// and blanks may follow either. `dashed` is "--" with the boundary.
Delimiter Classify(absl::string_view line, absl::string_view dashed) {
  if (!absl::ConsumePrefix(&line, dashed)) return Delimiter::kNone;
  if (IsBlankOnly(line)) return Delimiter::kPart;
  if (absl::ConsumePrefix(&line, "--") && IsBlankOnly(line)) {
    return Delimiter::kClose;
  }
  return Delimiter::kNone;
}

struct Split {
  std::vector<absl::string_view> parts;
  bool is_closed = false;
  bool is_complete = true;
};

// Without the line end at its end, which belongs to the delimiter after it.
absl::string_view WithoutLineEnd(absl::string_view text) {
  if (absl::ConsumeSuffix(&text, "\n")) absl::ConsumeSuffix(&text, "\r");
  return text;
}

// The parts between the delimiters, at most `max_parts`.
Split SplitAt(absl::string_view body, absl::string_view boundary,
              size_t max_parts) {
  const std::string dashed = absl::StrCat("--", boundary);
  Split out;
  std::optional<size_t> begin;  // Where the open part begins.
  for (size_t at = 0; at < body.size();) {
    const size_t line_feed = body.find('\n', at);
    const size_t next =
        line_feed == absl::string_view::npos ? body.size() : line_feed + 1;
    const Delimiter found = Classify(body.substr(at, next - at), dashed);
    if (found != Delimiter::kNone) {
      if (begin) {
        if (out.parts.size() == max_parts) {
          out.is_complete = false;
          return out;
        }
        out.parts.push_back(WithoutLineEnd(body.substr(*begin, at - *begin)));
      }
      begin = next;
      if (found == Delimiter::kClose) {
        out.is_closed = true;
        return out;
      }
    }
    at = next;
  }
  if (!begin) return out;
  if (out.parts.size() == max_parts) {
    out.is_complete = false;
  } else {
    out.parts.push_back(body.substr(*begin));
  }
  return out;
}

// RFC 2045, 6.1:
//   encoding := "Content-Transfer-Encoding" ":" mechanism
// Comments may stand around it.
std::string ReadEncoding(const HeaderField& field) {
  std::string out;
  int depth = 0;
  for (const char c : field.Unfolded()) {
    if (c == '(') ++depth;
    if (depth == 0 && !absl::ascii_isspace(c)) out += absl::ascii_tolower(c);
    if (c == ')' && depth > 0) --depth;
  }
  return out;
}

}  // namespace

MimeEntity::MimeEntity(absl::string_view octets)
    : whole(octets),
      header(octets, {.other_lines = HeaderScanner::OtherLines::kEndsSection}),
      body(octets.substr(header.body_offset())) {
  if (const HeaderField* field = header.Find("Content-Type")) {
    type = ParseContentType(field->Unfolded());
  }
  if (const HeaderField* field = header.Find("Content-Transfer-Encoding")) {
    encoding = ReadEncoding(*field);
  }
}

std::string MimeEntity::Octets() const {
  if (!type.IsMultipart()) {
    if (encoding == "base64") return DecodeBase64(body).octets;
    if (encoding == "quoted-printable") {
      return DecodeQuotedPrintable(body).octets;
    }
  }
  return std::string(body);
}

std::string MimeEntity::Text() const {
  const std::string* charset = type.Find("charset");
  return ToUtf8(Octets(), charset != nullptr ? *charset : "us-ascii").utf8;
}

MimeReader::MimeReader(absl::string_view content, const Options& options)
    : options_(options) {
  parts_.emplace_back(content);
  Read(0, /*in_digest=*/false);
}

void MimeReader::Read(size_t index, bool in_digest) {
  MimeEntity& part = parts_[index];
  // RFC 2046, 5.1.5.
  if (in_digest && !part.header.Has("Content-Type")) {
    part.type.type = "message";
    part.type.subtype = "rfc822";
  }
  if (!part.type.IsMultipart()) return;
  if (part.depth >= options_.max_depth) {
    is_complete_ = false;
    return;
  }
  ReadChildren(index);
}

void MimeReader::ReadChildren(size_t index) {
  const std::string* boundary = parts_[index].type.Find("boundary");
  if (boundary == nullptr || boundary->empty()) return;
  const size_t room =
      options_.max_parts - std::min(options_.max_parts, parts_.size());
  const Split split = SplitAt(parts_[index].body, *boundary, room);
  parts_[index].is_closed = split.is_closed;
  if (!split.is_complete) is_complete_ = false;
  const bool digest = parts_[index].type.subtype == "digest";
  const size_t depth = parts_[index].depth + 1;
  for (const absl::string_view octets : split.parts) {
    if (parts_.size() >= options_.max_parts) {
      is_complete_ = false;
      return;
    }
    const size_t child = parts_.size();
    parts_[index].children.push_back(child);
    parts_.emplace_back(octets);
    parts_[child].depth = depth;
    Read(child, digest);
  }
}

size_t LineNumber(absl::string_view content, size_t offset) {
  const absl::string_view before = content.substr(0, offset);
  return 1 +
         static_cast<size_t>(std::count(before.begin(), before.end(), '\n'));
}

}  // namespace mailsec::message
