// networks.h: how does a caller name several networks?
//
// As a mailsec.NetworkSet, or as a sequence of networks and their texts.
//
// Thread safety: pure functions.

#ifndef BINDINGS_PYTHON_NETWORKS_H_
#define BINDINGS_PYTHON_NETWORKS_H_

#include <pybind11/stl.h>

#include <utility>
#include <variant>
#include <vector>

#include "bindings/python/arguments.h"
#include "mailcore/ip/ip_network.h"
#include "mailcore/ip/network_set.h"

namespace mailsec::python {

using Networks =
    std::variant<ip::NetworkSet, std::vector<TextOr<ip::IpNetwork>>>;

inline ip::NetworkSet ToNetworkSet(Networks networks) {
  if (auto* set = std::get_if<ip::NetworkSet>(&networks))
    return std::move(*set);
  return ip::NetworkSet(Values(std::get<1>(networks)));
}

}  // namespace mailsec::python

#endif  // BINDINGS_PYTHON_NETWORKS_H_
