// ptrace-launcher SOCKET [--no-aslr] -- PROGRAM ARGUMENT...
//
// Runs inside a terminal and becomes the debuggee there, so that the debuggee is a genuine foreground job: Ctrl-C,
// window size and standard input are the terminal's own. PTRACE_TRACEME would make the shell the tracer; instead this
// process tells the adapter its pid through a unix socket, permits it to trace (Yama), waits until it has been seized,
// and only then calls execve.
//
// Lines on the socket: {"pid":N} from here; go from the adapter; {"note":"aslr"} from here when address space
// randomization could not be switched off; {"error":"ENOENT","stage":"exec"} from here when the program cannot be
// started, after which this process exits with 127. On success the close-on-exec socket just closes.
#include "errno_name.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace {

constexpr int EXIT_NOT_STARTED = 127;

int connectTo(const char *path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (strlen(path) >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  strcpy(address.sun_path, path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return -1;
  if (connect(fd, reinterpret_cast<sockaddr *>(&address), sizeof address) != 0)
    return -1;
  return fd;
}

bool sendLine(int fd, const std::string &line) {
  size_t done = 0;
  while (done < line.size()) {
    // MSG_NOSIGNAL: an adapter that went away must not kill the job with SIGPIPE.
    ssize_t count = send(fd, line.data() + done, line.size() - done, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      return false;
    done += static_cast<size_t>(count);
  }
  return true;
}

// True once the line "go" has come; false when the adapter is gone or says anything else.
bool waitForGo(int fd) {
  std::string line;
  for (;;) {
    char next;
    ssize_t count = read(fd, &next, 1);
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      return false;
    if (next == '\n')
      return line == "go";
    line += next;
    if (line.size() > 2)
      return false;
  }
}

void permitTracing(int fd) {
  ucred peer = {};
  socklen_t size = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid > 0)
    prctl(PR_SET_PTRACER, peer.pid, 0, 0, 0); // fails harmlessly where the kernel has no Yama
}

// False when refused, as container seccomp profiles do.
bool disableRandomization() {
  int persona = personality(0xffffffff);
  return persona >= 0 && personality(static_cast<unsigned long>(persona) | ADDR_NO_RANDOMIZE) >= 0;
}

int usage() {
  fputs("usage: ptrace-launcher SOCKET [--no-aslr] -- PROGRAM [ARGUMENT]...\n"
        "Started by the Ptrace Debugger in a terminal; not meant to be run by hand.\n",
        stderr);
  return 2;
}

} // namespace

int main(int argc, char **argv) {
  int next = 2;
  bool noAslr = argc > next && strcmp(argv[next], "--no-aslr") == 0;
  if (noAslr)
    next++;
  if (argc < next + 2 || strcmp(argv[next], "--") != 0)
    return usage();
  char **program = argv + next + 1;

  int fd = connectTo(argv[1]);
  if (fd < 0) {
    fprintf(stderr, "ptrace-launcher: cannot reach the debugger at %s: %s\n", argv[1], strerror(errno));
    return EXIT_NOT_STARTED;
  }
  permitTracing(fd);
  if (!sendLine(fd, "{\"pid\":" + std::to_string(getpid()) + "}\n") || !waitForGo(fd))
    return 0;
  if (noAslr && !disableRandomization())
    sendLine(fd, "{\"note\":\"aslr\"}\n");
  execv(program[0], program); // not execvp, which would hand a file of unknown format to /bin/sh
  int error = errno;
  sendLine(fd, std::string("{\"error\":\"") + errnoName(error) + "\",\"stage\":\"exec\"}\n");
  fprintf(stderr, "ptrace-launcher: cannot start %s: %s\n", program[0], strerror(error));
  return EXIT_NOT_STARTED;
}
