// glibc has strerrorname_np only since 2.32 and musl not at all, and Node's own table lacks ENOEXEC in some releases.
#include "errno_name.h"

#include <cerrno>

const char *errnoName(int error) {
  switch (error) {
#define NAME(symbol)                                                                                                   \
  case symbol:                                                                                                         \
    return #symbol;
    NAME(EPERM)
    NAME(ENOENT)
    NAME(ESRCH)
    NAME(EINTR)
    NAME(EIO)
    NAME(ENXIO)
    NAME(E2BIG)
    NAME(ENOEXEC)
    NAME(EBADF)
    NAME(ECHILD)
    NAME(EAGAIN)
    NAME(ENOMEM)
    NAME(EACCES)
    NAME(EFAULT)
    NAME(ENOTBLK)
    NAME(EBUSY)
    NAME(EEXIST)
    NAME(EXDEV)
    NAME(ENODEV)
    NAME(ENOTDIR)
    NAME(EISDIR)
    NAME(EINVAL)
    NAME(ENFILE)
    NAME(EMFILE)
    NAME(ENOTTY)
    NAME(ETXTBSY)
    NAME(EFBIG)
    NAME(ENOSPC)
    NAME(ESPIPE)
    NAME(EROFS)
    NAME(EMLINK)
    NAME(EPIPE)
    NAME(EDOM)
    NAME(ERANGE)
    NAME(EDEADLK)
    NAME(ENAMETOOLONG)
    NAME(ENOLCK)
    NAME(ENOSYS)
    NAME(ELOOP)
    NAME(ENODATA)
    NAME(EOVERFLOW)
    NAME(ELIBBAD)
    NAME(EUSERS)
    NAME(EOPNOTSUPP)
    NAME(ECONNREFUSED)
    NAME(ETIMEDOUT)
    NAME(ESTALE)
    NAME(EDQUOT)
    NAME(EREMOTEIO)
    NAME(EKEYREJECTED)
#undef NAME
  default:
    return "EUNKNOWN";
  }
}
