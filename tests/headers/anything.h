// anything.h: what the examples of headers return, and what they call that is
// the reader's own.

#ifndef TESTS_HEADERS_ANYTHING_H_
#define TESTS_HEADERS_ANYTHING_H_

#include "mailcore/server/config/config.pb.h"  // Only declared where it is used.

namespace mailsec::examples {

// Thread safety: a value.
struct Any {
  Any() = default;
  template <typename T>
  Any(T&&) {}
};

// A function of the reader's: send(), Hold().
// Thread safety: a value.
struct Function {
  template <typename... T>
  Any operator()(T&&...) const {
    return {};
  }
};

}  // namespace mailsec::examples

#endif  // TESTS_HEADERS_ANYTHING_H_
