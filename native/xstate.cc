// The XSAVE area of a tracee (x87, SSE, AVX, AVX-512…) and where its components lie.
//
// ptrace hands it out in the standard (non-compacted) format, whose offsets the CPU states in CPUID leaf 0xD
// (Intel SDM volume 1, 13.4.3). They differ between makers: AMD has no MPX, so PKRU and AVX-512 may lie elsewhere.
#include "addon.h"
#include "arguments.h"

#include <cerrno>
#include <cpuid.h>
#include <elf.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <unistd.h>
#include <vector>

#ifndef NT_X86_XSTATE
#define NT_X86_XSTATE 0x202
#endif

namespace ptrace_native {
namespace {

constexpr unsigned XSTATE_LEAF = 0xd;
constexpr unsigned OSXSAVE = 1u << 27; // CPUID.1:ECX
constexpr size_t LEGACY_SIZE = sizeof(user_fpregs_struct);
static_assert(LEGACY_SIZE == 512, "the FXSAVE area");

bool hasXsave() {
  unsigned eax, ebx, ecx, edx;
  return __get_cpuid(1, &eax, &ebx, &ecx, &edx) && (ecx & OSXSAVE) && __get_cpuid_max(0, nullptr) >= XSTATE_LEAF;
}

// XCR0: the components the kernel has switched on.
uint64_t enabledFeatures() {
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return static_cast<uint64_t>(high) << 32 | low;
}

size_t xstateSize() {
  if (!hasXsave())
    return LEGACY_SIZE;
  unsigned eax, ebx, ecx, edx;
  __cpuid_count(XSTATE_LEAF, 0, eax, ebx, ecx, edx);
  return ebx;
}

Napi::Value getXstate(const Napi::CallbackInfo &info) {
  int32_t tid = integerArgument(info, 0, "tid");
  // The kernel's idea of the size is the one that counts; leave room for it to be larger than XCR0's.
  static thread_local std::vector<uint8_t> buffer(xstateSize() + 16384);
  iovec area = {buffer.data(), buffer.size()};
  if (syscall(SYS_ptrace, PTRACE_GETREGSET, tid, NT_X86_XSTATE, &area) < 0) {
    if (errno != EINVAL && errno != EIO && errno != ENODEV)
      throwKernelError(info.Env(), "PTRACE_GETREGSET", tid, errno);
    if (syscall(SYS_ptrace, PTRACE_GETFPREGS, tid, 0, buffer.data()) < 0)
      throwKernelError(info.Env(), "PTRACE_GETFPREGS", tid, errno);
    area.iov_len = LEGACY_SIZE;
  }
  return Napi::Buffer<uint8_t>::Copy(info.Env(), buffer.data(), area.iov_len);
}

Napi::Value setXstate(const Napi::CallbackInfo &info) {
  int32_t tid = integerArgument(info, 0, "tid");
  Bytes bytes = bytesArgument(info, 1, "bytes");
  if (bytes.size == LEGACY_SIZE) {
    if (syscall(SYS_ptrace, PTRACE_SETFPREGS, tid, 0, bytes.data) < 0)
      throwKernelError(info.Env(), "PTRACE_SETFPREGS", tid, errno);
    return info.Env().Undefined();
  }
  iovec area = {bytes.data, bytes.size};
  if (syscall(SYS_ptrace, PTRACE_SETREGSET, tid, NT_X86_XSTATE, &area) < 0)
    throwKernelError(info.Env(), "PTRACE_SETREGSET", tid, errno);
  return info.Env().Undefined();
}

Napi::Value xstateLayout(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  constexpr uint64_t X87_AND_SSE = 3;
  uint64_t features = hasXsave() ? enabledFeatures() : X87_AND_SSE;
  Napi::Array components = Napi::Array::New(env);
  // Components 0 and 1 are the legacy area, 63 extends the header.
  for (unsigned index = 2; index < 63; index++) {
    if (!(features >> index & 1))
      continue;
    unsigned size, offset, ecx, edx;
    __cpuid_count(XSTATE_LEAF, index, size, offset, ecx, edx);
    Napi::Object component = Napi::Object::New(env);
    component.Set("index", index);
    component.Set("offset", offset);
    component.Set("size", size);
    components.Set(components.Length(), component);
  }
  Napi::Object layout = Napi::Object::New(env);
  layout.Set("size", static_cast<uint32_t>(xstateSize()));
  layout.Set("features", Napi::BigInt::New(env, features));
  layout.Set("components", components);
  return layout;
}

} // namespace

void defineXstate(Napi::Object &target) {
  define(target, "getXstate", getXstate);
  define(target, "setXstate", setXstate);
  define(target, "xstateLayout", xstateLayout);
}

} // namespace ptrace_native
