// Pseudo-terminals and pipes for the debuggee's standard streams.
#include "../addon.h"
#include "../arguments.h"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

namespace ptrace_native {
namespace {

// Closes itself unless it was released.
class OwnedFd {
public:
  explicit OwnedFd(int fd) : fd_(fd) {}
  OwnedFd(const OwnedFd &) = delete;
  OwnedFd &operator=(const OwnedFd &) = delete;
  ~OwnedFd() {
    if (fd_ >= 0)
      close(fd_);
  }
  int get() const { return fd_; }
  int release() {
    int fd = fd_;
    fd_ = -1;
    return fd;
  }

private:
  int fd_;
};

// The slave is raw, so that every byte value passes unchanged and nothing is echoed. O_NOCTTY throughout: an adapter
// that leads a session must not get the debuggee's terminal as its own.
Napi::Value openPty(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  OwnedFd master(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  char name[64];
  if (master.get() < 0 || grantpt(master.get()) != 0 || unlockpt(master.get()) != 0 ||
      fcntl(master.get(), F_SETFL, O_RDWR | O_NONBLOCK) != 0 || ptsname_r(master.get(), name, sizeof name) != 0)
    throwKernelError(env, "openpty", 0, errno);
  OwnedFd slave(open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
  termios modes;
  if (slave.get() < 0 || tcgetattr(slave.get(), &modes) != 0)
    throwKernelError(env, "openpty", 0, errno);
  cfmakeraw(&modes);
  if (tcsetattr(slave.get(), TCSANOW, &modes) != 0)
    throwKernelError(env, "openpty", 0, errno);

  Napi::Object pty = Napi::Object::New(env);
  pty.Set("name", name);
  pty.Set("master", master.release());
  pty.Set("slave", slave.release());
  return pty;
}

Napi::Value makePipe(const Napi::CallbackInfo &info) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    throwKernelError(info.Env(), "pipe2", 0, errno);
  Napi::Array pair = Napi::Array::New(info.Env(), 2);
  pair.Set(0u, ends[0]);
  pair.Set(1u, ends[1]);
  return pair;
}

// A pty master has nothing to read most of the time it is asked: that is no error, and an Error costs 20 microseconds.
// -1 is the end: nobody holds the other side (EIO on a pty, no bytes on a pipe).
Napi::Value readAvailable(const Napi::CallbackInfo &info) {
  int32_t fd = integerArgument(info, 0, "fd");
  Bytes target = bytesArgument(info, 1, "target");
  ssize_t count = read(fd, target.data, target.size);
  bool later = count < 0 && (errno == EAGAIN || errno == EINTR);
  return Napi::Number::New(info.Env(), later ? 0 : count > 0 ? static_cast<double>(count) : -1);
}

Napi::Value duplicate(const Napi::CallbackInfo &info) {
  int copy = fcntl(integerArgument(info, 0, "fd"), F_DUPFD_CLOEXEC, 3);
  if (copy < 0)
    throwKernelError(info.Env(), "F_DUPFD_CLOEXEC", 0, errno);
  return Napi::Number::New(info.Env(), copy);
}

} // namespace

void defineTerminal(Napi::Object &target) {
  define(target, "openPty", openPty);
  define(target, "readAvailable", readAvailable);
  define(target, "duplicate", duplicate);
  define(target, "pipe", makePipe);
}

} // namespace ptrace_native
