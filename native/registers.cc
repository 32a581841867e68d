// General-purpose and debug registers of a stopped tracee. Vector and x87 state is in xstate.cc.
#include "addon.h"
#include "arguments.h"

#include <cerrno>
#include <cstddef>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <unistd.h>

namespace ptrace_native {
namespace {

static_assert(sizeof(user_regs_struct) == 216, "27 words, as src/ptrace/registers.ts lays them out");

Napi::Value getRegisters(const Napi::CallbackInfo &info) {
  int32_t tid = integerArgument(info, 0, "tid");
  Bytes target = bytesArgument(info, 1, "target", sizeof(user_regs_struct));
  if (syscall(SYS_ptrace, PTRACE_GETREGS, tid, 0, target.data) < 0)
    throwKernelError(info.Env(), "PTRACE_GETREGS", tid, errno);
  return info.Env().Undefined();
}

Napi::Value setRegisters(const Napi::CallbackInfo &info) {
  int32_t tid = integerArgument(info, 0, "tid");
  Bytes bytes = bytesArgument(info, 1, "bytes", sizeof(user_regs_struct));
  if (syscall(SYS_ptrace, PTRACE_SETREGS, tid, 0, bytes.data) < 0)
    throwKernelError(info.Env(), "PTRACE_SETREGS", tid, errno);
  return info.Env().Undefined();
}

size_t debugRegisterOffset(const Napi::CallbackInfo &info) {
  int32_t number = integerArgument(info, 1, "number");
  if (number < 0 || number > 7)
    throw Napi::RangeError::New(info.Env(), "number must be a debug register, 0 to 7");
  return offsetof(struct user, u_debugreg) + static_cast<size_t>(number) * sizeof(uint64_t);
}

Napi::Value getDebugRegister(const Napi::CallbackInfo &info) {
  int32_t tid = integerArgument(info, 0, "tid");
  size_t offset = debugRegisterOffset(info);
  uint64_t value = 0;
  if (syscall(SYS_ptrace, PTRACE_PEEKUSER, tid, offset, &value) < 0)
    throwKernelError(info.Env(), "PTRACE_PEEKUSER", tid, errno);
  return Napi::BigInt::New(info.Env(), value);
}

Napi::Value setDebugRegister(const Napi::CallbackInfo &info) {
  int32_t tid = integerArgument(info, 0, "tid");
  size_t offset = debugRegisterOffset(info);
  uint64_t value = wordArgument(info, 2, "value");
  if (syscall(SYS_ptrace, PTRACE_POKEUSER, tid, offset, value) < 0)
    throwKernelError(info.Env(), "PTRACE_POKEUSER", tid, errno);
  return info.Env().Undefined();
}

} // namespace

void defineRegisters(Napi::Object &target) {
  define(target, "getRegisters", getRegisters);
  define(target, "setRegisters", setRegisters);
  define(target, "getDebugRegister", getDebugRegister);
  define(target, "setDebugRegister", setDebugRegister);
}

} // namespace ptrace_native
