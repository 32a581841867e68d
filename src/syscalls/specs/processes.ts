/** Calls on processes, threads, memory, signals and the system. */
export const processSpecs = `
mmap addr:ptr len:ulong prot:flags64(mmap_prot) flags:mmapflags fd:fd off:mmapoff -> hexresult
mmap2 addr:ptr len:ulong prot:flags64(mmap_prot) flags:mmapflags fd:fd pgoff:mmap2off -> hexresult
mprotect start:ptr len:ulong prot:flags64(mmap_prot)
pkey_mprotect start:ptr len:ulong prot:flags64(mmap_prot) pkey:int
pkey_alloc flags:hex init_val:flags64(pkey_rights)
pkey_free pkey:int
munmap addr:ptr len:ulong
brk brk:ptr -> hexresult
mremap addr:ptr old_len:ulong new_len:ulong flags:flags64(mremap_flags) new_addr:mremapnew(flags) -> hexresult
msync start:ptr len:ulong flags:flags(msync_flags)
mincore start:ptr len:ulong vec:<mincore(len)
madvise start:ptr len_in:ulong behavior:enum(madvise)
process_madvise pidfd:fd vec:iovplain(vlen) vlen:ulong behavior:enum(madvise) flags:hex32
process_mrelease pidfd:fd flags:hex32
mlock start:ptr len:ulong
mlock2 start:ptr len:ulong flags:flags(mlock2_flags)
munlock start:ptr len:ulong
mlockall flags:flags(mlockall_flags)
munlockall
mseal start:ptr len:ulong flags:hex
map_shadow_stack addr:ptr size:ulong flags:flags(map_shadow_stack_flags) -> hexresult
remap_file_pages start:ptr size:ulong prot:flags64(mmap_prot) pgoff:ulong flags:mmapflags
mbind start:ptr len:ulong mode:mempolicy nmask:nodemask(maxnode) maxnode:ulong flags:flags(mbind_flags)
set_mempolicy mode:mempolicy nmask:nodemask(maxnode) maxnode:ulong
get_mempolicy policy:<p(u32/enum(mempolicy_mode)) nmask:<nodemask(maxnode) maxnode:ulong addr:ptr flags:flags64(mempolicy_flags)
set_mempolicy_home_node start:ptr len:ulong home_node:ulong flags:hex
migrate_pages pid:pid maxnode:ulong old_nodes:nodemask(maxnode) new_nodes:nodemask(maxnode)
move_pages pid:pid nr_pages:ulong pages:arr(ptr,nr_pages) nodes:arr(s32,nr_pages) status:<arr(s32,nr_pages) flags:flags(mbind_flags)
rt_sigaction sig:signal act:sigaction oact:<sigaction sigsetsize:ulong
rt_sigprocmask how:enum(sigprocmask_how) nset:sigset(sigsetsize) oset:<sigset(sigsetsize) sigsetsize:ulong
rt_sigpending uset:<sigset(sigsetsize) sigsetsize:ulong
rt_sigsuspend unewset:sigset(sigsetsize) sigsetsize:ulong
rt_sigtimedwait uthese:sigset(sigsetsize) uinfo:<siginfo uts:p(timespec) sigsetsize:ulong -> sigresult
rt_sigqueueinfo pid:pid sig:signal uinfo:siginfo
rt_tgsigqueueinfo tgid:pid pid:pid sig:signal uinfo:siginfo
rt_sigreturn sigframe:sigframe -> long
sigaltstack uss:p(sigaltstack) uoss:<p(sigaltstack)
kill pid:pid sig:signal
tkill pid:pid sig:signal
tgkill tgid:pid pid:pid sig:signal
pause
pidfd_open pid:pid flags:flags(pidfd_open_flags) -> fd
pidfd_getfd pidfd:fd fd:fd flags:hex32 -> fd
pidfd_send_signal pidfd:fd sig:signal info:siginfo flags:hex32
clone newsp@1:label(child_stack,ptr) clone_flags@0:label(flags,cloneflags) parent_tidptr@2:=label(parent_tid,cloneparent(clone_flags)) tls@4:label(tls,ifbits(clone_flags,0x80000,ptr)) child_tidptr@3:label(child_tidptr,ifbits(clone_flags,0x1200000,ptr)) -> pid
clone3 uargs:=clone_args(size) size:ulong -> pid
fork -> pid
vfork -> pid
execve filename:path argv:argv envp:envp
execveat fd:dirfd filename:path argv:argv envp:envp flags:flags(at_flags)
exit error_code:int -> noreturn
exit_group error_code:int -> noreturn
wait4 upid:pid stat_addr:<waitstatus options:flags(wait_options) ru:<p(rusage) -> pid
waitpid pid:pid stat_addr:<waitstatus options:flags(wait_options) -> pid
waitid which:enum(waitid_type) upid:pid infop:<siginfo options:flags(wait_options) ru:<p(rusage)
set_tid_address tidptr:ptr -> pid
set_robust_list head:ptr len:ulong
get_robust_list pid:pid head_ptr:<p(ptr) len_ptr:<p(ulong)
rseq rseq:ptr rseq_len:hex32 flags:rseqflags sig:hex32
rseq_slice_yield
getpid -> pid
getppid -> pid
gettid -> pid
getpgrp -> pid
getpgid pid:pid -> pid
setpgid pid:pid pgid:pid
getsid pid:pid -> pid
setsid -> pid
getuid -> id
getgid -> id
geteuid -> id
getegid -> id
setuid uid:id
setgid gid:id
setreuid ruid:id euid:id
setregid rgid:id egid:id
setresuid ruid:id euid:id suid:id
setresgid rgid:id egid:id sgid:id
getresuid ruidp:<p(u32/id) euidp:<p(u32/id) suidp:<p(u32/id)
getresgid rgidp:<p(u32/id) egidp:<p(u32/id) sgidp:<p(u32/id)
setfsuid uid:id -> id
setfsgid gid:id -> id
getgroups gidsetsize:int grouplist:<arr(u32/id,ret)
setgroups gidsetsize:int grouplist:arr(u32/id,gidsetsize)
capget header:p(cap_header) dataptr:<capdata(header)
capset header:p(cap_header) data:capdata(header)
getpriority which:enum(priority_which) who:int
setpriority which:enum(priority_which) who:int niceval:int
sched_yield
sched_setparam pid:pid param:p(s32)
sched_getparam pid:pid param:<p(s32)
sched_setscheduler pid:pid policy:schedpolicy param:p(s32)
sched_getscheduler pid:pid -> schedresult
sched_get_priority_max policy:enum(sched_policy)
sched_get_priority_min policy:enum(sched_policy)
sched_rr_get_interval pid:pid interval:<p(timespec)
sched_setaffinity pid:pid len:uint user_mask_ptr:cpuset(len)
sched_getaffinity pid:pid len:uint user_mask_ptr:<cpuset(ret)
sched_setattr pid:pid uattr:schedattr flags:uint
sched_getattr pid:pid uattr:<schedattr usize:uint flags:uint
ioprio_set which:enum(ioprio_who) who:int ioprio:ioprio
ioprio_get which:enum(ioprio_who) who:int -> ioprioresult
getrlimit resource:enum(rlimit) rlim:<p(rlimit)
setrlimit resource:enum(rlimit) rlim:p(rlimit)
prlimit64 pid:pid resource:enum(rlimit) new_rlim:p(rlimit64) old_rlim:<p(rlimit64)
getrusage who:senum(rusage_who) ru:<p(rusage)
times tbuf:<p(tms) -> long
personality personality:personality -> personalityresult
prctl option:enum(prctl_option) arg2:=sub(prctl,option,0) arg3:=sub(prctl,option,1) arg4:=sub(prctl,option,2) arg5:=sub(prctl,option,3) -> prctlresult(option)
arch_prctl option:enum(arch_prctl) arg2:=sub(arch_prctl,option,0)
seccomp op:enum(seccomp_op) flags:=sub(seccomp,op,0) uargs:=sub(seccomp,op,1)
ptrace request:enum64(ptrace_request) pid:pid addr:=sub(ptrace,request,0) data:=sub(ptrace,request,1)
kcmp pid1:pid pid2:pid type:enum(kcmp_type) idx1:=sub(kcmp,type,0) idx2:=sub(kcmp,type,1)
unshare unshare_flags:flags64(unshare_flags)
setns fd:fd flags:flags(setns_flags)
process_vm_readv pid:pid lvec:<iovout(liovcnt,ret) liovcnt:ulong rvec:iovplain(riovcnt) riovcnt:ulong flags:ulong
process_vm_writev pid:pid lvec:iovin(liovcnt) liovcnt:ulong rvec:iovplain(riovcnt) riovcnt:ulong flags:ulong
getcpu cpup:<p(u32) nodep:<p(u32) unused:ptr
futex uaddr:ptr op:futexop val:futexarg(op,0) utime:futexarg(op,1) uaddr2:futexarg(op,2) val3:futexarg(op,3)
futex_waitv waiters:arr(futex_waitv,nr_futexes) nr_futexes:uint flags:hex32 timeout:p(timespec64) clockid:enum(clock)
futex_wake uaddr:ptr mask:hex nr:int flags:flags(futex2_flags)
futex_wait uaddr:ptr val:ulong mask:hex flags:flags(futex2_flags) timeout:p(timespec64) clockid:enum(clock)
futex_requeue waiters:arr(futex_waitv,2) flags:hex32 nr_wake:int nr_requeue:int
landlock_create_ruleset attr:sized(landlock_ruleset_attr,size) size:ulong flags:flags(landlock_create_flags) -> landlockresult(flags)
landlock_add_rule ruleset_fd:fd rule_type:enum(landlock_rule_type) rule_attr:=sub(landlock,rule_type,0) flags:hex32
landlock_restrict_self ruleset_fd:fd flags:hex32
lsm_get_self_attr attr:enum(lsm_attr) ctx:ptr size:=inoutu32 flags:flags(lsm_get_flags)
lsm_set_self_attr attr:enum(lsm_attr) ctx:ptr size:uint flags:hex32
lsm_list_modules ids:<arr(u64,ret) size:=inoutu32 flags:hex32
add_key _type:str _description:str _payload:buf(plen) plen:ulong ringid:keyserial -> long
request_key _type:str _description:str _callout_info:str destringid:keyserial -> long
keyctl option:enum(keyctl) arg2:=sub(keyctl,option,0) arg3:=sub(keyctl,option,1) arg4:=sub(keyctl,option,2) arg5:=sub(keyctl,option,3)
bpf cmd:enum(bpf_cmd) uattr:=sub(bpf,cmd,0) size:uint -> bpfresult(cmd)
perf_event_open attr_uptr:p(perf_event_attr) pid:pid cpu:int group_fd:fd flags:flags64(perf_flags) -> fd
init_module umod:ptr len:ulong uargs:str
finit_module fd:fd uargs:str flags:flags(module_flags)
delete_module name_user:str flags:flags(delete_module_flags)
create_module name:path size:hex
kexec_load entry:ptr nr_segments:ulong segments:arr(kexec_segment,nr_segments) flags:kexecflags
kexec_file_load kernel_fd:fd initrd_fd:fd cmdline_len:ulong cmdline_ptr:buf(cmdline_len) flags:flags64(kexec_file_flags)
reboot magic1:enum(reboot_magic1) magic2:enum(reboot_magic2) cmd:enum(reboot_cmd) arg:ifvalue(cmd,0xa1b2c3d4,str)
syslog type:senum10(syslog_action) buf:<buf(ret) len:int
sethostname name:buf(len) len:uint
setdomainname name:buf(len) len:uint
uname name:<p(utsname)
sysinfo info:<p(sysinfo)
iopl level:int
ioperm from:hex num:hex turn_on:int
modify_ldt func:int ptr:ptr bytecount:ulong
set_thread_area u_info:ptr
get_thread_area u_info:ptr
vhangup
restart_syscall
io_setup nr_events:uint ctxp:<p(ptr)
io_destroy ctx:ptr
io_getevents ctx_id:ptr min_nr:long nr:long events:<arr(io_event,ret) timeout:p(timespec)
io_pgetevents ctx_id:ptr min_nr:long nr:long events:<arr(io_event,ret) timeout:p(timespec) usig:p(aio_sigset)
io_submit ctx_id:ptr nr:long iocbpp:arr(ptr,nr)
io_cancel ctx_id:ptr iocb:p(iocbhead) result:<p(io_event)
io_uring_setup entries:uint params:=p(io_uring_params) -> fd
io_uring_enter fd:fd to_submit:uint min_complete:uint flags:flags(io_uring_enter_flags) argp:ptr argsz:ulong
io_uring_register fd:fd opcode:enum(io_uring_register_op) arg:ptr nr_args:uint
getrandom ubuf:<random(ret) len:ulong flags:flags(getrandom_flags)
userfaultfd flags:flags(userfaultfd_flags) -> fd
membarrier cmd:enum(membarrier_cmd) flags:flags(membarrier_flags) cpu_id:ifbits(flags,1,int) -> membarrierresult(cmd)
_sysctl args:ptr
get_kernel_syms table:ptr
query_module name:hex which:hex buf:hex bufsize:hex ret:hex
nfsservctl cmd:hex argp:hex resp:hex
getpmsg a:hex b:hex c:hex d:hex e:hex
putpmsg a:hex b:hex c:hex d:hex e:hex
afs_syscall a:hex b:hex c:hex d:hex e:hex
tuxcall a:hex b:hex c:hex
security a:hex b:hex c:hex
vserver a:hex b:hex c:hex d:hex e:hex
epoll_ctl_old a:hex b:hex c:hex d:hex
epoll_wait_old a:hex b:hex c:hex d:hex
uretprobe
uprobe
`;
