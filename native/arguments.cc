#include "arguments.h"

#include "addon.h"
#include "errno_name.h"

#include <cstring>
#include <string>

namespace ptrace_native {

int32_t integerArgument(const Napi::CallbackInfo &info, size_t index, const char *name) {
  Napi::Value value = info[index];
  if (!value.IsNumber())
    throw Napi::TypeError::New(info.Env(), std::string(name) + " must be a number");
  double number = value.As<Napi::Number>().DoubleValue();
  // Options and event numbers fit in 32 bits; a double outside of them would be cut silently.
  if (!(number >= INT32_MIN && number <= INT32_MAX) || number != static_cast<int32_t>(number))
    throw Napi::RangeError::New(info.Env(), std::string(name) + " must be a 32-bit integer");
  return static_cast<int32_t>(number);
}

uint64_t wordArgument(const Napi::CallbackInfo &info, size_t index, const char *name) {
  Napi::Value value = info[index];
  if (!value.IsBigInt())
    throw Napi::TypeError::New(info.Env(), std::string(name) + " must be a bigint");
  bool lossless = false;
  uint64_t word = value.As<Napi::BigInt>().Uint64Value(&lossless);
  if (!lossless)
    throw Napi::RangeError::New(info.Env(), std::string(name) + " must be between 0 and 2^64 - 1");
  return word;
}

Bytes bytesArgument(const Napi::CallbackInfo &info, size_t index, const char *name) {
  Napi::Value value = info[index];
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array)
    throw Napi::TypeError::New(info.Env(), std::string(name) + " must be a Uint8Array");
  Napi::Uint8Array array = value.As<Napi::Uint8Array>();
  return {array.Data(), array.ByteLength()};
}

Bytes bytesArgument(const Napi::CallbackInfo &info, size_t index, const char *name, size_t exactSize) {
  Bytes bytes = bytesArgument(info, index, name);
  if (bytes.size != exactSize)
    throw Napi::RangeError::New(info.Env(), std::string(name) + " must have " + std::to_string(exactSize) + " bytes");
  return bytes;
}

void throwKernelError(Napi::Env env, const char *request, int32_t tid, int error) {
  Napi::Value thrown = env.GetInstanceData<AddonData>()->errorClass.New(
      {Napi::String::New(env, request), Napi::Number::New(env, tid), Napi::String::New(env, errnoName(error))});
  throw Napi::Error(env, thrown);
}

} // namespace ptrace_native
