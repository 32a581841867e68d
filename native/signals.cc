// Sending signals with a siginfo_t of the caller's making.
#include "addon.h"
#include "arguments.h"

#include <cerrno>
#include <csignal>
#include <sys/syscall.h>
#include <unistd.h>

namespace ptrace_native {
namespace {

constexpr size_t SIGINFO_SIZE = 128;

// rt_sigqueueinfo(2): the signal is that of the siginfo_t.
Napi::Value queueSignal(const Napi::CallbackInfo &info) {
  int32_t pid = integerArgument(info, 0, "pid");
  Bytes bytes = bytesArgument(info, 1, "siginfo", SIGINFO_SIZE);
  auto *siginfo = reinterpret_cast<siginfo_t *>(bytes.data);
  if (syscall(SYS_rt_sigqueueinfo, pid, siginfo->si_signo, siginfo) < 0)
    throwKernelError(info.Env(), "rt_sigqueueinfo", pid, errno);
  return info.Env().Undefined();
}

// rt_tgsigqueueinfo(2): the same to one thread.
Napi::Value queueThreadSignal(const Napi::CallbackInfo &info) {
  int32_t pid = integerArgument(info, 0, "pid");
  int32_t tid = integerArgument(info, 1, "tid");
  Bytes bytes = bytesArgument(info, 2, "siginfo", SIGINFO_SIZE);
  auto *siginfo = reinterpret_cast<siginfo_t *>(bytes.data);
  if (syscall(SYS_rt_tgsigqueueinfo, pid, tid, siginfo->si_signo, siginfo) < 0)
    throwKernelError(info.Env(), "rt_tgsigqueueinfo", tid, errno);
  return info.Env().Undefined();
}

} // namespace

void defineSignals(Napi::Object &target) {
  define(target, "queueSignal", queueSignal);
  define(target, "queueThreadSignal", queueThreadSignal);
}

} // namespace ptrace_native
