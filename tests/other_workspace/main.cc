// A program of somebody else: what the README shows, and a type of the spool.

#include <iostream>

#include "mailcore/policy/relay_policy.h"
#include "mailcore/policy/static_mx_authority.h"
#include "mailcore/spool/queue_id.h"
using namespace mailsec;

int main() {
  policy::StaticMxAuthority mx({*address::Domain::Parse("ours.example")});
  auto relay = policy::RelayPolicy::Create(
      {.authorised_networks = *ip::NetworkSet::Parse({"192.0.2.0/24"})}, &mx);
  policy::Decision decision =
      relay->Decide({.ip = *ip::IpAddress::Parse("203.0.113.9")},
                    *address::ForwardPath::Parse("<b@far.example>"));
  std::cout << decision.Explain() << spool::QueueId(36).ToString() << "\n";
  return decision.accepted() ? 1 : 0;
}
