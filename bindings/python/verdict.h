// verdict.h: what does a reply decide?
//
// Thread safety: a pure function.

#ifndef BINDINGS_PYTHON_VERDICT_H_
#define BINDINGS_PYTHON_VERDICT_H_

#include <pybind11/pybind11.h>

#include "mailcore/policy/decision.h"
#include "mailcore/smtp/reply.h"

namespace mailsec::python {

// The verdict that `reply` stands for; raises ValueError for 3yz, which decides
// nothing.
inline policy::Verdict VerdictOf(const smtp::Reply& reply) {
  if (reply.IsPositive()) return policy::Verdict::kAccept;
  if (reply.IsPermanent()) return policy::Verdict::kRefuse;
  if (reply.IsTransient()) return policy::Verdict::kCannotTell;
  throw pybind11::value_error("a decision answers 2yz, 4yz or 5yz");
}

}  // namespace mailsec::python

#endif  // BINDINGS_PYTHON_VERDICT_H_
