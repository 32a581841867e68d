// The parts of the addon, each of which puts its functions on the object that create() returns.
#pragma once

#include <napi.h>

namespace ptrace_native {

// Belongs to one JavaScript environment.
struct AddonData {
  Napi::FunctionReference errorClass;
};

using Callback = Napi::Value (*)(const Napi::CallbackInfo &);

inline void define(Napi::Object &target, const char *name, Callback callback) {
  target.Set(name, Napi::Function::New(target.Env(), callback, name));
}

void definePtrace(Napi::Object &target);
void defineWait(Napi::Object &target);
void defineSpawn(Napi::Object &target);
void defineRegisters(Napi::Object &target);
void defineXstate(Napi::Object &target);
void defineMemory(Napi::Object &target);
void defineTerminal(Napi::Object &target);
void defineTrapHandler(Napi::Object &target);
void defineScheduling(Napi::Object &target);
void defineSignals(Napi::Object &target);
void defineDemangle(Napi::Object &target);

} // namespace ptrace_native
