// host_search.h: which host of a next hop is asked next?
//
// A next hop is a list of hosts (mail exchangers, or the addresses of a name).
// One search goes through them for one message: in the order of
// route::HostHealth, each one once, until the time for it is used up. What a
// host did is told to the search, which in the end knows what to say about
// mail that nobody could be asked about.
//
//   HostSearch search(HostsOf(hops), &health, usual, absl::Minutes(2), uptime);
//   while (const Host* host = search.Next())
//     if (const std::optional<HostFault> fault = Ask(*host))
//       search.Failed(*host, *fault, uptime);

#ifndef MAILCORE_SERVER_DELIVER_HOST_SEARCH_H_
#define MAILCORE_SERVER_DELIVER_HOST_SEARCH_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "mailcore/ip/ip_address.h"
#include "mailcore/route/host_health.h"
#include "mailcore/route/next_hops.h"
#include "mailcore/smtp/client_session.h"

namespace mailsec::server {

// Where a connection can be made to. Thread safety: a value.
struct Host {
  std::string name;       // "mx.example.com [192.0.2.1]", or the path.
  std::string unix_path;  // A socket on this host; else `address` and `port`.
  ip::IpAddress address = {};
  uint16_t port = 0;
  std::string Key() const;  // For route::HostHealth.
};

// In their order of preference.
std::vector<Host> HostsOf(const route::NextHops& hops);

// Why a host is of no use now, which says nothing about the mail.
// Thread safety: a value.
struct HostFault {
  std::string why;  // For people and the log; names the host.
  // It greeted with 521: it never takes mail (RFC 7504, 3).
  bool takes_no_mail = false;
};

// Thread safety: none.
class HostSearch {
 public:
  // `health` is not owned and must outlive the search. When `time` was spent,
  // no further host is begun with.
  HostSearch(std::vector<Host> hosts, route::HostHealth* health,
             route::HostHealth::Search search, absl::Duration time,
             absl::Duration uptime);

  // The next host to ask. Null: there is none left, or no time for one. The
  // host lives as long as the search.
  const Host* Next();
  // So long did connecting take.
  void Spent(absl::Duration time) { time_left_ -= time; }

  // This host is of no use; it is not asked again. It need not be of the list.
  void Failed(const Host& host, const HostFault& fault, absl::Duration uptime);
  // It may not be connected to (R3).
  void Forbidden(const Host& host);
  // It is asked next, be it for a second time: a connection to it that had been
  // used before was closed, which says nothing about the host.
  void PutFirst(const Host& host);

  // Whether Next() has more to return, if time allows.
  bool others_left() const {
    return next_ < order_.size() && time_left_ > absl::ZeroDuration();
  }

  // The host that Next() would return; empty: none.
  std::string NextName() const;
  // The host that Next() returned last; empty: none yet.
  const std::string& last_name() const { return last_name_; }

  // Every host of the list was left out as Forbidden().
  bool all_forbidden() const;
  // What a message gets that found no host: 451 4.4.1 with the last fault; 521
  // 5.3.2 if every single host has greeted with 521, which is for good (RFC
  // 7504, 3). 554 in a greeting is not: it may be meant for us alone and may
  // change (RFC 5321, 3.1; RFC 7504, 1).
  smtp::RecipientOutcome Verdict() const;

 private:
  // Where in order_ the host stands, among those that are left.
  std::vector<size_t>::iterator FindLeft(const Host& host);

  const std::vector<Host> hosts_;
  route::HostHealth* const health_;
  absl::Duration time_left_;
  std::vector<size_t> order_;  // Indices of hosts_.
  size_t next_ = 0;            // In order_.
  size_t takes_no_mail_ = 0;   // Hosts.
  size_t forbidden_ = 0;       // Hosts.
  std::string last_name_;
  std::string why_;  // The last fault.
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_DELIVER_HOST_SEARCH_H_
