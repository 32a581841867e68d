// Starting a debuggee: clone, PTRACE_SEIZE, execve, and the first stop.
//
// The child waits on a pipe until the parent has seized it, so that the very first execve is already traced, and
// reports failures through a close-on-exec pipe, so that "no such program" is an errno and not an exit code. Node's
// child_process cannot do this: libuv would reap the ptrace stop and report an exit.
#include "addon.h"
#include "arguments.h"
#include "spawn_child.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <memory>
#include <sched.h>
#include <string>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace ptrace_native {
namespace {

const char *stageRequest(Stage stage) {
  switch (stage) {
  case Stage::Open:
    return "spawn:open";
  case Stage::Duplicate:
    return "spawn:dup";
  case Stage::ChangeDirectory:
    return "spawn:chdir";
  default:
    return "spawn:exec";
  }
}

int reap(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, __WALL) < 0 && errno == EINTR)
    ;
  return status;
}

// Lets the seized child run until its execve has succeeded; false when it is gone, and then reaped.
bool waitForExec(pid_t pid) {
  for (;;) {
    int status = 0;
    pid_t found = waitpid(pid, &status, __WALL);
    if (found < 0) {
      if (errno == EINTR)
        continue;
      return false;
    }
    if (!WIFSTOPPED(status))
      return false;
    int event = status >> 16;
    if (event == PTRACE_EVENT_EXEC)
      return true;
    // A signal from outside that came before the program did, or the exit of a child that failed (PTRACE_O_TRACEEXIT).
    int signal = event == 0 ? WSTOPSIG(status) : 0;
    syscall(SYS_ptrace, PTRACE_CONT, pid, 0, signal);
  }
}

struct Outcome {
  bool failed = false;
  bool randomizeRefused = false;
  Report failure = {};
};

Outcome readReports(int fd) {
  Outcome outcome;
  Report record;
  for (;;) {
    ssize_t count = read(fd, &record, sizeof record);
    if (count < 0 && errno == EINTR)
      continue;
    if (count != static_cast<ssize_t>(sizeof record))
      return outcome;
    if (record.stage == Stage::NoRandomizeRefused) {
      outcome.randomizeRefused = true;
    } else {
      outcome.failed = true;
      outcome.failure = record;
    }
  }
}

std::vector<std::string> stringList(Napi::Env env, const Napi::Value &value, const char *name) {
  if (!value.IsArray())
    throw Napi::TypeError::New(env, std::string(name) + " must be an array of strings");
  Napi::Array array = value.As<Napi::Array>();
  std::vector<std::string> texts;
  for (uint32_t i = 0; i < array.Length(); i++) {
    Napi::Value item = array[i];
    if (!item.IsString())
      throw Napi::TypeError::New(env, std::string(name) + " must be an array of strings");
    texts.push_back(item.As<Napi::String>().Utf8Value());
    if (texts.back().find('\0') != std::string::npos)
      throw Napi::TypeError::New(env, std::string(name) + " must not contain a NUL byte");
  }
  return texts;
}

std::string plainString(Napi::Env env, const Napi::Value &value, const char *name) {
  if (!value.IsString())
    throw Napi::TypeError::New(env, std::string(name) + " must be a string");
  std::string text = value.As<Napi::String>().Utf8Value();
  if (text.find('\0') != std::string::npos)
    throw Napi::TypeError::New(env, std::string(name) + " must not contain a NUL byte");
  return text;
}

std::vector<char *> pointers(std::vector<std::string> &texts) {
  std::vector<char *> list;
  for (std::string &text : texts)
    list.push_back(&text[0]);
  list.push_back(nullptr);
  return list;
}

SpawnPlan readPlan(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  if (!info[0].IsObject())
    throw Napi::TypeError::New(env, "spawn needs an object");
  Napi::Object request = info[0].As<Napi::Object>();
  SpawnPlan plan;
  plan.file = plainString(env, request.Get("file"), "file");
  plan.argumentTexts = stringList(env, request.Get("argv"), "argv");
  plan.environmentTexts = stringList(env, request.Get("env"), "env");
  Napi::Value directory = request.Get("cwd");
  if (!directory.IsUndefined()) {
    plan.directory = plainString(env, directory, "cwd");
    plan.hasDirectory = true;
  }
  Napi::Value stdio = request.Get("stdio");
  if (!stdio.IsArray() || stdio.As<Napi::Array>().Length() != 3)
    throw Napi::TypeError::New(env, "stdio must be an array of three file descriptors");
  for (uint32_t i = 0; i < 3; i++) {
    Napi::Value fd = stdio.As<Napi::Array>()[i];
    if (!fd.IsNumber())
      throw Napi::TypeError::New(env, "stdio must be an array of three file descriptors");
    plan.stdio[i] = fd.As<Napi::Number>().Int32Value();
  }
  plan.disableAslr = request.Get("disableAslr").ToBoolean();
  plan.newSession = request.Get("newSession").ToBoolean();
  Napi::Value options = request.Get("options");
  if (!options.IsNumber() || !(options.As<Napi::Number>().Uint32Value() & PTRACE_O_TRACEEXEC))
    throw Napi::TypeError::New(env, "options must contain PTRACE_O_TRACEEXEC: spawn waits for that stop");
  plan.options = options.As<Napi::Number>().Uint32Value();
  return plan;
}

// Both ends of a pipe, closed when they go out of scope.
struct Pipe {
  int ends[2] = {-1, -1};
  ~Pipe() {
    closeEnd(0);
    closeEnd(1);
  }
  bool open() { return pipe2(ends, O_CLOEXEC) == 0; }
  void closeEnd(int index) {
    if (ends[index] >= 0)
      close(ends[index]);
    ends[index] = -1;
  }
};

unsigned fileLimit() {
  constexpr rlim_t HIGHEST = 1u << 20;
  rlimit limit;
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<unsigned>(std::min(limit.rlim_cur, HIGHEST)) : HIGHEST;
}

Napi::Value spawn(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  SpawnPlan plan = readPlan(info);
  plan.arguments = pointers(plan.argumentTexts);
  plan.environment = pointers(plan.environmentTexts);
  Pipe go, reports;
  if (!go.open() || !reports.open())
    throwKernelError(env, "pipe2", 0, errno);

  plan.goRead = go.ends[0];
  plan.goWrite = go.ends[1];
  plan.reports = reports.ends[1];
  plan.fileLimit = fileLimit();

  constexpr size_t STACK_SIZE = 64 * 1024;
  std::unique_ptr<char[]> stack(new char[STACK_SIZE]);
  void *top = reinterpret_cast<void *>(reinterpret_cast<uintptr_t>(stack.get() + STACK_SIZE) & ~uintptr_t(15));
  // No handler may run in the child: it would be libuv's, on memory that is still the adapter's.
  uint64_t mask = blockAllSignals();
  pid_t pid = clone(runSpawnChild, top, CLONE_VM | SIGCHLD, &plan);
  int cloneError = errno;
  restoreSignals(mask);
  if (pid < 0)
    throwKernelError(env, "clone", 0, cloneError);
  go.closeEnd(0);
  reports.closeEnd(1);

  // From here on the stack and the plan must live until the child has left this memory by execve or by its end.
  if (syscall(SYS_ptrace, PTRACE_SEIZE, pid, 0, plan.options) < 0) {
    int error = errno;
    kill(pid, SIGKILL);
    reap(pid);
    throwKernelError(env, "PTRACE_SEIZE", pid, error);
  }
  ssize_t written = write(go.ends[1], "g", 1);
  (void)written; // a child that is gone is found by waitForExec
  bool running = waitForExec(pid);
  Outcome outcome = readReports(reports.ends[0]);
  if (!running) {
    if (outcome.failed)
      throwKernelError(env, stageRequest(outcome.failure.stage), pid, outcome.failure.error);
    // Past the point of no return the kernel answers a bad image with a fatal signal instead of an errno.
    throwKernelError(env, "spawn:load", pid, ENOEXEC);
  }
  Napi::Object result = Napi::Object::New(env);
  result.Set("pid", pid);
  result.Set("aslrDisabled", plan.disableAslr && !outcome.randomizeRefused);
  return result;
}

} // namespace

void defineSpawn(Napi::Object &target) { define(target, "spawn", spawn); }

} // namespace ptrace_native
