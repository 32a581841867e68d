/** Structures of the kernel's interface, field by field; `kinds/memorytypes.ts` tells how they are written. */
export const structTexts: Readonly<Record<string, string>> = {
  // linux/time_types.h, linux/time.h
  timespec: 'tv_sec:long tv_nsec:long/nsec',
  timeval: 'tv_sec:long tv_usec:long',
  timespec64: 'tv_sec:s64 tv_nsec:s64/nsec',
  itimerspec: 'it_interval:timespec it_value:timespec',
  itimerspec64: 'it_interval:timespec64 it_value:timespec64',
  itimerval: 'it_interval:timeval it_value:timeval',
  timezone: 'tz_minuteswest:s32 tz_dsttime:s32',
  utimbuf: 'actime:long/date modtime:long/date',
  tms: 'tms_utime:long tms_stime:long tms_cutime:long tms_cstime:long',
  timex: `modes:u32/flags(adjtimex_modes) offset:long freq:long maxerror:long esterror:long
    status:s32/flags(adjtimex_status) constant:long precision:long tolerance:long time:timeval tick:long ppsfreq:long
    jitter:long shift:s32 stabil:long jitcnt:long calcnt:long errcnt:long stbcnt:long tai:s32 _pad:s32[11]`,
  // asm/stat.h
  stat: `!st_dev:ulong/dev !st_ino:ulong !st_nlink:ulong st_mode:u32/filemode !st_uid:u32 !st_gid:u32 _pad:u32
    st_rdev:ulong/rdev(st_mode) st_size:long/statsize(st_mode) !st_blksize:long !st_blocks:long
    !st_atime:long/date !st_atime_nsec:ulong !st_mtime:long/date !st_mtime_nsec:ulong !st_ctime:long/date
    !st_ctime_nsec:ulong _unused:long[3]`,
  stat32: `!st_dev:u32/dev !st_ino:u32 st_mode:u16/filemode !st_nlink:u16 !st_uid:u16 !st_gid:u16
    st_rdev:u32/rdev(st_mode) st_size:u32/statsize(st_mode) !st_blksize:u32 !st_blocks:u32
    !st_atime:u32/date !st_atime_nsec:u32 !st_mtime:u32/date !st_mtime_nsec:u32 !st_ctime:u32/date !st_ctime_nsec:u32
    _unused:u32[2]`,
  stat64: `!st_dev:u64/dev _pad0:u8[4] _ino:u32 st_mode:u32/filemode !st_nlink:u32 !st_uid:u32 !st_gid:u32
    st_rdev:u64/rdev(st_mode) _pad3:u8[4] st_size:s64/statsize(st_mode) !st_blksize:u32 !st_blocks:u64
    !st_atime:u32/date !st_atime_nsec:u32 !st_mtime:u32/date !st_mtime_nsec:u32 !st_ctime:u32/date !st_ctime_nsec:u32
    !st_ino:u64`,
  statx: `stx_mask:u32/flags(statx_mask) !stx_blksize:u32 stx_attributes:u64/flags64(statx_attr) !stx_nlink:u32
    !stx_uid:u32 !stx_gid:u32 stx_mode:u16/filemode _pad:u16 !stx_ino:u64 stx_size:u64 !stx_blocks:u64
    !stx_attributes_mask:u64/flags64(statx_attr) !stx_atime:statx_timestamp !stx_btime:statx_timestamp
    !stx_ctime:statx_timestamp !stx_mtime:statx_timestamp !stx_rdev_major:u32 !stx_rdev_minor:u32 !stx_dev_major:u32
    !stx_dev_minor:u32 !stx_mnt_id:u64/hex64 _spare:u64[13]`,
  statx_timestamp: 'tv_sec:s64/date tv_nsec:u32 _pad:u32',
  // asm/statfs.h
  statfs: `f_type:long/enum64(fs_magic) f_bsize:long f_blocks:ulong f_bfree:ulong f_bavail:ulong f_files:ulong
    f_ffree:ulong f_fsid:fsid f_namelen:long f_frsize:long f_flags:long/flags64(statfs_flags) _spare:long[4]`,
  statfs64: `f_type:u32/enum(fs_magic) f_bsize:u32 f_blocks:u64 f_bfree:u64 f_bavail:u64 f_files:u64 f_ffree:u64
    f_fsid:fsid f_namelen:u32 f_frsize:u32 f_flags:u32/flags(statfs_flags) _spare:u32[4]`,
  fsid: 'val:u32/hex32[2]',
  ustat: 'f_tfree:s32 f_tinode:ulong _fname:u8[6] _fpack:u8[6]',
  open_how: 'flags:u64/open64 mode:u64/howmode(flags) resolve:u64/flags64(resolve_flags)',
  xattr_args: 'value:u64/buf(size) size:u32 flags:u32/flags(xattr_flags)',
  file_attr: 'fa_xflags:u64/hex64 fa_extsize:u32 fa_nextents:u32 fa_projid:u32 fa_cowextsize:u32',
  cachestat_range: 'off:u64 len:u64',
  cachestat: 'nr_cache:u64 nr_dirty:u64 nr_writeback:u64 nr_evicted:u64 nr_recently_evicted:u64',
  mount_attr: `attr_set:u64/flags64(mount_attr) attr_clr:u64/flags64(mount_attr) propagation:u64/flags64(mount_flags)
    userns_fd:u64/fd`,
  mnt_id_req: 'size:u32 _spare:u32 mnt_id:u64/hex64 param:u64/flags64(statmount_mask) mnt_ns_id:u64/hex64',
  ns_id_req: 'size:u32 _spare:u32 ns_id:u64/hex64 ns_type:u32/flags(setns_flags) _spare2:u32 user_ns_id:u64/hex64',
  statmount:
    'size:u32 mnt_opts:u32 mask:u64/flags64(statmount_mask) sb_dev_major:u32 sb_dev_minor:u32 sb_magic:u64/enum64(fs_magic)',
  // asm-generic/fcntl.h; the i386 ones are packed to 4 bytes by its own alignment rule
  flock: 'l_type:s16/enum(lock_type) l_whence:s16/enum(whence) l_start:long l_len:long',
  flockout: 'l_type:s16/enum(lock_type) l_whence:s16/enum(whence) l_start:long l_len:long l_pid:s32',
  flock64: 'l_type:s16/enum(lock_type) l_whence:s16/enum(whence) l_start:s64 l_len:s64',
  flock64out: 'l_type:s16/enum(lock_type) l_whence:s16/enum(whence) l_start:s64 l_len:s64 l_pid:s32',
  f_owner_ex: 'type:s32/enum(owner_type) pid:s32',
  iovec: 'iov_base:ptr iov_len:ulong',
  iovecin: 'iov_base:ptr/buf(iov_len) iov_len:ulong',
  // Signals: asm/signal.h, asm/siginfo.h
  oldsigaction: 'sa_handler:ptr/handler sa_mask:u32/sigbits sa_flags:u32/flags(sigaction_flags) sa_restorer:ptr',
  sigaltstack: 'ss_sp:ptr ss_flags:s32/ssflags ss_size:ulong',
  // Limits and usage
  rlimit: 'rlim_cur:ulong/rlim rlim_max:ulong/rlim',
  rlimit64: 'rlim_cur:u64/rlim64 rlim_max:u64/rlim64',
  rusage: `ru_utime:timeval ru_stime:timeval !ru_maxrss:ulong !ru_ixrss:ulong !ru_idrss:ulong !ru_isrss:ulong
    !ru_minflt:ulong !ru_majflt:ulong !ru_nswap:ulong !ru_inblock:ulong !ru_oublock:ulong !ru_msgsnd:ulong
    !ru_msgrcv:ulong !ru_nsignals:ulong !ru_nvcsw:ulong !ru_nivcsw:ulong`,
  sysinfo: `uptime:long loads:ulong[3] totalram:ulong freeram:ulong sharedram:ulong bufferram:ulong totalswap:ulong
    freeswap:ulong procs:u16 _pad:u16 totalhigh:ulong freehigh:ulong mem_unit:u32`,
  utsname: 'sysname:chars65 nodename:chars65 !release:chars65 !version:chars65 !machine:chars65 !domainname:chars65',
  cap_header: 'version:u32/enum(capability_version) pid:s32',
  sched_attr: `size:u32 sched_policy:u32/schedpolicy sched_flags:u64/flags64(sched_flags) sched_nice:s32
    sched_priority:u32 sched_runtime:u64 sched_deadline:u64 sched_period:u64 sched_util_min:u32 sched_util_max:u32`,
  futex_waitv: 'val:u64/hex64 uaddr:u64/ptr flags:u32/flags(futex2_flags) _reserved:u32',
  landlock_ruleset_attr: `handled_access_fs:u64/flags64(landlock_access_fs) handled_access_net:u64/flags64(landlock_access_net)
    scoped:u64/flags64(landlock_scope)`,
  landlock_path_beneath: 'allowed_access:u64/flags64(landlock_access_fs) parent_fd:s32/fd',
  landlock_net_port: 'allowed_access:u64/flags64(landlock_access_net) port:u64',
  kexec_segment: 'buf:ptr bufsz:ulong mem:ptr memsz:ulong',
  perf_event_attr:
    'type:u32/enum(perf_type) size:u32/hex32 config:u64/hex64 !sample_period:u64 !sample_type:u64/hex64 !read_format:u64/hex64',
  sock_fprog: 'len:u16 filter:ptr',
  user_desc: `entry_number:s32 base_addr:u32/hex32 limit:u32/hex32 seg_32bit:u32/bits(0,1) contents:u32/hex32`,
  // Events
  pollfd: 'fd:s32/fd events:u16/pollevents _revents:u16',
  sembuf: 'sem_num:u16 sem_op:s16 sem_flg:s16/flags(sem_flags)',
  mq_attr: 'mq_flags:long/flags64(mq_flags) mq_maxmsg:long mq_msgsize:long mq_curmsgs:long',
  sigevent: 'sigev_value:ptr/sigval sigev_signo:s32/signal sigev_notify:s32/enum(sigev_notify)',
  aio_sigset: 'sigmask:ptr/sigset(sigsetsize) sigsetsize:ulong',
  io_event: 'data:u64/hex64 obj:u64/ptr res:s64 res2:s64',
  iocbhead:
    'aio_data:u64/hex64 _key:u32 _rw:u32 aio_lio_opcode:u16/enum(aio_cmd) aio_reqprio:s16 aio_fildes:u32/fd aio_buf:u64/ptr aio_nbytes:u64 aio_offset:s64',
  io_uring_params: `flags:u32/flags(io_uring_setup_flags) _sq:u32 sq_thread_cpu:u32 sq_thread_idle:u32`,
  // Terminals and sockets' options
  winsize: 'ws_row:u16 ws_col:u16 ws_xpixel:u16 ws_ypixel:u16',
  termios: `c_iflag:u32/flags(termios_c_iflag) c_oflag:u32/oflag c_cflag:u32/cflag c_lflag:u32/flags(termios_c_lflag)
    !c_line:u8 !c_cc:chars19`,
  linger: 'l_onoff:s32 l_linger:s32',
  ucred: 'pid:s32 uid:u32/id gid:u32/id',
  ip_mreq: 'imr_multiaddr:u32/inaddr imr_interface:u32/inaddr',
  ifconf: 'ifc_len:s32 ifc_buf:ptr',
  // System V IPC
};
