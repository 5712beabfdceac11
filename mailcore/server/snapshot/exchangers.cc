#include "mailcore/server/snapshot/exchangers.h"

namespace mailsec::server {

std::vector<std::string> ExchangersOf(const address::Address& address,
                                      const Routing& routing,
                                      dns::Resolver* resolver) {
  std::vector<std::string> names;
  if (resolver == nullptr || address.domain() == nullptr ||
      routing.router.Route(address::ForwardPath(address)).kind !=
          route::Destination::Kind::kMx) {
    return names;
  }
  const absl::StatusOr<dns::MxAnswer> answer =
      resolver->LookUpMx(*address.domain());
  if (!answer.ok()) return names;
  for (const dns::MxRecord& record : answer->records) {
    names.push_back(record.exchange);
  }
  return names;
}

}  // namespace mailsec::server
