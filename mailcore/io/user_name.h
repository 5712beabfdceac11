// user_name.h: what is this user of the system called?

#ifndef MAILCORE_IO_USER_NAME_H_
#define MAILCORE_IO_USER_NAME_H_

#include <sys/types.h>

#include <string>

namespace mailsec::io {

// The login name of user `uid`, as "root". Empty if nobody has that id, or if
// the user database cannot tell. Blocks on the user database. Thread safety:
// may be called concurrently.
std::string UserName(uid_t uid);

}  // namespace mailsec::io

#endif  // MAILCORE_IO_USER_NAME_H_
