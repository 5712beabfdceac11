#include "mailcore/server/exchangers.h"

namespace mailsec::server {

std::vector<std::string> ExchangersOf(const Address& address,
                                      const Routing& routing,
                                      policy::Resolver* resolver) {
  std::vector<std::string> names;
  if (resolver == nullptr || address.domain() == nullptr ||
      routing.router.Route(ForwardPath(address)).kind !=
          route::Destination::Kind::kMx) {
    return names;
  }
  const absl::StatusOr<policy::MxAnswer> answer =
      resolver->LookUpMx(*address.domain());
  if (!answer.ok()) return names;
  for (const policy::MxRecord& record : answer->records) {
    names.push_back(record.exchange);
  }
  return names;
}

}  // namespace mailsec::server
