// The addon: one thin, synchronous function for each kernel request the debugger makes. A function checks its
// arguments, makes its system call and returns or throws; what to do about it is decided in TypeScript.
#include "addon.h"

namespace ptrace_native {

// create(ErrorClass): the functions, throwing `new ErrorClass(request, tid, errno)` when the kernel refuses.
static Napi::Value create(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  if (!info[0].IsFunction())
    throw Napi::TypeError::New(env, "create needs the class of the errors to throw");
  auto *data = new AddonData();
  data->errorClass = Napi::Persistent(info[0].As<Napi::Function>());
  env.SetInstanceData(data);

  Napi::Object functions = Napi::Object::New(env);
  definePtrace(functions);
  defineWait(functions);
  defineSpawn(functions);
  defineRegisters(functions);
  defineXstate(functions);
  defineMemory(functions);
  defineTerminal(functions);
  defineTrapHandler(functions);
  defineScheduling(functions);
  defineSignals(functions);
  defineDemangle(functions);
  return functions;
}

static Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  exports.Set("create", Napi::Function::New(env, create, "create"));
  return exports;
}

NODE_API_MODULE(ptrace_native, initialize)

} // namespace ptrace_native
