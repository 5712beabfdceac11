// srs_table.h: which address did this token stand for?
//
// Not every sender's address fits into the local part of a rewritten one
// (srs.h). Those that do not fit are kept here under a short token, until no
// bounce may come any more.
//
//   absl::Status kept =
//       table->Put(token, "\"j doe\"@example.com", expires, clock.Now());
//   absl::StatusOr<std::string> address = table->Find(token, clock.Now());

#ifndef MAILCORE_AUTOREPLY_SRS_TABLE_H_
#define MAILCORE_AUTOREPLY_SRS_TABLE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace mailsec::autoreply {

// Thread safety: implementations must allow concurrent calls. They may block.
// Every form passes tests/conformance/srs_table_test.cc.
class SrsTable {
 public:
  virtual ~SrsTable() = default;

  // Keeps `address` under `token` until `expires`, durably on return where the
  // form is durable. One that is there already is kept until the later of the
  // two times. Forgets some of what has expired by `now`.
  //
  // AlreadyExists if another address has the token and has not expired.
  // ResourceExhausted if there is no room. Unavailable if the table cannot be
  // written now.
  virtual absl::Status Put(absl::string_view token, absl::string_view address,
                           absl::Time expires, absl::Time now) = 0;

  // NotFound if there is none, or it expired before `now`. Unavailable if that
  // cannot be told.
  virtual absl::StatusOr<std::string> Find(absl::string_view token,
                                           absl::Time now) = 0;
};

}  // namespace mailsec::autoreply

#endif  // MAILCORE_AUTOREPLY_SRS_TABLE_H_
