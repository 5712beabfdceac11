#include "mailcore/io/user_name.h"

#include <pwd.h>

namespace mailsec::io {

std::string UserName(uid_t uid) {
  char buffer[16384];
  passwd entry = {};
  passwd* found = nullptr;
  if (getpwuid_r(uid, &entry, buffer, sizeof(buffer), &found) != 0 ||
      found == nullptr) {
    return "";
  }
  return found->pw_name;
}

}  // namespace mailsec::io
