/**
 * Which constants of which headers make which table. One line a table: name, headers, what its names look like, what
 * looks like it and does not belong, and names that come first where several have one value or where strace prints
 * another order than that of the values.
 */
const t = (name, headers, names, options = {}) => ({
  name,
  headers: headers.split(' '),
  names: new RegExp(`^(?:${names})$`),
  without: options.without ? new RegExp(`^(?:${options.without})$`) : undefined,
  first: options.first ? options.first.split(' ') : [],
});

export const constantTables = [
  t('errno', 'asm/errno.h', 'E[A-Z0-9]+', { first: 'EAGAIN EDEADLK EOPNOTSUPP' }),
  t('signal', 'asm/signal.h', 'SIG[A-Z0-9]+', {
    without: 'SIGRT.*|SIGSTKSZ|SIGUNUSED|SIGLOST',
    first: 'SIGABRT SIGIO',
  }),
  // Files
  t('open_access', 'asm/fcntl.h', 'O_RDONLY|O_WRONLY|O_RDWR|O_ACCMODE'),
  t('open_flags', 'asm/fcntl.h', 'O_[A-Z]+|FASYNC', {
    without: 'O_RDONLY|O_WRONLY|O_RDWR|O_ACCMODE|O_NDELAY',
    first:
      'O_CREAT O_EXCL O_NOCTTY O_TRUNC O_APPEND O_NONBLOCK O_SYNC O_DSYNC O_DIRECT O_LARGEFILE O_NOFOLLOW O_NOATIME O_CLOEXEC O_PATH O_TMPFILE O_DIRECTORY FASYNC',
  }),
  t(
    'fcntl_cmd',
    'linux/fcntl.h',
    'F_(DUPFD|GETFD|SETFD|GETFL|SETFL|GETLK(64)?|SETLKW?(64)?|SETOWN|GETOWN|SETSIG|GETSIG|SETOWN_EX|GETOWN_EX|GETOWNER_UIDS|OFD_\\w+|SETLEASE|GETLEASE|CANCELLK|DUPFD_CLOEXEC|NOTIFY|SETPIPE_SZ|GETPIPE_SZ|ADD_SEALS|GET_SEALS|\\w+_RW_HINT|\\w+_FILE_RW_HINT|DUPFD_QUERY|CREATED_QUERY)',
  ),
  t('fd_flags', 'asm/fcntl.h', 'FD_CLOEXEC'),
  t('lock_type', 'asm/fcntl.h', 'F_(RDLCK|WRLCK|UNLCK|EXLCK|SHLCK)'),
  t('lock_op', 'asm/fcntl.h', 'LOCK_[A-Z]+', { first: 'LOCK_SH LOCK_EX LOCK_NB LOCK_UN LOCK_MAND LOCK_RW' }),
  t('seals', 'linux/fcntl.h', 'F_SEAL_\\w+'),
  t('notify_flags', 'linux/fcntl.h', 'DN_\\w+'),
  t('owner_type', 'asm/fcntl.h', 'F_OWNER_(TID|PID|PGRP)'),
  t('rw_hint', 'linux/fcntl.h', 'RWH_WRITE_LIFE_\\w+|RWF_WRITE_LIFE_NOT_SET', { without: 'RWF_.*' }),
  t('at_flags', 'linux/fcntl.h', 'AT_[A-Z_]+', {
    without: 'AT_FDCWD|AT_STATX_.*|AT_EACCESS|AT_HANDLE_.*|AT_RENAME_.*',
  }),
  t('unlinkat_flags', 'linux/fcntl.h', 'AT_REMOVEDIR'),
  t('faccessat_flags', 'linux/fcntl.h', 'AT_(SYMLINK_NOFOLLOW|EACCESS|EMPTY_PATH)'),
  t('statx_flags', 'linux/fcntl.h', 'AT_(SYMLINK_NOFOLLOW|NO_AUTOMOUNT|EMPTY_PATH)'),
  t('statx_sync', 'linux/fcntl.h', 'AT_STATX_(SYNC_AS_STAT|FORCE_SYNC|DONT_SYNC)'),
  t(
    'open_tree_flags',
    'linux/fcntl.h linux/mount.h',
    'OPEN_TREE_\\w+|AT_(SYMLINK_NOFOLLOW|NO_AUTOMOUNT|EMPTY_PATH|RECURSIVE)',
    { first: 'OPEN_TREE_CLONE OPEN_TREE_CLOEXEC' },
  ),
  t('statx_mask', 'linux/stat.h', 'STATX_[A-Z_]+', {
    without: 'STATX__.*|STATX_ATTR_.*',
    first: 'STATX_ALL STATX_BASIC_STATS',
  }),
  t('statx_attr', 'linux/stat.h', 'STATX_ATTR_\\w+'),
  t('file_type', 'linux/stat.h', 'S_IF[A-Z]+', { without: 'S_IFMT' }),
  t('mode_bits', 'linux/stat.h', 'S_IS(UID|GID|VTX)'),
  t('access_mode', 'unistd.h', '[RWXF]_OK', { first: 'R_OK W_OK X_OK' }),
  t('whence', 'linux/fs.h', 'SEEK_[A-Z]+', { without: 'SEEK_MAX' }),
  t('fallocate_mode', 'linux/falloc.h', 'FALLOC_FL_\\w+', { without: 'FALLOC_FL_ALLOCATE_RANGE' }),
  t('fadvise', 'linux/fadvise.h', 'POSIX_FADV_\\w+'),
  t('rename_flags', 'linux/fs.h', 'RENAME_[A-Z]+'),
  t('splice_flags', 'fcntl.h', 'SPLICE_F_\\w+'),
  t('sync_file_range_flags', 'linux/fs.h', 'SYNC_FILE_RANGE_\\w+', { without: 'SYNC_FILE_RANGE_WRITE_AND_WAIT' }),
  t('rwf_flags', 'linux/fs.h', 'RWF_\\w+', { without: 'RWF_SUPPORTED' }),
  t('resolve_flags', 'linux/openat2.h', 'RESOLVE_\\w+'),
  t('close_range_flags', 'linux/close_range.h', 'CLOSE_RANGE_\\w+'),
  t('xattr_flags', 'linux/xattr.h', 'XATTR_(CREATE|REPLACE)'),
  t('fs_magic', 'linux/magic.h', '[A-Z0-9_]+_(SUPER_)?MAGIC\\w*', {
    without: 'STACK_END_MAGIC|EXT[34]_SUPER_MAGIC|SMB_SUPER_MAGIC|.*STRING|FUTEXFS.*',
    first: 'EXT2_SUPER_MAGIC',
  }),
  t('inode_flags', 'linux/fs.h', 'FS_[A-Z]+_FL', { without: 'FS_FL_.*' }),
  t('fiemap_flags', 'linux/fiemap.h', 'FIEMAP_FLAG_(SYNC|XATTR|CACHE)'),
  t('swap_flags', 'sys/swap.h', 'SWAP_FLAG_(PREFER|DISCARD)'),
  t('statfs_flags', 'sys/statvfs.h', 'ST_[A-Z]+', { first: 'ST_VALID' }),
  t('dirent_type', 'dirent.h', 'DT_[A-Z]+', { without: 'DT_WHT_.*' }),
  // Mounts
  t('mount_flags', 'linux/mount.h', 'MS_[A-Z_]+', {
    without: 'MS_RMT_MASK|MS_MGC_MSK|MS_MGC_VAL|MS_VERBOSE|MS_NOREMOTELOCK_',
    first: 'MS_MGC_VAL',
  }),
  t('umount_flags', 'sys/mount.h', 'MNT_(FORCE|DETACH|EXPIRE)|UMOUNT_NOFOLLOW'),
  t('mount_attr', 'linux/mount.h', 'MOUNT_ATTR_\\w+', {
    without: 'MOUNT_ATTR_SIZE.*|MOUNT_ATTR__ATIME|MOUNT_ATTR_RELATIME',
  }),
  t('mount_setattr_flags', 'linux/fcntl.h', 'AT_(SYMLINK_NOFOLLOW|NO_AUTOMOUNT|EMPTY_PATH|RECURSIVE)'),
  t('move_mount_flags', 'linux/mount.h', 'MOVE_MOUNT_\\w+', { without: 'MOVE_MOUNT__MASK' }),
  t('fsopen_flags', 'linux/mount.h', 'FSOPEN_\\w+'),
  t('fspick_flags', 'linux/mount.h', 'FSPICK_\\w+'),
  t('fsmount_flags', 'linux/mount.h', 'FSMOUNT_\\w+'),
  t('fsconfig_cmd', 'linux/mount.h', 'FSCONFIG_\\w+'),
  // Memory
  t('mmap_prot', 'asm/mman.h', 'PROT_[A-Z]+', {
    first: 'PROT_READ PROT_WRITE PROT_EXEC PROT_SEM PROT_GROWSDOWN PROT_GROWSUP',
  }),
  t('mmap_type', 'linux/mman.h', 'MAP_(SHARED|PRIVATE|SHARED_VALIDATE)'),
  t('mmap_flags', 'linux/mman.h', 'MAP_[A-Z0-9_]+', {
    without: 'MAP_(SHARED|PRIVATE|SHARED_VALIDATE|TYPE|FILE|HUGE_.*|ABOVE4G)',
    first:
      'MAP_FIXED MAP_ANONYMOUS MAP_32BIT MAP_NORESERVE MAP_POPULATE MAP_NONBLOCK MAP_GROWSDOWN MAP_DENYWRITE MAP_EXECUTABLE MAP_LOCKED MAP_STACK MAP_HUGETLB MAP_SYNC MAP_FIXED_NOREPLACE',
  }),
  t('mremap_flags', 'linux/mman.h', 'MREMAP_\\w+'),
  t('msync_flags', 'asm/mman.h', 'MS_(ASYNC|INVALIDATE|SYNC)', { first: 'MS_SYNC MS_ASYNC MS_INVALIDATE' }),
  t('madvise', 'asm/mman.h', 'MADV_\\w+'),
  t('mlock2_flags', 'asm/mman.h', 'MLOCK_\\w+'),
  t('mlockall_flags', 'asm/mman.h', 'MCL_\\w+'),
  t('pkey_rights', 'asm/mman.h', 'PKEY_DISABLE_\\w+', { without: 'PKEY_ACCESS_MASK' }),
  t('memfd_flags', 'linux/memfd.h', 'MFD_[A-Z_]+', { without: 'MFD_HUGE_\\w+' }),
  t('memfd_secret_flags', 'asm/fcntl.h', 'O_CLOEXEC'),
  t('getrandom_flags', 'linux/random.h', 'GRND_[A-Z]+', { first: 'GRND_NONBLOCK GRND_RANDOM' }),
  t(
    'mempolicy_mode',
    'linux/mempolicy.h',
    'MPOL_(DEFAULT|PREFERRED|BIND|INTERLEAVE|LOCAL|PREFERRED_MANY|WEIGHTED_INTERLEAVE)',
  ),
  t('mempolicy_mode_flags', 'linux/mempolicy.h', 'MPOL_F_(STATIC_NODES|RELATIVE_NODES|NUMA_BALANCING)'),
  t('mempolicy_flags', 'linux/mempolicy.h', 'MPOL_F_(NODE|ADDR|MEMS_ALLOWED)'),
  t('mbind_flags', 'linux/mempolicy.h', 'MPOL_MF_(STRICT|MOVE|MOVE_ALL)'),
  t('membarrier_cmd', 'linux/membarrier.h', 'MEMBARRIER_CMD_\\w+', {
    without: 'MEMBARRIER_CMD_SHARED|MEMBARRIER_CMD_FLAG_CPU',
  }),
  t('membarrier_flags', 'linux/membarrier.h', 'MEMBARRIER_CMD_FLAG_CPU'),
  // Processes and signals
  t('clone_flags', 'linux/sched.h', 'CLONE_[A-Z_]+', { without: 'CLONE_ARGS_.*|CLONE_NEWTIME|CLONE_DETACHED' }),
  t('clone3_flags', 'linux/sched.h', 'CLONE_[A-Z_]+', { without: 'CLONE_ARGS_.*|CLONE_DETACHED' }),
  t('setns_flags', 'linux/sched.h', 'CLONE_NEW[A-Z]+'),
  t('unshare_flags', 'linux/sched.h', 'CLONE_(NEW[A-Z]+|VM|FS|FILES|SIGHAND|THREAD|SYSVSEM)'),
  t('wait_options', 'linux/wait.h', 'W[A-Z]+|__W[A-Z]+', {
    first: 'WNOHANG WEXITED WSTOPPED WCONTINUED WNOWAIT __WCLONE __WALL __WNOTHREAD',
  }),
  t('waitid_type', 'linux/wait.h', 'P_(ALL|PID|PGID|PIDFD)'),
  t('cld_code', 'asm/siginfo.h', 'CLD_\\w+'),
  t('sigprocmask_how', 'asm/signal.h', 'SIG_(BLOCK|UNBLOCK|SETMASK)'),
  t('sigaction_flags', 'asm/signal.h', 'SA_[A-Z_]+', {
    without: 'SA_NOMASK|SA_ONESHOT',
    first: 'SA_RESTORER SA_NOCLDSTOP SA_NOCLDWAIT SA_ONSTACK SA_RESTART SA_NODEFER SA_RESETHAND SA_SIGINFO',
  }),
  t('sigaltstack_flags', 'linux/signal.h', 'SS_\\w+'),
  t('si_code', 'asm/siginfo.h', 'SI_[A-Z]+', { without: 'SI_MAX_SIZE|SI_PAD_SIZE' }),
  t('si_code_ill', 'asm/siginfo.h', 'ILL_\\w+'),
  t('si_code_fpe', 'asm/siginfo.h', 'FPE_\\w+', { without: 'FPE_(DECOVF|DECDIV|DECERR|INVASC|INVDEC)' }),
  t('si_code_segv', 'asm/siginfo.h', 'SEGV_\\w+'),
  t('si_code_bus', 'asm/siginfo.h', 'BUS_\\w+'),
  t('si_code_trap', 'asm/siginfo.h', 'TRAP_\\w+'),
  t('si_code_poll', 'asm/siginfo.h', 'POLL_\\w+'),
  t('si_code_sys', 'asm/siginfo.h', 'SYS_\\w+'),
  t('sigev_notify', 'asm/siginfo.h', 'SIGEV_(SIGNAL|NONE|THREAD|THREAD_ID)'),
  t('rlimit', 'linux/resource.h', 'RLIMIT_\\w+'),
  t('rusage_who', 'linux/resource.h', 'RUSAGE_\\w+'),
  t('priority_which', 'linux/resource.h', 'PRIO_(PROCESS|PGRP|USER)'),
  t('sched_policy', 'linux/sched.h', 'SCHED_[A-Z]+', { without: 'SCHED_RESET_ON_FORK|SCHED_NORMAL' }),
  t('sched_flags', 'linux/sched.h', 'SCHED_FLAG_\\w+', { without: 'SCHED_FLAG_(ALL|KEEP_ALL|UTIL_CLAMP)' }),
  t('personality', 'linux/personality.h', 'PER_\\w+', { without: 'PER_MASK', first: 'PER_LINUX' }),
  t(
    'personality_flags',
    'linux/personality.h',
    'UNAME26|ADDR_\\w+|FDPIC_FUNCPTRS|MMAP_PAGE_ZERO|READ_IMPLIES_EXEC|SHORT_INODE|WHOLE_SECONDS|STICKY_TIMEOUTS',
  ),
  t('ptrace_request', 'linux/ptrace.h asm/ptrace-abi.h', 'PTRACE_[A-Z0-9_]+', {
    without: 'PTRACE_(EVENT_.*|O_.*|SYSCALL_INFO_.*|EVENTMSG_.*|PEEKSIGINFO_SHARED|SYSEMU_.*_OLD|OLDSETOPTIONS)',
  }),
  t('ptrace_options', 'linux/ptrace.h', 'PTRACE_O_\\w+', { without: 'PTRACE_O_MASK' }),
  t('prctl_option', 'linux/prctl.h', 'PR_[A-Z0-9_]+', {
    without:
      'PR_(FP_EXC|ENDIAN|TIMING|TSC|UNALIGN|MCE_KILL|SET_MM|FP_MODE|CAP_AMBIENT|SPEC|PAC_AP|TAGGED_ADDR|MTE|SCHED_CORE|FPEMU|SVE|SME|SET_MM_MAP)_.*|PR_SET_PTRACER_ANY|PR_SCHED_CORE_(CREATE|GET|SHARE.*|SCOPE.*)|PR_PAC_.*KEY|PR_SPEC_.*|PR_MTE_.*|PR_FPEMU_.*|PR_SVE_VL_.*|PR_SME_VL_.*|PR_SYS_DISPATCH_.*|PR_SET_VMA_.*|PR_MDWE_.*',
  }),
  t('prctl_cap_ambient', 'linux/prctl.h', 'PR_CAP_AMBIENT_\\w+'),
  t('prctl_mce', 'linux/prctl.h', 'PR_MCE_KILL_(CLEAR|SET)'),
  t('prctl_mce_policy', 'linux/prctl.h', 'PR_MCE_KILL_(LATE|EARLY|DEFAULT)'),
  t('prctl_mm', 'linux/prctl.h', 'PR_SET_MM_\\w+'),
  t('prctl_tsc', 'linux/prctl.h', 'PR_TSC_\\w+'),
  t('prctl_timing', 'linux/prctl.h', 'PR_TIMING_\\w+'),
  t('prctl_unalign', 'linux/prctl.h', 'PR_UNALIGN_\\w+'),
  t('prctl_spec', 'linux/prctl.h', 'PR_SPEC_(STORE_BYPASS|INDIRECT_BRANCH|L1D_FLUSH)'),
  t('prctl_spec_ctrl', 'linux/prctl.h', 'PR_SPEC_(NOT_AFFECTED|PRCTL|ENABLE|DISABLE|FORCE_DISABLE|DISABLE_NOEXEC)'),
  t('capability', 'linux/capability.h', 'CAP_[A-Z_]+', { without: 'CAP_LAST_CAP|CAP_TO_.*' }),
  t('capability_version', 'linux/capability.h', '_LINUX_CAPABILITY_VERSION_[123]'),
  t('arch_prctl', 'asm/prctl.h', 'ARCH_[A-Z0-9_]+'),
  t('seccomp_op', 'linux/seccomp.h', 'SECCOMP_(SET|GET)_[A-Z_]+'),
  t('seccomp_mode', 'linux/seccomp.h', 'SECCOMP_MODE_\\w+'),
  t('seccomp_filter_flags', 'linux/seccomp.h', 'SECCOMP_FILTER_FLAG_\\w+'),
  t('seccomp_ret', 'linux/seccomp.h', 'SECCOMP_RET_[A-Z_]+', { without: 'SECCOMP_RET_(ACTION.*|DATA|KILL)' }),
  t('kcmp_type', 'linux/kcmp.h', 'KCMP_\\w+', { without: 'KCMP_TYPES' }),
  t('ioprio_who', 'linux/ioprio.h', 'IOPRIO_WHO_\\w+'),
  t('ioprio_class', 'linux/ioprio.h', 'IOPRIO_CLASS_\\w+', { without: 'IOPRIO_CLASS_(SHIFT|MASK)' }),
  t('pidfd_open_flags', 'linux/pidfd.h', 'PIDFD_(NONBLOCK|THREAD)'),
  t('rseq_flags', 'linux/rseq.h', 'RSEQ_FLAG_\\w+'),
  t('landlock_rule_type', 'linux/landlock.h', 'LANDLOCK_RULE_\\w+'),
  t('landlock_create_flags', 'linux/landlock.h', 'LANDLOCK_CREATE_RULESET_\\w+'),
  t('landlock_access_fs', 'linux/landlock.h', 'LANDLOCK_ACCESS_FS_\\w+'),
  t('keyctl', 'linux/keyctl.h', 'KEYCTL_[A-Z0-9_]+', { without: 'KEYCTL_(CAPS[01]_.*|SUPPORTS_.*|MOVE_EXCL)' }),
  t('key_spec', 'linux/keyctl.h', 'KEY_SPEC_\\w+'),
  t('key_reqkeys', 'linux/keyctl.h', 'KEY_REQKEY_DEFL_\\w+'),
  t('reboot_magic1', 'linux/reboot.h', 'LINUX_REBOOT_MAGIC1'),
  t('reboot_magic2', 'linux/reboot.h', 'LINUX_REBOOT_MAGIC2[A-C]?'),
  t('reboot_cmd', 'linux/reboot.h', 'LINUX_REBOOT_CMD_\\w+'),
  t('kexec_flags', 'linux/kexec.h', 'KEXEC_(ON_CRASH|PRESERVE_CONTEXT)'),
  t('kexec_file_flags', 'linux/kexec.h', 'KEXEC_FILE_\\w+'),
  t('kexec_arch', 'linux/kexec.h', 'KEXEC_ARCH_\\w+', { without: 'KEXEC_ARCH_MASK' }),
  t('module_flags', 'linux/module.h', 'MODULE_INIT_\\w+'),
  t('delete_module_flags', 'asm/fcntl.h', 'O_NONBLOCK|O_TRUNC', { first: 'O_NONBLOCK O_TRUNC' }),
  // Time
  t('clock', 'linux/time.h', 'CLOCK_[A-Z_]+'),
  t('itimer', 'linux/time.h', 'ITIMER_\\w+'),
  t('timer_flags', 'linux/time.h', 'TIMER_ABSTIME'),
  t('timerfd_flags', 'linux/timerfd.h', 'TFD_(CLOEXEC|NONBLOCK|TIMER_\\w+)', {
    first: 'TFD_TIMER_ABSTIME TFD_TIMER_CANCEL_ON_SET TFD_CLOEXEC',
  }),
  t('adjtimex_modes', 'linux/timex.h', 'ADJ_[A-Z_]+', {
    without: 'ADJ_ADJTIME|ADJ_OFFSET_(SINGLESHOT|READONLY|SS_READ)',
  }),
  t('adjtimex_status', 'linux/timex.h', 'STA_[A-Z]+', { without: 'STA_RONLY' }),
  t('adjtimex_state', 'linux/timex.h', 'TIME_(OK|INS|DEL|OOP|WAIT|ERROR)'),
  // Descriptors that carry events
  t('poll_events', 'asm/poll.h', 'POLL[A-Z_]+', {
    without: 'POLL_BUSY_LOOP|POLLFREE|POLLREMOVE|POLLMSG|POLLRDNORM_.*',
    first: 'POLLIN POLLPRI POLLOUT POLLRDNORM POLLWRNORM POLLRDBAND POLLWRBAND POLLERR POLLHUP POLLNVAL POLLRDHUP',
  }),
  t('epoll_op', 'linux/eventpoll.h', 'EPOLL_CTL_\\w+'),
  t('epoll_create_flags', 'linux/eventpoll.h', 'EPOLL_CLOEXEC'),
  t(
    'epoll_events',
    'linux/eventpoll.h',
    'EPOLL(IN|PRI|OUT|ERR|HUP|NVAL|RDNORM|RDBAND|WRNORM|WRBAND|MSG|RDHUP|URING_WAKE|EXCLUSIVE|WAKEUP|ONESHOT|ET)',
    {
      first:
        'EPOLLIN EPOLLPRI EPOLLOUT EPOLLRDNORM EPOLLRDBAND EPOLLWRNORM EPOLLWRBAND EPOLLMSG EPOLLERR EPOLLHUP EPOLLRDHUP EPOLLEXCLUSIVE EPOLLWAKEUP EPOLLONESHOT EPOLLET',
    },
  ),
  t('eventfd_flags', 'sys/eventfd.h', 'EFD_\\w+', { first: 'EFD_SEMAPHORE EFD_CLOEXEC EFD_NONBLOCK' }),
  t('signalfd_flags', 'linux/signalfd.h', 'SFD_\\w+', { first: 'SFD_CLOEXEC SFD_NONBLOCK' }),
  t('inotify_flags', 'linux/inotify.h', 'IN_(CLOEXEC|NONBLOCK)'),
  t('inotify_mask', 'linux/inotify.h', 'IN_[A-Z_]+', { without: 'IN_(CLOEXEC|NONBLOCK|ALL_EVENTS|CLOSE|MOVE)' }),
  t('fanotify_init_flags', 'linux/fanotify.h', 'FAN_(CLOEXEC|NONBLOCK|UNLIMITED_\\w+|ENABLE_AUDIT|REPORT_\\w+)', {
    without: 'FAN_REPORT_DFID_.*',
  }),
  t('fanotify_class', 'linux/fanotify.h', 'FAN_CLASS_\\w+'),
  t('fanotify_mark_flags', 'linux/fanotify.h', 'FAN_MARK_\\w+', { without: 'FAN_MARK_INODE|FAN_MARK_IGNORE_SURV' }),
  t('fanotify_mask', 'linux/fanotify.h', 'FAN_[A-Z_]+', {
    first:
      'FAN_ACCESS FAN_MODIFY FAN_ATTRIB FAN_CLOSE_WRITE FAN_CLOSE_NOWRITE FAN_OPEN FAN_MOVED_FROM FAN_MOVED_TO FAN_CREATE FAN_DELETE FAN_DELETE_SELF FAN_MOVE_SELF FAN_OPEN_EXEC FAN_Q_OVERFLOW FAN_FS_ERROR FAN_OPEN_PERM FAN_ACCESS_PERM FAN_OPEN_EXEC_PERM FAN_DIR_MODIFY FAN_ONDIR FAN_EVENT_ON_CHILD FAN_RENAME',
    without:
      'FAN_(CLOEXEC|NONBLOCK|UNLIMITED_.*|ENABLE_AUDIT|REPORT_.*|CLASS_.*|MARK_.*|ALL_.*|CLOSE|MOVE|ALLOW|DENY|AUDIT|INFO|NOFD|EVENT_INFO_.*|EVENT_METADATA_.*|NOPIDFD|EPIDFD|.*_TYPE_.*)',
  }),
  t('userfaultfd_flags', 'asm/fcntl.h linux/userfaultfd.h', 'O_CLOEXEC|O_NONBLOCK|UFFD_USER_MODE_ONLY', {
    first: 'UFFD_USER_MODE_ONLY O_NONBLOCK O_CLOEXEC',
  }),
  // Sockets (the families are glibc's: the kernel exports none)
  t('socket_family', 'sys/socket.h', 'AF_[A-Z0-9]+', {
    without: 'AF_(MAX|ROUTE|FILE|LOCAL)',
    first: 'AF_UNIX AF_NETLINK',
  }),
  t('socket_type', 'sys/socket.h', 'SOCK_[A-Z]+', { without: 'SOCK_(CLOEXEC|NONBLOCK)' }),
  t('socket_flags', 'sys/socket.h', 'SOCK_(CLOEXEC|NONBLOCK)', { first: 'SOCK_CLOEXEC SOCK_NONBLOCK' }),
  t('ip_protocol', 'linux/in.h', 'IPPROTO_[A-Z0-9_]+', { without: 'IPPROTO_MAX' }),
  t('icmp6_protocol', 'linux/in6.h', 'IPPROTO_[A-Z0-9_]+'),
  t('netlink_protocol', 'linux/netlink.h', 'NETLINK_[A-Z0-9_]+', {
    without:
      'NETLINK_(ADD_MEMBERSHIP|DROP_MEMBERSHIP|PKTINFO|BROADCAST_ERROR|NO_ENOBUFS|RX_RING|TX_RING|LISTEN_ALL_NSID|LIST_MEMBERSHIPS|CAP_ACK|EXT_ACK|GET_STRICT_CHK|CONNECTED|UNCONNECTED|INET_DIAG)',
  }),
  t('socket_level', 'sys/socket.h linux/in.h linux/in6.h', 'SOL_[A-Z0-9_]+'),
  t('msg_flags', 'sys/socket.h', 'MSG_[A-Z_]+', {
    without: 'MSG_TRYHARD|MSG_PROXY',
    first: 'MSG_OOB MSG_PEEK MSG_DONTROUTE',
  }),
  t('shutdown_how', 'sys/socket.h', 'SHUT_\\w+'),
  t('so_option', 'asm/socket.h', 'SO_[A-Z0-9_]+', {
    without: 'SO_(GET_FILTER|DETACH_BPF|TIMESTAMP|TIMESTAMPNS|TIMESTAMPING|RCVTIMEO|SNDTIMEO)',
    first: 'SO_RCVTIMEO_OLD SO_SNDTIMEO_OLD SO_TIMESTAMP_OLD',
  }),
  t('ip_option', 'linux/in.h', 'I(P|CMP)_[A-Z0-9_]+|MCAST_[A-Z_]+', {
    without: 'IP_(PMTUDISC_.*|DEFAULT_.*|MAX_.*|LOCAL_.*)|MCAST_(EXCLUDE|INCLUDE)|ICMP_.*|IP_RECVRETOPTS',
  }),
  t('ipv6_option', 'linux/in6.h', 'IPV6_[A-Z0-9_]+|MCAST_\\w+', {
    without:
      'IPV6_(PMTUDISC_.*|PRIORITY_.*|FLOWLABEL_MGR_.*|FL_.*|FLOWINFO_.*|PREFER_.*|SRCRT_.*|TLV_.*|RXHOPOPTS_.*)|MCAST_(EXCLUDE|INCLUDE)',
  }),
  t('tcp_option', 'linux/tcp.h', 'TCP_[A-Z0-9_]+', {
    without:
      'TCP_(FLAG_.*|CA_.*|ESTABLISHED|SYN_.*|MSS_.*|S_.*|MD5SIG_.*|NO_QUEUE|RECV_QUEUE|SEND_QUEUE|QUEUES_NR|NLA_.*|RECEIVE_ZEROCOPY_.*|AO_.*|DATA_OFFSET|RESERVED_BITS|REPAIR_(ON|OFF|OFF_NO_WP)|COOKIE_.*)',
  }),
  t('udp_option', 'linux/udp.h', 'UDP_[A-Z0-9_]+', {
    without: 'UDP_ENCAP_(ESP.*|L2TP.*|GTP.*|RXRPC)|UDP_ENCAP_ESPINUDP.*',
  }),
  t('packet_option', 'linux/if_packet.h', 'PACKET_[A-Z0-9_]+', {
    without: 'PACKET_(HOST|BROADCAST|MULTICAST|OTHERHOST|OUTGOING|LOOPBACK|USER|KERNEL|FASTROUTE|FANOUT_.*|MR_.*)',
  }),
  t(
    'netlink_option',
    'linux/netlink.h',
    'NETLINK_(ADD_MEMBERSHIP|DROP_MEMBERSHIP|PKTINFO|BROADCAST_ERROR|NO_ENOBUFS|RX_RING|TX_RING|LISTEN_ALL_NSID|LIST_MEMBERSHIPS|CAP_ACK|EXT_ACK|GET_STRICT_CHK)',
  ),
  t('scm_type', 'sys/socket.h', 'SCM_(RIGHTS|CREDENTIALS)'),
  t('netlink_type', 'linux/netlink.h', 'NLMSG_(NOOP|ERROR|DONE|OVERRUN)'),
  t('netlink_route_type', 'linux/rtnetlink.h', 'RTM_[A-Z]+', { without: 'RTM_(BASE|MAX)|RTM_F_.*' }),
  t('netlink_flags', 'linux/netlink.h', 'NLM_F_(REQUEST|MULTI|ACK|ECHO|DUMP_INTR|DUMP_FILTERED)'),
  t('netlink_get_flags', 'linux/netlink.h', 'NLM_F_(ROOT|MATCH|ATOMIC|DUMP)', { first: 'NLM_F_DUMP' }),
  t('ethernet_protocol', 'linux/if_ether.h', 'ETH_P_[A-Z0-9_]+', { without: 'ETH_P_(ALL_.*)' }),
  // System V and POSIX IPC
  t('ipc_flags', 'linux/ipc.h', 'IPC_(CREAT|EXCL|NOWAIT)'),
  t('ipc_cmd', 'linux/ipc.h', 'IPC_(RMID|SET|STAT|INFO)'),
  t('shm_cmd', 'linux/shm.h', 'IPC_(RMID|SET|STAT|INFO)|SHM_(LOCK|UNLOCK|STAT|INFO|STAT_ANY)'),
  t('sem_cmd', 'linux/sem.h', 'IPC_(RMID|SET|STAT|INFO)|SEM_(STAT|INFO|STAT_ANY)|(GET|SET)(PID|VAL|ALL|NCNT|ZCNT)'),
  t('msg_cmd', 'linux/msg.h', 'IPC_(RMID|SET|STAT|INFO)|MSG_(STAT|INFO|STAT_ANY)'),
  t('sem_flags', 'linux/sem.h', 'SEM_UNDO|IPC_NOWAIT', { first: 'SEM_UNDO IPC_NOWAIT' }),
  t('shmat_flags', 'linux/shm.h', 'SHM_(RDONLY|RND|REMAP|EXEC)'),
  t('shm_flags', 'linux/ipc.h linux/shm.h', 'IPC_(CREAT|EXCL)|SHM_(HUGETLB|NORESERVE)'),
  t('msgrcv_flags', 'linux/msg.h', 'MSG_(NOERROR|EXCEPT|COPY)|IPC_NOWAIT', {
    first: 'MSG_NOERROR MSG_EXCEPT MSG_COPY IPC_NOWAIT',
  }),
  // Futexes
  t('futex_op', 'linux/futex.h', 'FUTEX_[A-Z_0-9]+', {
    without:
      'FUTEX_(PRIVATE_FLAG|CLOCK_REALTIME|CMD_MASK|.*_PRIVATE|WAITERS|OWNER_DIED|TID_MASK|BITSET_MATCH_ANY|OP_.*|32|WAITV_MAX)',
  }),
  t('futex_wake_op', 'linux/futex.h', 'FUTEX_OP_(SET|ADD|OR|ANDN|XOR)'),
  t('futex_wake_cmp', 'linux/futex.h', 'FUTEX_OP_CMP_\\w+'),
  // BPF, io_uring, perf
  t(
    'bpf_cmd',
    'linux/bpf.h',
    'BPF_(MAP_(CREATE|\\w+_ELEM|GET_NEXT_KEY|GET_NEXT_ID|GET_FD_BY_ID|FREEZE|\\w+_BATCH)|PROG_(LOAD|ATTACH|DETACH|TEST_RUN|RUN|GET_NEXT_ID|GET_FD_BY_ID|QUERY|BIND_MAP)|OBJ_\\w+|RAW_TRACEPOINT_OPEN|BTF_(LOAD|GET_\\w+)|TASK_FD_QUERY|LINK_(CREATE|UPDATE|GET_FD_BY_ID|GET_NEXT_ID|DETACH)|ENABLE_STATS|ITER_CREATE)',
    { first: 'BPF_PROG_TEST_RUN' },
  ),
  t('bpf_map_type', 'linux/bpf.h', 'BPF_MAP_TYPE_\\w+'),
  t('bpf_prog_type', 'linux/bpf.h', 'BPF_PROG_TYPE_\\w+'),
  t('bpf_attach_type', 'linux/bpf.h', 'BPF_(CGROUP|SK|XDP|TRACE|PERF|LSM|LIRC|FLOW|MODIFY|SKB?)_[A-Z0-9_]+', {
    without:
      'BPF_(SK_LOOKUP_F|SKB_TSTAMP|SK_STORAGE|SKB)_.*|BPF_CGROUP_ITER_.*|BPF_FLOW_DISSECTOR_F_.*|BPF_SK_(PASS|DROP)|BPF_XDP_.*_F',
  }),
  t('io_uring_setup_flags', 'linux/io_uring.h', 'IORING_SETUP_\\w+'),
  t('io_uring_features', 'linux/io_uring.h', 'IORING_FEAT_\\w+'),
  t('io_uring_enter_flags', 'linux/io_uring.h', 'IORING_ENTER_\\w+'),
  t('io_uring_register_op', 'linux/io_uring.h', 'IORING_(UN)?REGISTER_\\w+', {
    without: 'IORING_REGISTER_(LAST|FILES_SKIP|USE_REGISTERED_RING)',
  }),
  t('io_uring_op', 'linux/io_uring.h', 'IORING_OP_\\w+', { without: 'IORING_OP_LAST' }),
  t('perf_type', 'linux/perf_event.h', 'PERF_TYPE_\\w+', { without: 'PERF_TYPE_MAX' }),
  t('perf_flags', 'linux/perf_event.h', 'PERF_FLAG_\\w+'),
  t('aio_cmd', 'linux/aio_abi.h', 'IOCB_CMD_\\w+'),
  // Quotas
  t('quota_cmd', 'linux/quota.h linux/dqblk_xfs.h', 'Q_\\w+', { first: 'Q_SYNC' }),
  t('quota_type', 'linux/quota.h', '(USR|GRP|PRJ)QUOTA'),
  t('quota_format', 'linux/quota.h', 'QFMT_\\w+'),
  // Terminals
  t(
    'termios_c_iflag',
    'asm/termbits.h',
    'IGNBRK|BRKINT|IGNPAR|PARMRK|INPCK|ISTRIP|INLCR|IGNCR|ICRNL|IUCLC|IXON|IXANY|IXOFF|IMAXBEL|IUTF8',
  ),
  t('termios_c_oflag', 'asm/termbits.h', 'OPOST|OLCUC|ONLCR|OCRNL|ONOCR|ONLRET|OFILL|OFDEL'),
  t('termios_c_cflag', 'asm/termbits.h', 'CSTOPB|CREAD|PARENB|PARODD|HUPCL|CLOCAL|CMSPAR|CRTSCTS|ADDRB'),
  t('termios_csize', 'asm/termbits.h', 'CS[5-8]'),
  t('termios_baud', 'asm/termbits.h', 'B\\d+|BOTHER'),
  t(
    'termios_c_lflag',
    'asm/termbits.h',
    'ISIG|ICANON|XCASE|ECHO|ECHOE|ECHOK|ECHONL|NOFLSH|TOSTOP|ECHOCTL|ECHOPRT|ECHOKE|FLUSHO|PENDIN|IEXTEN|EXTPROC',
    {
      first:
        'ISIG ICANON XCASE ECHO ECHOE ECHOK ECHONL NOFLSH IEXTEN ECHOCTL ECHOPRT ECHOKE FLUSHO PENDIN TOSTOP EXTPROC',
    },
  ),
  t('tcflush', 'asm/termbits.h', 'TC[IO]+FLUSH'),
  t('tcxonc', 'asm/termbits.h', 'TC[IO]O(FF|N)'),
  t('modem_lines', 'asm/termios.h', 'TIOCM_\\w+', { without: 'TIOCM_(OUT.|LOOP)', first: 'TIOCM_CD TIOCM_RI' }),
];

/** Headers whose ioctl requests are gathered into one table, with the names' form. */
export const ioctlHeaders = [
  ['asm/ioctls.h', '(?!TIOCINQ$)(T[A-Z]+|FIO[A-Z]+)\\w*'],
  ['linux/sockios.h', 'SIOC[A-Z0-9]+'],
  ['linux/fs.h', '(BLK[A-Z0-9]+|FI[A-Z]+|FS_IOC_\\w+|FS_IOC32_\\w+)'],
  ['linux/fiemap.h', 'FS_IOC_FIEMAP'],
  ['linux/loop.h', 'LOOP_[A-Z_]+'],
  ['linux/random.h', 'RND[A-Z]+'],
  ['linux/rtc.h', 'RTC_[A-Z_]+'],
  ['linux/if_tun.h', 'TUN[A-Z]+'],
  ['linux/userfaultfd.h', 'UFFDIO_[A-Z]+'],
  ['linux/nsfs.h', 'NS_GET_\\w+'],
  ['linux/perf_event.h', 'PERF_EVENT_IOC_\\w+'],
  ['linux/kd.h', '[A-Z_]*(KD|GIO|PIO)[A-Z0-9_]+'],
  ['linux/vt.h', 'VT_[A-Z]+'],
  ['linux/watchdog.h', 'WDIOC_[A-Z]+'],
  ['linux/hdreg.h', 'HDIO_[A-Z_]+'],
  ['linux/cdrom.h', 'CDROM[A-Z_]+|DVD_[A-Z_]+'],
  ['linux/input.h', 'EVIOC[A-Z]+'],
  ['linux/kvm.h', 'KVM_[A-Z0-9_]+'],
  ['linux/btrfs.h', 'BTRFS_IOC_\\w+'],
  ['linux/fuse.h', 'FUSE_DEV_IOC_\\w+'],
  ['linux/dm-ioctl.h', 'DM_[A-Z_]+'],
  ['linux/seccomp.h', 'SECCOMP_IOCTL_\\w+'],
  ['linux/fscrypt.h', 'FS_IOC_[A-Z_]+'],
  ['linux/fsverity.h', 'FS_IOC_[A-Z_]+'],
  ['linux/soundcard.h', 'SNDCTL_[A-Z_0-9]+'],
  ['linux/ppp-ioctl.h', 'PPPIOC[A-Z0-9]+'],
  ['linux/nbd.h', 'NBD_[A-Z_]+'],
  ['linux/sync_file.h', 'SYNC_IOC_\\w+'],
  ['linux/dma-buf.h', 'DMA_BUF_IOCTL_\\w+'],
  ['linux/udmabuf.h', 'UDMABUF_\\w+'],
  ['linux/vhost.h', 'VHOST_[A-Z_]+'],
  ['linux/uinput.h', 'UI_[A-Z_]+'],
  ['linux/hidraw.h', 'HIDIOC\\w+'],
  ['linux/blkzoned.h', 'BLK[A-Z]+ZONES?'],
  ['linux/msdos_fs.h', 'VFAT_IOCTL_\\w+|FAT_IOCTL_\\w+'],
  ['linux/usbdevice_fs.h', 'USBDEVFS_[A-Z0-9_]+'],
  ['linux/fd.h', 'FD[A-Z]+'],
  ['linux/mtio.h', 'MTIOC[A-Z]+'],
  ['linux/nvme_ioctl.h', 'NVME_IOCTL_\\w+'],
  ['linux/gpio.h', 'GPIO\\w*_IOCTL'],
  ['linux/i2c-dev.h', 'I2C_[A-Z0-9_]+'],
];
