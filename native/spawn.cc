// Starting a debuggee: fork, PTRACE_SEIZE, execve, and the first stop.
//
// The child waits on a pipe until the parent has seized it, so that the very first execve is already traced, and
// reports failures through a close-on-exec pipe, so that "no such program" is an errno and not an exit code. Node's
// child_process cannot do this: libuv would reap the ptrace stop and report an exit.
#include "addon.h"
#include "arguments.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

namespace ptrace_native {
namespace {

enum class Stage : uint8_t { Open, Duplicate, ChangeDirectory, Execute, NoRandomizeRefused };

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

// What the child writes to the report pipe.
struct Report {
  Stage stage;
  int32_t error;
};

// Everything the child needs, made ready before the fork: afterwards it may not allocate.
struct SpawnPlan {
  std::string file;
  std::vector<std::string> argumentTexts;
  std::vector<std::string> environmentTexts;
  std::vector<char *> arguments;
  std::vector<char *> environment;
  std::string directory;
  bool hasDirectory = false;
  int stdio[3] = {-1, -1, -1};
  bool disableAslr = false;
  bool newSession = false;
  uint32_t options = 0;
};

// Stays open in the child across the closing of all others. High, so that no standard stream lands on it.
constexpr int LOWEST_OWN_FD = 10;

void report(int fd, Stage stage, int error) {
  Report record = {stage, error};
  ssize_t ignored = write(fd, &record, sizeof record);
  (void)ignored;
}

[[noreturn]] void fail(int fd, Stage stage) {
  report(fd, stage, errno);
  _exit(127);
}

void closeRange(unsigned first, unsigned last) {
  if (first > last || syscall(SYS_close_range, first, last, 0) == 0)
    return;
  rlimit limit;
  unsigned end = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < (1u << 20)
                     ? static_cast<unsigned>(limit.rlim_cur)
                     : 1u << 20;
  for (unsigned fd = first; fd <= last && fd < end; fd++)
    close(static_cast<int>(fd));
}

// A debuggee must not see the handlers and masks of the adapter; Node ignores SIGPIPE, and ignoring is inherited.
void resetSignals() {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; signal++)
    sigaction(signal, &action, nullptr); // SIGKILL, SIGSTOP and libc's own two refuse; nothing is lost
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

void arrangeStdio(const int wanted[3], int reportFd) {
  int sources[3];
  // First out of the way, then into place: stdio may name 0, 1 and 2 themselves, in any order.
  for (int i = 0; i < 3; i++) {
    int source = wanted[i];
    if (source < 0) {
      source = open("/dev/null", i == 0 ? O_RDONLY | O_CLOEXEC : O_WRONLY | O_CLOEXEC);
      if (source < 0)
        fail(reportFd, Stage::Open);
    }
    sources[i] = fcntl(source, F_DUPFD_CLOEXEC, LOWEST_OWN_FD);
    if (sources[i] < 0)
      fail(reportFd, Stage::Duplicate);
  }
  for (int i = 0; i < 3; i++)
    if (dup2(sources[i], i) < 0)
      fail(reportFd, Stage::Duplicate);
}

[[noreturn]] void runChild(const SpawnPlan &plan, int goFd, int pipeFd) {
  resetSignals();
  if (plan.newSession)
    setsid();

  // Until the parent has seized this process. End of file: the parent could not, or is gone.
  char go;
  ssize_t count;
  do
    count = read(goFd, &go, 1);
  while (count < 0 && errno == EINTR);
  if (count != 1)
    _exit(127);

  int reportFd = fcntl(pipeFd, F_DUPFD_CLOEXEC, LOWEST_OWN_FD);
  if (reportFd < 0)
    fail(pipeFd, Stage::Duplicate);
  arrangeStdio(plan.stdio, reportFd);
  if (plan.hasDirectory && chdir(plan.directory.c_str()) != 0)
    fail(reportFd, Stage::ChangeDirectory);
  if (plan.disableAslr) {
    int persona = personality(0xffffffff);
    if (persona < 0 || personality(static_cast<unsigned long>(persona) | ADDR_NO_RANDOMIZE) < 0)
      report(reportFd, Stage::NoRandomizeRefused, errno); // container seccomp profiles do; the program can still run
  }
  closeRange(3, static_cast<unsigned>(reportFd) - 1);
  closeRange(static_cast<unsigned>(reportFd) + 1, ~0u);
  execve(plan.file.c_str(), plan.arguments.data(), plan.environment.data());
  fail(reportFd, Stage::Execute);
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

Napi::Value spawn(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  SpawnPlan plan = readPlan(info);
  plan.arguments = pointers(plan.argumentTexts);
  plan.environment = pointers(plan.environmentTexts);
  Pipe go, reports;
  if (!go.open() || !reports.open())
    throwKernelError(env, "pipe2", 0, errno);

  // No signal may be handled between fork and resetSignals: libuv's handler would write into the adapter's own pipe.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t pid = fork();
  if (pid == 0) {
    close(go.ends[1]);
    runChild(plan, go.ends[0], reports.ends[1]);
  }
  int forkError = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0)
    throwKernelError(env, "fork", 0, forkError);
  go.closeEnd(0);
  reports.closeEnd(1);

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
