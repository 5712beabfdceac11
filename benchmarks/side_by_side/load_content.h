// load_content.h: what does the load generator send as a message?
//
//   const std::string content = MakeLoadContent(10240);

#ifndef BENCHMARKS_SIDE_BY_SIDE_LOAD_CONTENT_H_
#define BENCHMARKS_SIDE_BY_SIDE_LOAD_CONTENT_H_

#include <cstddef>
#include <string>

namespace mailsec::benchmarks {

// A message of about `octets` octets as it goes over the wire after DATA, but
// for its Message-ID field: a header section, lines of 78 octets of which every
// fiftieth starts with a (stuffed) dot, and CRLF.CRLF.
std::string MakeLoadContent(size_t octets);

}  // namespace mailsec::benchmarks

#endif  // BENCHMARKS_SIDE_BY_SIDE_LOAD_CONTENT_H_
