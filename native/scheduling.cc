// CPU affinity: bringing tracer and tracee onto one CPU makes stops several times cheaper.
#include "addon.h"
#include "arguments.h"

#include <cerrno>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace ptrace_native {
namespace {

// The raw system calls: glibc's wrappers fix the mask at 1024 CPUs.
Napi::Value getAffinity(const Napi::CallbackInfo &info) {
  int32_t tid = integerArgument(info, 0, "tid");
  uint8_t mask[8192 / 8];
  long size = syscall(SYS_sched_getaffinity, tid, sizeof mask, mask);
  if (size < 0)
    throwKernelError(info.Env(), "sched_getaffinity", tid, errno);
  return Napi::Buffer<uint8_t>::Copy(info.Env(), mask, static_cast<size_t>(size));
}

Napi::Value setAffinity(const Napi::CallbackInfo &info) {
  int32_t tid = integerArgument(info, 0, "tid");
  Bytes mask = bytesArgument(info, 1, "mask");
  if (syscall(SYS_sched_setaffinity, tid, mask.size, mask.data) < 0)
    throwKernelError(info.Env(), "sched_setaffinity", tid, errno);
  return info.Env().Undefined();
}

Napi::Value currentCpu(const Napi::CallbackInfo &info) {
  int cpu = sched_getcpu();
  if (cpu < 0)
    throwKernelError(info.Env(), "getcpu", 0, errno);
  return Napi::Number::New(info.Env(), cpu);
}

} // namespace

void defineScheduling(Napi::Object &target) {
  define(target, "getAffinity", getAffinity);
  define(target, "setAffinity", setAffinity);
  define(target, "currentCpu", currentCpu);
}

} // namespace ptrace_native
