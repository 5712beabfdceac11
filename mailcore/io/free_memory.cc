#include "mailcore/io/free_memory.h"

#include <malloc.h>

namespace mailsec::io {

void ReturnFreeMemory() {
#ifdef __GLIBC__
  (void)malloc_trim(0);
#endif
}

}  // namespace mailsec::io
