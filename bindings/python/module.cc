// The extension module mailsec._mailsec; users see it as `mailsec`.

#include <pybind11/pybind11.h>

#include "bindings/python/bind.h"
#include "bindings/python/call_check.h"
#include "bindings/python/status.h"

PYBIND11_MODULE(_mailsec, module) {
  namespace python = mailsec::python;
  module.doc() = "The C++ half of mailsec: import mailsec instead.";
  // Types are named after the package that users import, in messages too.
  const pybind11::object own_name = module.attr("__name__");
  module.attr("__name__") = "mailsec";
  python::RegisterStatusErrors();
  python::BindText(module);
  python::BindIp(module);
  python::BindAddress(module);
  python::BindRate(module);
  python::BindDecision(module);
  python::BindParameters(module);
  python::BindMessage(module);
  python::BindResolver(module);
  python::BindAuthority(module);
  python::BindDirectory(module);
  python::BindMaildir(module);
  python::BindVerifier(module);
  python::BindRelay(module);
  python::BindAcceptance(module);
  python::BindGovernor(module);
  python::BindScanner(module);
  python::BindContent(module);
  python::BindRoute(module);
  python::BindServerSession(module);
  python::BindClientSession(module);
  python::BindSpool(module);
  python::BindServer(module);
  python::BindSrs(module);
  python::BindNdn(module);
  python::BindAutoreply(module);
  python::CheckCalls(module);
  module.attr("__name__") = own_name;
}
