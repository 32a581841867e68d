// The child shares the adapter's memory (CLONE_VM) until its execve, since copying the page tables of an adapter with
// 340 MiB of symbols took 13 ms where this takes less than one. It has a stack of its own, but its errno would be the
// parent's, so it makes bare system calls, writes to nothing but its stack, and calls nothing of libc.
#include "spawn_child.h"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/personality.h>
#include <sys/syscall.h>

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

namespace ptrace_native {
namespace {

// Returns what the kernel returned: -errno for a failure.
template <typename... Arguments> long call(long number, Arguments... arguments) {
  static_assert(sizeof...(arguments) <= 4, "no call here has more");
  long values[4] = {(long)arguments...};
  register long r10 __asm__("r10") = values[3];
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(values[0]), "S"(values[1]), "d"(values[2]), "r"(r10)
                   : "rcx", "r11", "memory");
  return result;
}

constexpr size_t KERNEL_MASK_SIZE = sizeof(uint64_t);

struct KernelSigaction {
  uint64_t handler;
  uint64_t flags;
  uint64_t restorer;
  uint64_t mask;
};

// Stays open in the child across the closing of all others. High, so that no standard stream lands on it.
constexpr int LOWEST_OWN_FD = 10;
constexpr int EXIT_NOT_STARTED = 127;

[[noreturn]] void leave() {
  for (;;)
    call(SYS_exit_group, EXIT_NOT_STARTED);
}

void report(int fd, Stage stage, long result) {
  Report record = {stage, static_cast<int32_t>(-result)};
  call(SYS_write, fd, &record, sizeof record);
}

// Passes on a result that is not negative.
int check(int reportFd, Stage stage, long result) {
  if (result >= 0)
    return static_cast<int>(result);
  report(reportFd, stage, result);
  leave();
}

// A debuggee must not see the handlers and masks of the adapter; Node ignores SIGPIPE, and ignoring is inherited.
void resetSignals() {
  KernelSigaction byDefault = {};
  for (int signal = 1; signal <= 64; signal++)
    call(SYS_rt_sigaction, signal, &byDefault, nullptr, KERNEL_MASK_SIZE); // SIGKILL and SIGSTOP refuse
  restoreSignals(0);
}

void waitForGo(int fd) {
  char word;
  long count;
  do
    count = call(SYS_read, fd, &word, 1);
  while (count == -EINTR);
  if (count != 1)
    leave(); // end of file: the parent could not seize this process, or is gone
}

void arrangeStdio(const int wanted[3], int reportFd) {
  int sources[3];
  // First out of the way, then into place: stdio may name 0, 1 and 2 themselves, in any order.
  for (int i = 0; i < 3; i++) {
    int source = wanted[i];
    if (source < 0)
      source = check(reportFd, Stage::Open,
                     call(SYS_openat, AT_FDCWD, "/dev/null", (i == 0 ? O_RDONLY : O_WRONLY) | O_CLOEXEC));
    sources[i] = check(reportFd, Stage::Duplicate, call(SYS_fcntl, source, F_DUPFD_CLOEXEC, LOWEST_OWN_FD));
  }
  for (int i = 0; i < 3; i++)
    check(reportFd, Stage::Duplicate, call(SYS_dup2, sources[i], i));
}

// Container seccomp profiles refuse it; the program can still run.
void disableRandomization(int reportFd) {
  long persona = call(SYS_personality, 0xffffffff);
  if (persona >= 0)
    persona = call(SYS_personality, persona | ADDR_NO_RANDOMIZE);
  if (persona < 0)
    report(reportFd, Stage::NoRandomizeRefused, persona);
}

void closeRange(unsigned first, unsigned last, unsigned limit) {
  if (first > last || call(SYS_close_range, first, last, 0) == 0)
    return;
  for (unsigned fd = first; fd <= last && fd < limit; fd++)
    call(SYS_close, fd);
}

} // namespace

uint64_t blockAllSignals() {
  uint64_t all = ~0ull, before = 0;
  call(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, KERNEL_MASK_SIZE);
  return before;
}

void restoreSignals(uint64_t mask) { call(SYS_rt_sigprocmask, SIG_SETMASK, &mask, nullptr, KERNEL_MASK_SIZE); }

int runSpawnChild(void *argument) {
  const SpawnPlan &plan = *static_cast<const SpawnPlan *>(argument);
  resetSignals();
  call(SYS_close, plan.goWrite);
  if (plan.newSession)
    call(SYS_setsid);
  waitForGo(plan.goRead);

  int reportFd = check(plan.reports, Stage::Duplicate, call(SYS_fcntl, plan.reports, F_DUPFD_CLOEXEC, LOWEST_OWN_FD));
  arrangeStdio(plan.stdio, reportFd);
  if (plan.hasDirectory)
    check(reportFd, Stage::ChangeDirectory, call(SYS_chdir, plan.directory.c_str()));
  if (plan.disableAslr)
    disableRandomization(reportFd);
  closeRange(3, static_cast<unsigned>(reportFd) - 1, plan.fileLimit);
  closeRange(static_cast<unsigned>(reportFd) + 1, ~0u, plan.fileLimit);
  check(reportFd, Stage::Execute, call(SYS_execve, plan.file.c_str(), plan.arguments.data(), plan.environment.data()));
  leave();
}

} // namespace ptrace_native
