// bind.h: what does the module `mailsec` consist of?
//
// One function for each bound concept, each in bind_<concept>.cc, called by
// module.cc in this order: a type is bound before those that mention it.
//
// Thread safety: called once, while the module is imported.

#ifndef BINDINGS_PYTHON_BIND_H_
#define BINDINGS_PYTHON_BIND_H_

#include <pybind11/pybind11.h>

#include "bindings/python/enums.h"
#include "bindings/python/objects.h"
#include "bindings/python/wrong_argument.h"

namespace mailsec::python {

void BindText(pybind11::module_& module);
void BindIp(pybind11::module_& module);
void BindAddress(pybind11::module_& module);
void BindRate(pybind11::module_& module);
void BindDecision(pybind11::module_& module);
void BindParameters(pybind11::module_& module);
void BindMessage(pybind11::module_& module);
void BindResolver(pybind11::module_& module);
void BindAuthority(pybind11::module_& module);
void BindDirectory(pybind11::module_& module);
void BindMaildir(pybind11::module_& module);
void BindVerifier(pybind11::module_& module);
void BindRelay(pybind11::module_& module);
void BindAcceptance(pybind11::module_& module);
void BindGovernor(pybind11::module_& module);
void BindScanner(pybind11::module_& module);
void BindContent(pybind11::module_& module);
// mailsec.route, with the other in it.
void BindRoute(pybind11::module_& module);
void BindLocalNames(pybind11::module_& module);
void BindServerSession(pybind11::module_& module);
void BindClientSession(pybind11::module_& module);
void BindSpool(pybind11::module_& module);
void BindServer(pybind11::module_& module);
void BindSrs(pybind11::module_& module);  // As mailsec.srs.
// mailsec.ndn, with the others in it.
void BindNdn(pybind11::module_& module);
void BindCause(pybind11::module_& module);
void BindNdnBuilder(pybind11::module_& module);
void BindNdnPolicy(pybind11::module_& module);
// mailsec.autoreply, with the other in it.
void BindAutoreply(pybind11::module_& module);
void BindAutoreplyStores(pybind11::module_& module);

}  // namespace mailsec::python

#endif  // BINDINGS_PYTHON_BIND_H_
