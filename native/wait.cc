// Waiting for tracees: without blocking, and blocking for a slice of time that a timer cuts short.
//
// waitpid(2) has no time-out, so a timer interrupts it. The timer is aimed at this very thread (SIGEV_THREAD_ID): a
// process-wide one could be taken by any of Node's threads. It repeats, because its first signal may arrive between
// arming and entering waitpid, where it interrupts nothing.
#include "addon.h"
#include "arguments.h"

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <ctime>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef sigev_notify_thread_id // glibc names the member only since 2.38
#define sigev_notify_thread_id _sigev_un._tid
#endif

namespace ptrace_native {
namespace {

constexpr long NANOSECONDS_PER_MILLISECOND = 1000000;

int64_t nowNanoseconds() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<int64_t>(now.tv_sec) * 1000 * NANOSECONDS_PER_MILLISECOND + now.tv_nsec;
}

// A real-time signal that neither libc nor Node uses for itself.
int cutSignal() { return SIGRTMAX - 5; }

void ignoreCut(int) {}

// Creating a timer costs more than a wait does, so each thread keeps one and only arms and disarms it.
class SliceTimer {
public:
  ~SliceTimer() {
    if (created_)
      timer_delete(timer_);
  }

  // Returns 0, or the errno of the call that failed.
  int arm(int32_t milliseconds) {
    if (!created_) {
      int error = create();
      if (error != 0)
        return error;
    }
    itimerspec when;
    when.it_value.tv_sec = milliseconds / 1000;
    when.it_value.tv_nsec = (milliseconds % 1000) * NANOSECONDS_PER_MILLISECOND;
    when.it_interval.tv_sec = 0;
    when.it_interval.tv_nsec = NANOSECONDS_PER_MILLISECOND;
    return timer_settime(timer_, 0, &when, nullptr) == 0 ? 0 : errno;
  }

  // An armed timer would interrupt the system calls of everything else on this thread.
  void disarm() {
    itimerspec never = {};
    timer_settime(timer_, 0, &never, nullptr);
  }

private:
  int create() {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = ignoreCut;
    action.sa_flags = 0; // no SA_RESTART: the interruption is the purpose
    if (sigaction(cutSignal(), &action, nullptr) != 0)
      return errno;
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, cutSignal());
    pthread_sigmask(SIG_UNBLOCK, &only, nullptr);

    sigevent event;
    memset(&event, 0, sizeof event);
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = cutSignal();
    event.sigev_notify_thread_id = static_cast<pid_t>(syscall(SYS_gettid));
    if (timer_create(CLOCK_MONOTONIC, &event, &timer_) != 0)
      return errno;
    created_ = true;
    return 0;
  }

  timer_t timer_ = {};
  bool created_ = false;
};

thread_local SliceTimer sliceTimer;

// While a busy slice lasts, the timer stays armed over all of its waits: setting it twice for each was a third of what
// a stop cost. Nanoseconds; 0 outside of one.
thread_local int64_t busyUntil = 0;

// Repeats `attempt` until it does not fail with EINTR or the slice is over. Any signal may interrupt it, libuv's
// SIGCHLD above all; only the clock ends the slice. Returns the errno, EINTR for a slice that passed, 0 for success.
template <typename Attempt> int withinSlice(int32_t milliseconds, Attempt attempt) {
  int64_t deadline = nowNanoseconds() + milliseconds * static_cast<int64_t>(NANOSECONDS_PER_MILLISECOND);
  int error = 0;
  if (busyUntil == 0 || deadline < busyUntil)
    error = sliceTimer.arm(milliseconds);
  if (error != 0)
    return error;
  do {
    error = attempt() < 0 ? errno : 0;
  } while (error == EINTR && nowNanoseconds() < deadline);
  if (busyUntil == 0)
    sliceTimer.disarm();
  return error;
}

int32_t sliceArgument(const Napi::CallbackInfo &info, size_t index) {
  int32_t milliseconds = integerArgument(info, index, "milliseconds");
  if (milliseconds < 1)
    throw Napi::RangeError::New(info.Env(), "milliseconds must be at least 1");
  return milliseconds;
}

bool rewinding = false;

// Puts a thread that ran into an int3 back onto it before its stop is taken. Until a stop is taken, the kernel delivers
// its SIGTRAP should the adapter die, which the handler in the process survives; from then on it would run on behind
// the int3. `event` is of a look with WNOWAIT.
void rewindTrap(const siginfo_t &event) {
  if (event.si_code != CLD_TRAPPED || event.si_status != SIGTRAP)
    return;
  siginfo_t trap;
  if (syscall(SYS_ptrace, PTRACE_GETSIGINFO, event.si_pid, 0, &trap) != 0 || trap.si_code != SI_KERNEL)
    return;
  uint64_t rip;
  uintptr_t place = offsetof(user, regs.rip);
  if (syscall(SYS_ptrace, PTRACE_PEEKUSER, event.si_pid, place, &rip) == 0)
    syscall(SYS_ptrace, PTRACE_POKEUSER, event.si_pid, place, rip - 1);
}

// waitpid, with traps rewound; same result and errno.
pid_t takeEvent(pid_t tid, int *status, int options) {
  if (rewinding) {
    siginfo_t event;
    memset(&event, 0, sizeof event);
    if (waitid(P_PID, tid, &event, WEXITED | WSTOPPED | WNOWAIT | options) < 0)
      return -1;
    if (event.si_pid == 0)
      return 0;
    rewindTrap(event);
  }
  return waitpid(tid, status, options);
}

Napi::Value rewindTraps(const Napi::CallbackInfo &info) {
  rewinding = info[0].ToBoolean();
  return info.Env().Undefined();
}

// Status 0 is "exited with code 0", so -1 says that nothing has happened.
Napi::Value poll(const Napi::CallbackInfo &info) {
  int32_t tid = integerArgument(info, 0, "tid");
  int status = 0;
  pid_t found = takeEvent(tid, &status, WNOHANG | __WALL);
  if (found < 0)
    throwKernelError(info.Env(), "waitpid", tid, errno);
  return Napi::Number::New(info.Env(), found == 0 ? -1 : status);
}

Napi::Value waitSlice(const Napi::CallbackInfo &info) {
  int32_t tid = integerArgument(info, 0, "tid");
  int32_t milliseconds = sliceArgument(info, 1);
  int status = 0;
  int error = withinSlice(milliseconds, [&] { return takeEvent(tid, &status, __WALL); });
  if (error == EINTR)
    return Napi::Number::New(info.Env(), -1);
  if (error != 0)
    throwKernelError(info.Env(), "waitpid", tid, error);
  return Napi::Number::New(info.Env(), status);
}

// With 0 milliseconds it only looks: the event loop asks that after each SIGCHLD.
Napi::Value peekSlice(const Napi::CallbackInfo &info) {
  int32_t milliseconds = integerArgument(info, 0, "milliseconds");
  siginfo_t child;
  memset(&child, 0, sizeof child);
  const int options = WEXITED | WSTOPPED | WNOWAIT | __WALL;
  int error = 0;
  if (milliseconds > 0)
    error = withinSlice(milliseconds, [&] { return waitid(P_ALL, 0, &child, options); });
  else if (waitid(P_ALL, 0, &child, options | WNOHANG) < 0)
    error = errno;
  if (error == ECHILD || error == EINTR)
    return Napi::Number::New(info.Env(), 0);
  if (error != 0)
    throwKernelError(info.Env(), "waitid", 0, error);
  return Napi::Number::New(info.Env(), child.si_pid);
}

struct sigaction heldAction;
bool held = false;

// While the loop blocks in waitpid, SIGCHLD tells it nothing new, but costs a pipe write and a turn of the event loop
// for every stop. SIG_DFL discards it, and children stay to be waited for.
Napi::Value holdChildSignal(const Napi::CallbackInfo &info) {
  int32_t milliseconds = sliceArgument(info, 0);
  if (held)
    return info.Env().Undefined();
  int error = sliceTimer.arm(milliseconds);
  if (error != 0)
    throwKernelError(info.Env(), "timer_settime", 0, error);
  // A wait until the very end of the slice needs no timer of its own.
  busyUntil = nowNanoseconds() + (milliseconds - 1) * NANOSECONDS_PER_MILLISECOND;
  struct sigaction discard;
  memset(&discard, 0, sizeof discard);
  discard.sa_handler = SIG_DFL;
  if (sigaction(SIGCHLD, &discard, &heldAction) != 0)
    throwKernelError(info.Env(), "sigaction", 0, errno);
  held = true;
  return info.Env().Undefined();
}

// Whoever releases looks once for what came meanwhile; `announce` makes libuv look for its own children too.
Napi::Value releaseChildSignal(const Napi::CallbackInfo &info) {
  if (!held)
    return info.Env().Undefined();
  held = false;
  busyUntil = 0;
  sliceTimer.disarm();
  if (sigaction(SIGCHLD, &heldAction, nullptr) != 0)
    throwKernelError(info.Env(), "sigaction", 0, errno);
  if (info[0].ToBoolean())
    kill(getpid(), SIGCHLD);
  return info.Env().Undefined();
}

} // namespace

void defineWait(Napi::Object &target) {
  define(target, "poll", poll);
  define(target, "waitSlice", waitSlice);
  define(target, "peekSlice", peekSlice);
  define(target, "rewindTraps", rewindTraps);
  define(target, "holdChildSignal", holdChildSignal);
  define(target, "releaseChildSignal", releaseChildSignal);
}

} // namespace ptrace_native
