// content_type.h: of which media type is this body?
//
//   ContentType t = ParseContentType("Multipart/Report; boundary=\"b 1\"");
//   t.Is("multipart/report") == true;
//   *t.Find("boundary") == "b 1";

#ifndef MAILCORE_MESSAGE_CONTENT_TYPE_H_
#define MAILCORE_MESSAGE_CONTENT_TYPE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace mailsec::message {

// Without a value it is the default of RFC 2045, 5.2, for bodies without a
// field. Thread safety: a value.
struct ContentType {
  struct Parameter {
    std::string name;   // In lower case, without the signs of RFC 2231.
    std::string value;  // Without quotes; UTF-8 if written as RFC 2231 has it.
  };

  std::string type = "text";      // In lower case.
  std::string subtype = "plain";  // In lower case.
  std::vector<Parameter> parameters;
  bool well_formed = true;  // The field was as RFC 2045, 5.1 wants it.

  // `full` is in lower case: "text/plain".
  bool Is(absl::string_view full) const;
  bool IsMultipart() const { return type == "multipart"; }
  std::string ToString() const { return type + "/" + subtype; }
  // The value of the parameter `name`, in lower case; null if there is none.
  // It lives as long as the type.
  const std::string* Find(absl::string_view name) const;
};

// Reads the value of a Content-Type field, unfolded. Never fails: without a
// type and a subtype it is "text/plain" and not well formed. Parameters in
// parts and with a charset (RFC 2231) are put together; at most 100 are kept.
// Thread safety: a pure function.
ContentType ParseContentType(absl::string_view value);

}  // namespace mailsec::message

#endif  // MAILCORE_MESSAGE_CONTENT_TYPE_H_
