// free_memory.h: does the system get back what we do not need any more?

#ifndef MAILCORE_IO_FREE_MEMORY_H_
#define MAILCORE_IO_FREE_MEMORY_H_

namespace mailsec::io {

// Gives freed memory back to the system, after much of it was needed for a
// moment: the C library keeps it otherwise. Takes up to some milliseconds for
// each 100 MB. Thread safety: may be called concurrently.
void ReturnFreeMemory();

}  // namespace mailsec::io

#endif  // MAILCORE_IO_FREE_MEMORY_H_
