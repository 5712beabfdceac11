// string_view.h: what may a caller pass where a text or octets are read?
//
// A std::string, a literal, an absl::string_view or a std::string_view. Abseil's
// is a type of its own where Abseil was built for C++14, as Debian's was, and
// takes no std::string_view then; ours does.
//
//   std::string_view line = "a";
//   StringView text = line;
//   absl::string_view same = text;
//
// It stands in the parameters of functions that other projects call. Within the
// library, and where the library calls (interfaces), absl::string_view does.

#ifndef MAILCORE_BASE_STRING_VIEW_H_
#define MAILCORE_BASE_STRING_VIEW_H_

#include <string_view>

#include "absl/strings/string_view.h"

namespace mailsec::base {

#ifdef ABSL_USES_STD_STRING_VIEW
using StringView = std::string_view;
#else
// Thread safety: a value. What it points to is its maker's.
class StringView : public absl::string_view {
 public:
  using absl::string_view::string_view;
  // NOLINTBEGIN(google-explicit-constructor): it is the same text.
  constexpr StringView(absl::string_view text) : absl::string_view(text) {}
  constexpr StringView(std::string_view text)
      : absl::string_view(text.data(), text.size()) {}
  // NOLINTEND(google-explicit-constructor)
};
#endif

}  // namespace mailsec::base

#endif  // MAILCORE_BASE_STRING_VIEW_H_
