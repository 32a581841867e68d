/**
 * Calls that i386 has in another form: 64-bit offsets in two registers, structures of other sizes, 16-bit ids, and
 * names of its own. The multiplexers `socketcall`, `ipc` and the one-argument `mmap` are taken apart in `multiplex.ts`.
 */
export const i386Specs = `
pread64 fd:fd buf:<buf(ret) count:ulong pos:wide(s64)
pwrite64 fd:fd buf:buf(count) count:ulong pos:wide(s64)
preadv fd:fd vec:<iovout(vlen,ret) vlen:ulong pos:wide(s64)
pwritev fd:fd vec:iovin(vlen) vlen:ulong pos:wide(s64)
truncate64 path:path length:wide(s64)
ftruncate64 fd:fd length:wide(s64)
fallocate fd:fd mode:flags(fallocate_mode) offset:wide(s64) len:wide(s64)
fadvise64 fd:fd offset:wide(s64) len:ulong advice:enum(fadvise)
fadvise64_64 fd:fd offset:wide(s64) len:wide(s64) advice:enum(fadvise)
readahead fd:fd offset:wide(s64) count:ulong
sync_file_range fd:fd offset:wide(s64) nbytes:wide(s64) flags:flags(sync_file_range_flags)
fanotify_mark fanotify_fd:fd flags:flags(fanotify_mark_flags) mask:wide(flags64(fanotify_mask)) dfd:fandirfd pathname:path
_llseek fd:fd offset_high:hidden offset_low:llseek(offset_high) result:<p(s64) whence:enum(whence)
stat64 filename:path statbuf:<p(stat64)
lstat64 filename:path statbuf:<p(stat64)
fstat64 fd:fd statbuf:<p(stat64)
fstatat64 dfd:dirfd filename:path statbuf:<p(stat64) flag:flags(at_flags)
stat filename:path statbuf:<p(stat32)
lstat filename:path statbuf:<p(stat32)
fstat fd:fd statbuf:<p(stat32)
chown filename:path user:id16 group:id16
fchown fd:fd user:id16 group:id16
lchown filename:path user:id16 group:id16
chown32 filename:path user:id group:id
fchown32 fd:fd user:id group:id
lchown32 filename:path user:id group:id
getuid32 -> id
getgid32 -> id
geteuid32 -> id
getegid32 -> id
setuid uid:id16
setgid gid:id16
setuid32 uid:id
setgid32 gid:id
setreuid32 ruid:id euid:id
setregid32 rgid:id egid:id
setresuid32 ruid:id euid:id suid:id
setresgid32 rgid:id egid:id sgid:id
getresuid32 ruidp:<p(u32/id) euidp:<p(u32/id) suidp:<p(u32/id)
getresgid32 rgidp:<p(u32/id) egidp:<p(u32/id) sgidp:<p(u32/id)
setfsuid32 uid:id -> id
setfsgid32 gid:id -> id
getgroups32 gidsetsize:int grouplist:<arr(u32/id,ret)
setgroups32 gidsetsize:int grouplist:arr(u32/id,gidsetsize)
getgroups gidsetsize:int grouplist:<arr(u16/id16,ret)
setgroups gidsetsize:int grouplist:arr(u16/id16,gidsetsize)
_newselect n:int inp:fdset(n) outp:fdset(n) exp:fdset(n) tvp:p(timeval) -> selectresult(timeval,tvp,n,inp,outp,exp)
pselect6_time64 n:int inp:fdset(n) outp:fdset(n) exp:fdset(n) tsp:p(timespec64) sig:pselectsig -> selectresult(timespec64,tsp,n,inp,outp,exp)
ppoll_time64 ufds:arr(pollfd,nfds) nfds:uint tsp:p(timespec64) sigmask:sigset(sigsetsize) sigsetsize:ulong -> pollresult(ufds,nfds,timespec64,tsp)
clock_gettime64 which_clock:clockid tp:<p(timespec64)
clock_getres_time64 which_clock:clockid tp:<p(timespec64)
clock_settime64 which_clock:clockid tp:p(timespec64)
clock_nanosleep_time64 which_clock:clockid flags:flags(timer_flags) rqtp:p(timespec64) rmtp:=remaining64
timer_gettime64 timer_id:int setting:<p(itimerspec64)
timer_settime64 timer_id:int flags:flags(timer_flags) new_setting:p(itimerspec64) old_setting:<p(itimerspec64)
timerfd_gettime64 ufd:fd otmr:<p(itimerspec64)
timerfd_settime64 ufd:fd flags:flags(timerfd_flags) utmr:p(itimerspec64) otmr:<p(itimerspec64)
utimensat_time64 dfd:dirfd filename:path utimes:utimens64 flags:flags(at_flags)
sched_rr_get_interval_time64 pid:pid interval:<p(timespec64)
rt_sigtimedwait_time64 uthese:sigset(sigsetsize) uinfo:<siginfo uts:p(timespec64) sigsetsize:ulong -> sigresult
recvmmsg_time64 fd:fd mmsg:=mmsgout(vlen) vlen:uint flags:flags(msg_flags) timeout:p(timespec64)
futex_time64 uaddr:ptr op:futexop val:futexarg64(op,0) utime:futexarg64(op,1) uaddr2:futexarg64(op,2) val3:futexarg64(op,3)
mq_timedsend_time64 mqdes:fd u_msg_ptr:buf(msg_len) msg_len:ulong msg_prio:uint u_abs_timeout:p(timespec64)
mq_timedreceive_time64 mqdes:fd u_msg_ptr:<buf(ret) msg_len:ulong u_msg_prio:<p(u32) u_abs_timeout:p(timespec64)
semtimedop_time64 semid:int tsops:arr(sembuf,nsops) nsops:uint timeout:p(timespec64)
sendfile64 out_fd:fd in_fd:fd offset:=inouts64 count:ulong
ugetrlimit resource:enum(rlimit) rlim:<p(rlimit)
umount name:path
clone newsp@1:label(child_stack,ptr) clone_flags@0:label(flags,cloneflags) parent_tidptr@2:=label(parent_tid,cloneparent(clone_flags)) tls@3:label(tls,ifbits(clone_flags,0x80000,ptr)) child_tidptr@4:label(child_tidptr,ifbits(clone_flags,0x1200000,ptr)) -> pid
nice increment:int
stime tptr:p(long)
signal sig:signal handler:ptr -> hexresult
sigaction sig:signal act:p(oldsigaction) oact:<p(oldsigaction)
sigprocmask how:enum(sigprocmask_how) nset:oldsigset oset:<oldsigset
sigpending uset:<oldsigset
sigreturn sigframe:sigframe
set_thread_area u_info:=userdesc
get_thread_area u_info:=userdesc
olduname name:<p(utsname)
send fd:fd buff:sendbuf(fd,len) len:ulong flags:flags(msg_flags)
recv fd:fd ubuf:<buf(ret) size:ulong flags:flags(msg_flags)
socketcall call:int args:ptr
ipc call:uint first:int second:hex third:hex ptr:ptr fifth:hex
`;
