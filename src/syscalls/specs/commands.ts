/**
 * What the commands of multiplexed calls take: a command (or several, joined by `|`) and the kinds of its arguments;
 * `<` marks what the kernel writes, `*` is for commands without a line.
 */
export const commandTexts: Readonly<Record<string, string>> = {
  fcntl: `
    F_DUPFD|F_DUPFD_CLOEXEC|F_SETPIPE_SZ|F_NOTIFY|F_DUPFD_QUERY int
    F_GETFD|F_GETFL|F_GETOWN|F_GETSIG|F_GETLEASE|F_GETPIPE_SZ|F_GET_SEALS|F_CREATED_QUERY
    F_SETFD flags(fd_flags)
    F_SETFL open
    F_SETOWN pid
    F_SETSIG signal
    F_SETLEASE enum(lock_type)
    F_NOTIFY flags(notify_flags)
    F_ADD_SEALS flags(seals)
    F_SETLK|F_SETLKW|F_OFD_SETLK|F_OFD_SETLKW p(flock)
    F_GETLK|F_OFD_GETLK <p(flockout)
    F_SETLK64|F_SETLKW64 p(flock64)
    F_GETLK64 <p(flock64out)
    F_SETOWN_EX p(f_owner_ex)
    F_GETOWN_EX <p(f_owner_ex)
    F_GETOWNER_UIDS <arr(u32/id,2)
    F_GET_RW_HINT|F_GET_FILE_RW_HINT <p(u64/enum64(rw_hint))
    F_SET_RW_HINT|F_SET_FILE_RW_HINT p(u64/enum64(rw_hint))
    * hex
  `,
  prctl: `
    PR_SET_PDEATHSIG signal
    PR_GET_PDEATHSIG <p(s32/signal)
    PR_SET_NAME prname
    PR_GET_NAME <prname
    PR_GET_DUMPABLE|PR_GET_KEEPCAPS|PR_GET_TIMING|PR_GET_SECCOMP|PR_GET_SECUREBITS|PR_GET_TIMERSLACK
    34|PR_TASK_PERF_EVENTS_DISABLE|PR_TASK_PERF_EVENTS_ENABLE|PR_GET_IO_FLUSHER
    PR_SET_DUMPABLE dumpable
    PR_SET_KEEPCAPS ulong
    PR_SET_TIMING enum(prctl_timing)
    PR_SET_SECUREBITS flags(securebits)
    PR_CAPBSET_READ|PR_CAPBSET_DROP enum(capability)
    PR_SET_SECCOMP enum(seccomp_mode) p(sock_fprog)
    PR_SET_TIMERSLACK ulong
    PR_GET_TSC <p(s32/enum(prctl_tsc))
    PR_SET_TSC enum(prctl_tsc)
    PR_SET_CHILD_SUBREAPER ulong
    PR_GET_CHILD_SUBREAPER <p(u32)
    PR_SET_NO_NEW_PRIVS ulong ulong ulong ulong
    PR_GET_NO_NEW_PRIVS|PR_GET_THP_DISABLE ulong ulong ulong ulong
    PR_SET_THP_DISABLE ulong ulong ulong ulong
    PR_GET_TID_ADDRESS <p(ptr)
    PR_SET_PTRACER hex
    PR_MCE_KILL enum(prctl_mce) enum(prctl_mce_policy)
    PR_SET_MM enum(prctl_mm) hex hex hex
    PR_CAP_AMBIENT enum(prctl_cap_ambient) enum(capability) hex hex
    PR_GET_SPECULATION_CTRL enum(prctl_spec)
    PR_SET_SPECULATION_CTRL enum(prctl_spec) flags(prctl_spec_ctrl)
    PR_SET_VMA zero hex ulong str
    * hex hex hex hex
  `,
  arch_prctl: `
    ARCH_GET_FS|ARCH_GET_GS <p(ptr)
    ARCH_GET_CPUID
    * ptr
  `,
  seccomp: `
    SECCOMP_SET_MODE_STRICT hex32 ptr
    SECCOMP_SET_MODE_FILTER flags(seccomp_filter_flags) p(sock_fprog)
    SECCOMP_GET_ACTION_AVAIL hex32 p(u32/enum(seccomp_ret))
    SECCOMP_GET_NOTIF_SIZES hex32 ptr
    * hex32 ptr
  `,
  ptrace: `
    PTRACE_TRACEME
    PTRACE_PEEKTEXT|PTRACE_PEEKDATA|PTRACE_PEEKUSR ptr <p(ptr)
    PTRACE_POKETEXT|PTRACE_POKEDATA|PTRACE_POKEUSR ptr hex
    PTRACE_CONT|PTRACE_SINGLESTEP|PTRACE_SYSCALL|PTRACE_DETACH|PTRACE_LISTEN hexornull signal
    PTRACE_ATTACH|PTRACE_KILL|PTRACE_INTERRUPT
    PTRACE_SEIZE hexornull flags(ptrace_options)
    PTRACE_SETOPTIONS hexornull flags(ptrace_options)
    PTRACE_GETEVENTMSG hexornull <p(ulong)
    PTRACE_GETSIGINFO hexornull <siginfo
    PTRACE_SETSIGINFO hexornull siginfo
    * ptr ptr
  `,
  kcmp: `
    KCMP_FILE int int
    KCMP_VM|KCMP_FILES|KCMP_FS|KCMP_SIGHAND|KCMP_IO|KCMP_SYSVSEM
    * hex hex
  `,
  landlock: `
    LANDLOCK_RULE_PATH_BENEATH p(landlock_path_beneath)
    LANDLOCK_RULE_NET_PORT p(landlock_net_port)
    * ptr
  `,
  fsconfig: `
    FSCONFIG_SET_STRING|FSCONFIG_SET_PATH|FSCONFIG_SET_PATH_EMPTY str
    FSCONFIG_SET_BINARY buf(aux)
    * ptr
  `,
  keyctl: `
    KEYCTL_GET_KEYRING_ID keyserial int
    KEYCTL_JOIN_SESSION_KEYRING str
    KEYCTL_UPDATE keyserial buf(arg4) ulong
    KEYCTL_REVOKE|KEYCTL_CLEAR|KEYCTL_INVALIDATE|KEYCTL_ASSUME_AUTHORITY keyserial
    KEYCTL_CHOWN keyserial id id
    KEYCTL_SETPERM keyserial hex32
    KEYCTL_DESCRIBE|KEYCTL_READ|KEYCTL_GET_SECURITY keyserial <buf(ret) ulong
    KEYCTL_LINK|KEYCTL_UNLINK keyserial keyserial
    KEYCTL_SEARCH keyserial str str keyserial
    KEYCTL_SET_REQKEY_KEYRING senum(key_reqkeys)
    KEYCTL_SET_TIMEOUT keyserial uint
    KEYCTL_SESSION_TO_PARENT
    * hex hex hex hex
  `,
  bpf: `
    * ptr
  `,
  shmctl: `
    IPC_RMID|SHM_LOCK|SHM_UNLOCK ptr
    * ptr
  `,
  msgctl: `
    * ptr
  `,
  semctl: `
    GETPID|GETVAL|GETNCNT|GETZCNT|IPC_RMID ptr
    SETVAL ptr
    * ptr
  `,
};

/** What ioctl requests point to. */
export const ioctlTexts = `
  TCGETS <p(termios)
  TCSETS|TCSETSW|TCSETSF p(termios)
  TIOCGWINSZ <p(winsize)
  TIOCSWINSZ p(winsize)
  TIOCGPGRP|TIOCGSID <p(s32)
  TIOCSPGRP p(s32)
  FIONREAD|TIOCOUTQ|TIOCGETD|TIOCGSOFTCAR|TIOCGEXCL|TIOCGPTLCK|TIOCGPKT <p(s32)
  TIOCGPTN <p(u32)
  TIOCSPTLCK|TIOCPKT|TIOCSETD|FIONBIO|FIOASYNC p(s32)
  TIOCMGET <p(s32/flags(modem_lines))
  TIOCMSET|TIOCMBIS|TIOCMBIC p(s32/flags(modem_lines))
  TIOCGPTPEER open
  TCFLSH enum(tcflush)
  TCXONC enum(tcxonc)
  TCSBRK|TCSBRKP|TIOCSCTTY int
  TIOCEXCL|TIOCNXCL|TIOCNOTTY|TIOCSBRK|TIOCCBRK|FIOCLEX|FIONCLEX|TIOCCONS none
  TIOCSTI p(u8)
  FS_IOC_GETFLAGS <p(s32/flags(inode_flags))
  FS_IOC_SETFLAGS p(s32/flags(inode_flags))
  FS_IOC_GETVERSION <p(s32)
  FICLONE fd
  BLKGETSIZE <p(ulong)
  BLKSSZGET|BLKROGET|BLKPBSZGET <p(s32)
  BLKFLSBUF|BLKRRPART none
  RNDGETENTCNT <p(s32)
  LOOP_SET_FD|LOOP_CTL_ADD|LOOP_CTL_REMOVE int
  LOOP_CLR_FD|LOOP_CTL_GET_FREE none
  TUNSETPERSIST|TUNSETNOCSUM int
`;
