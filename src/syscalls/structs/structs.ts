/** Structures of the kernel's interface, field by field; `kinds/memorytypes.ts` tells how they are written. */
export const structTexts: Readonly<Record<string, string>> = {
  timespec: 'tv_sec:long tv_nsec:long',
  timeval: 'tv_sec:long tv_usec:long',
  timespec64: 'tv_sec:s64 tv_nsec:s64',
  itimerspec: 'it_interval:timespec it_value:timespec',
  itimerspec64: 'it_interval:timespec64 it_value:timespec64',
  itimerval: 'it_interval:timeval it_value:timeval',
  timezone: 'tz_minuteswest:s32 tz_dsttime:s32',
  iovec: 'iov_base:ptr iov_len:ulong',
};
