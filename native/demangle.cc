// C++ names, by the demangler of the C++ runtime itself (Itanium C++ ABI, 5.1).
#include "addon.h"

#include <cstdlib>
#include <cxxabi.h>
#include <string>

namespace ptrace_native {
namespace {

// The demangled form, or null for a name that is not a mangled one. Only `_Z` names: __cxa_demangle would also take
// `i` for the type int.
Napi::Value demangle(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  if (!info[0].IsString())
    throw Napi::TypeError::New(env, "name must be a string");
  std::string name = info[0].As<Napi::String>().Utf8Value();
  if (name.compare(0, 2, "_Z") != 0)
    return env.Null();
  int status = 0;
  char *text = abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status);
  if (text == nullptr)
    return env.Null();
  Napi::String result = Napi::String::New(env, text);
  free(text);
  return result;
}

} // namespace

void defineDemangle(Napi::Object &target) { define(target, "demangle", demangle); }

} // namespace ptrace_native
