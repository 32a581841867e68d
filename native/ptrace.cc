// ptrace(2) requests that change what a tracee does, and the ones that tell why it stopped.
#include "addon.h"
#include "arguments.h"

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <unistd.h>

namespace ptrace_native {
namespace {

// Since Linux 5.3; older headers do not name it.
constexpr int GET_SYSCALL_INFO = 0x420e;
constexpr size_t SIGINFO_SIZE = 128;
// struct ptrace_syscall_info with its largest member, seccomp.
constexpr size_t SYSCALL_INFO_SIZE = 88;
// Queued signals read by one PTRACE_PEEKSIGINFO.
constexpr int PEEKED = 16;
constexpr size_t SIGNAL_MASK_SIZE = 8;

// The kernel's own entry point: glibc's wrapper returns PEEK values in a way that hides errors.
long request(int kind, int32_t tid, uintptr_t address, uintptr_t data) {
  return syscall(SYS_ptrace, kind, tid, address, data);
}

template <typename T> uintptr_t pointer(T *data) { return reinterpret_cast<uintptr_t>(data); }

void check(const Napi::CallbackInfo &info, const char *name, int32_t tid, long result) {
  if (result < 0)
    throwKernelError(info.Env(), name, tid, errno);
}

Napi::Value seize(const Napi::CallbackInfo &info) {
  int32_t tid = integerArgument(info, 0, "tid");
  int32_t options = integerArgument(info, 1, "options");
  check(info, "PTRACE_SEIZE", tid, request(PTRACE_SEIZE, tid, 0, static_cast<uint32_t>(options)));
  return info.Env().Undefined();
}

Napi::Value detach(const Napi::CallbackInfo &info) {
  int32_t tid = integerArgument(info, 0, "tid");
  int32_t signal = integerArgument(info, 1, "signal");
  check(info, "PTRACE_DETACH", tid, request(PTRACE_DETACH, tid, 0, signal));
  return info.Env().Undefined();
}

Napi::Value setOptions(const Napi::CallbackInfo &info) {
  int32_t tid = integerArgument(info, 0, "tid");
  int32_t options = integerArgument(info, 1, "options");
  check(info, "PTRACE_SETOPTIONS", tid, request(PTRACE_SETOPTIONS, tid, 0, static_cast<uint32_t>(options)));
  return info.Env().Undefined();
}

Napi::Value interrupt(const Napi::CallbackInfo &info) {
  int32_t tid = integerArgument(info, 0, "tid");
  check(info, "PTRACE_INTERRUPT", tid, request(PTRACE_INTERRUPT, tid, 0, 0));
  return info.Env().Undefined();
}

Napi::Value listen(const Napi::CallbackInfo &info) {
  int32_t tid = integerArgument(info, 0, "tid");
  check(info, "PTRACE_LISTEN", tid, request(PTRACE_LISTEN, tid, 0, 0));
  return info.Env().Undefined();
}

Napi::Value resume(const Napi::CallbackInfo &info) {
  static constexpr struct {
    int request;
    const char *name;
  } KINDS[] = {
      {PTRACE_CONT, "PTRACE_CONT"},
      {PTRACE_SINGLESTEP, "PTRACE_SINGLESTEP"},
      {PTRACE_SYSCALL, "PTRACE_SYSCALL"},
      {PTRACE_SYSEMU, "PTRACE_SYSEMU"},
  };
  int32_t kind = integerArgument(info, 0, "kind");
  int32_t tid = integerArgument(info, 1, "tid");
  int32_t signal = integerArgument(info, 2, "signal");
  if (kind < 0 || kind >= static_cast<int32_t>(std::size(KINDS)))
    throw Napi::RangeError::New(info.Env(), "kind must be 0 (CONT), 1 (SINGLESTEP), 2 (SYSCALL) or 3 (SYSEMU)");
  check(info, KINDS[kind].name, tid, request(KINDS[kind].request, tid, 0, signal));
  return info.Env().Undefined();
}

Napi::Value getSiginfo(const Napi::CallbackInfo &info) {
  int32_t tid = integerArgument(info, 0, "tid");
  siginfo_t siginfo;
  static_assert(sizeof siginfo == SIGINFO_SIZE, "siginfo_t has 128 bytes on x86-64");
  check(info, "PTRACE_GETSIGINFO", tid, request(PTRACE_GETSIGINFO, tid, 0, pointer(&siginfo)));
  return Napi::Buffer<uint8_t>::Copy(info.Env(), reinterpret_cast<uint8_t *>(&siginfo), sizeof siginfo);
}

// The one field that every SIGTRAP is judged by, without a buffer for the other 124 bytes.
Napi::Value getSignalCode(const Napi::CallbackInfo &info) {
  int32_t tid = integerArgument(info, 0, "tid");
  siginfo_t siginfo;
  check(info, "PTRACE_GETSIGINFO", tid, request(PTRACE_GETSIGINFO, tid, 0, pointer(&siginfo)));
  return Napi::Number::New(info.Env(), siginfo.si_code);
}

Napi::Value hasPendingSignal(const Napi::CallbackInfo &info) {
  int32_t tid = integerArgument(info, 0, "tid");
  int32_t signal = integerArgument(info, 1, "signal");
  siginfo_t batch[PEEKED];
  __ptrace_peeksiginfo_args args = {0, 0, PEEKED};
  for (;;) {
    long count = request(PTRACE_PEEKSIGINFO, tid, pointer(&args), pointer(&batch));
    check(info, "PTRACE_PEEKSIGINFO", tid, count);
    for (long i = 0; i < count; i++) {
      if (batch[i].si_signo == signal)
        return Napi::Boolean::New(info.Env(), true);
    }
    if (count < args.nr)
      return Napi::Boolean::New(info.Env(), false);
    args.off += static_cast<uint64_t>(count);
  }
}

Napi::Value setSiginfo(const Napi::CallbackInfo &info) {
  int32_t tid = integerArgument(info, 0, "tid");
  Bytes bytes = bytesArgument(info, 1, "siginfo", SIGINFO_SIZE);
  check(info, "PTRACE_SETSIGINFO", tid, request(PTRACE_SETSIGINFO, tid, 0, pointer(bytes.data)));
  return info.Env().Undefined();
}

Napi::Value getEventMessage(const Napi::CallbackInfo &info) {
  int32_t tid = integerArgument(info, 0, "tid");
  unsigned long message = 0;
  check(info, "PTRACE_GETEVENTMSG", tid, request(PTRACE_GETEVENTMSG, tid, 0, pointer(&message)));
  return Napi::Number::New(info.Env(), static_cast<double>(message));
}

Napi::Value getSyscallInfo(const Napi::CallbackInfo &info) {
  int32_t tid = integerArgument(info, 0, "tid");
  uint8_t buffer[256] = {};
  // The kernel returns how many bytes it would have written, given room.
  long size = request(GET_SYSCALL_INFO, tid, sizeof buffer, pointer(buffer));
  check(info, "PTRACE_GET_SYSCALL_INFO", tid, size);
  size_t written = static_cast<size_t>(size) < sizeof buffer ? static_cast<size_t>(size) : sizeof buffer;
  return Napi::Buffer<uint8_t>::Copy(info.Env(), buffer, written);
}

Napi::Value readSyscallInfo(const Napi::CallbackInfo &info) {
  int32_t tid = integerArgument(info, 0, "tid");
  Bytes target = bytesArgument(info, 1, "target", SYSCALL_INFO_SIZE);
  long size = request(GET_SYSCALL_INFO, tid, target.size, pointer(target.data));
  check(info, "PTRACE_GET_SYSCALL_INFO", tid, size);
  return Napi::Number::New(info.Env(), static_cast<double>(size));
}

Napi::Value peekText(const Napi::CallbackInfo &info) {
  int32_t tid = integerArgument(info, 0, "tid");
  uint64_t address = wordArgument(info, 1, "address");
  uint64_t word = 0;
  check(info, "PTRACE_PEEKTEXT", tid, request(PTRACE_PEEKTEXT, tid, address, pointer(&word)));
  return Napi::BigInt::New(info.Env(), word);
}

Napi::Value pokeText(const Napi::CallbackInfo &info) {
  int32_t tid = integerArgument(info, 0, "tid");
  uint64_t address = wordArgument(info, 1, "address");
  uint64_t word = wordArgument(info, 2, "word");
  check(info, "PTRACE_POKETEXT", tid, request(PTRACE_POKETEXT, tid, address, word));
  return info.Env().Undefined();
}

Napi::Value getSignalMask(const Napi::CallbackInfo &info) {
  int32_t tid = integerArgument(info, 0, "tid");
  uint64_t mask = 0;
  check(info, "PTRACE_GETSIGMASK", tid, request(PTRACE_GETSIGMASK, tid, SIGNAL_MASK_SIZE, pointer(&mask)));
  return Napi::BigInt::New(info.Env(), mask);
}

Napi::Value setSignalMask(const Napi::CallbackInfo &info) {
  int32_t tid = integerArgument(info, 0, "tid");
  uint64_t mask = wordArgument(info, 1, "mask");
  check(info, "PTRACE_SETSIGMASK", tid, request(PTRACE_SETSIGMASK, tid, SIGNAL_MASK_SIZE, pointer(&mask)));
  return info.Env().Undefined();
}

Napi::Value tgkill(const Napi::CallbackInfo &info) {
  int32_t pid = integerArgument(info, 0, "pid");
  int32_t tid = integerArgument(info, 1, "tid");
  int32_t signal = integerArgument(info, 2, "signal");
  check(info, "tgkill", tid, syscall(SYS_tgkill, pid, tid, signal));
  return info.Env().Undefined();
}

} // namespace

void definePtrace(Napi::Object &target) {
  define(target, "seize", seize);
  define(target, "detach", detach);
  define(target, "setOptions", setOptions);
  define(target, "interrupt", interrupt);
  define(target, "listen", listen);
  define(target, "resume", resume);
  define(target, "getSiginfo", getSiginfo);
  define(target, "getSignalCode", getSignalCode);
  define(target, "hasPendingSignal", hasPendingSignal);
  define(target, "setSiginfo", setSiginfo);
  define(target, "getEventMessage", getEventMessage);
  define(target, "getSyscallInfo", getSyscallInfo);
  define(target, "readSyscallInfo", readSyscallInfo);
  define(target, "peekText", peekText);
  define(target, "pokeText", pokeText);
  define(target, "getSignalMask", getSignalMask);
  define(target, "setSignalMask", setSignalMask);
  define(target, "tgkill", tgkill);
}

} // namespace ptrace_native
