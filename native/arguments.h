// What every function of the addon shares: checked access to its arguments and the one way to fail.
#pragma once

#include <napi.h>

#include <cstddef>
#include <cstdint>

namespace ptrace_native {

// A writable or readable view of a Uint8Array argument; valid for the duration of the call.
struct Bytes {
  uint8_t *data;
  size_t size;
};

// Each reads argument `index` and throws a TypeError or RangeError that names it when it does not fit.
int32_t integerArgument(const Napi::CallbackInfo &info, size_t index, const char *name);
uint64_t wordArgument(const Napi::CallbackInfo &info, size_t index, const char *name);
Bytes bytesArgument(const Napi::CallbackInfo &info, size_t index, const char *name);
Bytes bytesArgument(const Napi::CallbackInfo &info, size_t index, const char *name, size_t exactSize);

// Throws the error class that was handed to create(), built as `new PtraceError(request, tid, errnoName)`.
[[noreturn]] void throwKernelError(Napi::Env env, const char *request, int32_t tid, int error);

} // namespace ptrace_native
