// json_string.h: how does text from anybody stand in JSON?
//
//   std::string out;
//   base::AppendJsonString("a\"b", out);
//   out == "\"a\\\"b\"";

#ifndef MAILCORE_BASE_JSON_STRING_H_
#define MAILCORE_BASE_JSON_STRING_H_

#include <string>

#include "absl/strings/string_view.h"

namespace mailsec::base {

// Appends `text` to `out` as a JSON string with its quotes (RFC 8259, 7). What
// is not UTF-8 becomes U+FFFD; all that a terminal obeys is written as \uXXXX.
// Thread safety: a pure function.
void AppendJsonString(absl::string_view text, std::string& out);

}  // namespace mailsec::base

#endif  // MAILCORE_BASE_JSON_STRING_H_
