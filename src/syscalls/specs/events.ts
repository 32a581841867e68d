/** Calls on sockets, events, timers, time and System V and POSIX IPC. */
export const eventSpecs = `
socket family:enum(socket_family) type:combined(0xf,socket_type,socket_flags) protocol:protocol(family) -> fd
socketpair family:enum(socket_family) type:combined(0xf,socket_type,socket_flags) protocol:protocol(family) usockvec:<fdpair
connect fd:fd uservaddr:sockaddr(addrlen) addrlen:int
bind fd:fd umyaddr:sockaddr(addrlen) addrlen:int
listen fd:fd backlog:int
accept fd:fd upeer_sockaddr:<sockaddrout(upeer_addrlen) upeer_addrlen:=inoutlen -> fd
accept4 fd:fd upeer_sockaddr:<sockaddrout(upeer_addrlen) upeer_addrlen:=inoutlen flags:flags(socket_flags) -> fd
getsockname fd:fd usockaddr:<sockaddrout(usockaddr_len) usockaddr_len:=inoutlen
getpeername fd:fd usockaddr:<sockaddrout(usockaddr_len) usockaddr_len:=inoutlen
sendto fd:fd buff:sendbuf(fd,len) len:ulong flags:flags(msg_flags) addr:sockaddr(addr_len) addr_len:int
recvfrom fd:fd ubuf:<buf(ret) size:ulong flags:flags(msg_flags) addr:<sockaddrout(addr_len) addr_len:=inoutlen
sendmsg fd:fd msg:msgin flags:flags(msg_flags)
recvmsg fd:fd msg:=msgout flags:flags(msg_flags)
sendmmsg fd:fd mmsg:=mmsgin(vlen) vlen:uint flags:flags(msg_flags)
recvmmsg fd:fd mmsg:=mmsgout(vlen) vlen:uint flags:flags(msg_flags) timeout:p(timespec)
shutdown fd:fd how:enum(shutdown_how)
setsockopt fd:fd level:socklevel optname:sockopt(level) optval:sockoptin(level,optname,optlen) optlen:int
getsockopt fd:fd level:socklevel optname:sockopt(level) optval:<sockoptout(level,optname,optlen) optlen:=inoutlen
poll ufds:arr(pollfd,nfds) nfds:uint timeout_msecs:int -> pollresult(ufds,nfds)
ppoll ufds:arr(pollfd,nfds) nfds:uint tsp:p(timespec) sigmask:sigset(sigsetsize) sigsetsize:ulong -> pollresult(ufds,nfds,timespec,tsp)
select n:int inp:fdset(n) outp:fdset(n) exp:fdset(n) tvp:p(timeval) -> selectresult(timeval,tvp,n,inp,outp,exp)
pselect6 n:int inp:fdset(n) outp:fdset(n) exp:fdset(n) tsp:p(timespec) sig:pselectsig -> selectresult(timespec,tsp,n,inp,outp,exp)
epoll_create size:int -> fd
epoll_create1 flags:flags(epoll_create_flags) -> fd
epoll_ctl epfd:fd op:enum(epoll_op) fd:fd event:epollevent(op)
epoll_wait epfd:fd events:<epollevents(ret) maxevents:int timeout:int
epoll_pwait epfd:fd events:<epollevents(ret) maxevents:int timeout:int sigmask:sigset(sigsetsize) sigsetsize:ulong
epoll_pwait2 epfd:fd events:<epollevents(ret) maxevents:int timeout:p(timespec64) sigmask:sigset(sigsetsize) sigsetsize:ulong
eventfd count:uint -> fd
eventfd2 count:uint flags:flags(eventfd_flags) -> fd
signalfd ufd:fd user_mask:sigset(sizemask) sizemask:ulong -> fd
signalfd4 ufd:fd user_mask:sigset(sizemask) sizemask:ulong flags:flags(signalfd_flags) -> fd
timerfd_create clockid:enum(clock) flags:flags(timerfd_flags) -> fd
timerfd_settime ufd:fd flags:flags(timerfd_flags) utmr:p(itimerspec) otmr:<p(itimerspec)
timerfd_gettime ufd:fd otmr:<p(itimerspec)
nanosleep rqtp:p(timespec) rmtp:=remaining
clock_nanosleep which_clock:clockid flags:flags(timer_flags) rqtp:p(timespec) rmtp:=remaining
clock_gettime which_clock:clockid tp:<p(timespec)
clock_getres which_clock:clockid tp:<p(timespec)
clock_settime which_clock:clockid tp:p(timespec)
clock_adjtime which_clock:clockid utx:<p(timex) -> adjtimexresult
adjtimex txc_p:<p(timex) -> adjtimexresult
gettimeofday tv:<p(timeval) tz:<p(timezone)
settimeofday tv:p(timeval) tz:p(timezone)
time tloc:<p(long) -> timeresult
alarm seconds:uint
getitimer which:enum(itimer) value:<p(itimerval)
setitimer which:enum(itimer) value:p(itimerval) ovalue:<p(itimerval)
timer_create which_clock:clockid timer_event_spec:p(sigevent) created_timer_id:<p(s32)
timer_settime timer_id:int flags:flags(timer_flags) new_setting:p(itimerspec) old_setting:<p(itimerspec)
timer_gettime timer_id:int setting:<p(itimerspec)
timer_getoverrun timer_id:int
timer_delete timer_id:int
shmget key:ipckey size:ulong shmflg:shmgetflags
shmat shmid:int shmaddr:ptr shmflg:flags(shmat_flags) -> hexresult
shmctl shmid:int cmd:ipccmd(shm_cmd) buf:=sub(shmctl,cmd,0)
shmdt shmaddr:ptr
semget key:ipckey nsems:int semflg:ipcflags
semop semid:int tsops:arr(sembuf,nsops) nsops:uint
semtimedop semid:int tsops:arr(sembuf,nsops) nsops:uint timeout:p(timespec)
semctl semid:int semnum:int cmd:ipccmd(sem_cmd) arg:=sub(semctl,cmd,0)
msgget key:ipckey msgflg:ipcflags
msgsnd msqid:int msgp:msgbuf(msgsz) msgsz:ulong msgflg:flags(msgrcv_flags)
msgrcv msqid:int msgp:<msgbuf(ret) msgsz:ulong msgtyp:long msgflg:flags(msgrcv_flags)
msgctl msqid:int cmd:ipccmd(msg_cmd) buf:=sub(msgctl,cmd,0)
mq_open u_name:str oflag:open mode:createmode(oflag) u_attr:createattr(oflag) -> fd
mq_unlink u_name:str
mq_timedsend mqdes:fd u_msg_ptr:buf(msg_len) msg_len:ulong msg_prio:uint u_abs_timeout:p(timespec)
mq_timedreceive mqdes:fd u_msg_ptr:<buf(ret) msg_len:ulong u_msg_prio:<p(u32) u_abs_timeout:p(timespec)
mq_notify mqdes:fd u_notification:p(sigevent)
mq_getsetattr mqdes:fd u_mqstat:p(mq_attr) u_omqstat:<p(mq_attr)
ioctl fd:fd cmd:ioctlcmd arg:=ioctlarg(cmd)
`;
