// ptrace-guardian
//
// Waits beside an adapter that has breakpoints in processes it attached to. The adapter tells it of every int3 before
// it writes it and after it has taken it out, through this program's standard input. When that ends, the adapter is
// gone, however it went: what is left in the table is undone, so that the processes run on as if nobody had been there.
//
// The order of things at the adapter's death: the pipe is closed by the last of its threads, and the kernel releases
// its tracees when its main thread is gone, which may be before or after. Threads that run into an int3 meanwhile are
// held by the handler of trap_handler.cc; a thread that has it needs nothing but its bytes back.
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <dirent.h>
#include <fcntl.h>
#include <map>
#include <set>
#include <signal.h>
#include <string>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr uint8_t INT3 = 0xcc;

enum class Kind : uint8_t {
  Insert = 1,         // an int3 is about to be written
  Remove = 2,         // it has been taken out
  Forget = 3,         // the process has been let go, has ended, or has a new address space
  Handler = 4,        // address: the page of the SIGTRAP handler
  DebugRegisters = 5, // its threads have debug registers set
};

// As the adapter writes it: src/engine/guardian.ts. Little-endian.
struct Record {
  Kind kind;
  uint8_t original;
  uint16_t unused;
  int32_t pid;
  uint64_t address;
  uint64_t startTime; // field 22 of /proc/pid/stat: a pid may be another process's by then
};
static_assert(sizeof(Record) == 24, "src/engine/guardian.ts");

struct Process {
  uint64_t startTime = 0;
  int memory = -1; // stays open: it belongs to the address space whatever becomes of the pid
  uint64_t handler = 0;
  bool debugRegisters = false;
  std::map<uint64_t, uint8_t> originals;
};

std::map<int32_t, Process> processes;

std::string readFile(const char *path) {
  std::string text;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return text;
  char buffer[4096];
  for (ssize_t count; (count = read(fd, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<size_t>(count));
  close(fd);
  return text;
}

// Field `number` (4 and up) of /proc/pid/stat; the second, a name in parentheses, may hold anything. 0 when it is gone.
uint64_t statField(int32_t pid, int number) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  std::string text = readFile(path);
  size_t at = text.rfind(')');
  for (int field = 2; at != std::string::npos && field < number; field++)
    at = text.find(' ', at + 1);
  return at == std::string::npos ? 0 : strtoull(text.c_str() + at, nullptr, 10);
}

constexpr int PARENT = 4;
constexpr int START_TIME = 22;

int openMemory(int32_t pid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/mem", pid);
  return open(path, O_RDWR | O_CLOEXEC);
}

void forget(int32_t pid) {
  auto found = processes.find(pid);
  if (found == processes.end())
    return;
  if (found->second.memory >= 0)
    close(found->second.memory);
  processes.erase(found);
}

void take(const Record &record) {
  if (record.kind == Kind::Forget) {
    forget(record.pid);
    return;
  }
  Process &process = processes[record.pid];
  process.startTime = record.startTime;
  if (process.memory < 0)
    process.memory = openMemory(record.pid);
  if (record.kind == Kind::Insert)
    process.originals[record.address] = record.original;
  else if (record.kind == Kind::Remove)
    process.originals.erase(record.address);
  else if (record.kind == Kind::Handler)
    process.handler = record.address;
  else if (record.kind == Kind::DebugRegisters)
    process.debugRegisters = true;
}

// Only an int3 is undone: the adapter may have been killed before it wrote it, and the page may hold other code by now.
void undo(int memory, const std::map<uint64_t, uint8_t> &originals) {
  for (const auto &[address, original] : originals) {
    uint8_t byte;
    if (pread(memory, &byte, 1, static_cast<off_t>(address)) == 1 && byte == INT3 && original != INT3) {
      // Nothing can be done about a failure: the mapping or the process is gone.
      if (pwrite(memory, &original, 1, static_cast<off_t>(address)) != 1)
        continue;
    }
  }
}

std::set<int32_t> numericEntries(const char *directory) {
  std::set<int32_t> entries;
  DIR *dir = opendir(directory);
  if (!dir)
    return entries;
  while (dirent *entry = readdir(dir)) {
    int32_t id = atoi(entry->d_name);
    if (id > 0)
      entries.insert(id);
  }
  closedir(dir);
  return entries;
}

// A child that was forked in the last moment has a copy of the memory, breakpoints included, and nobody has taken them
// out. The handler's page, which execve would have removed, tells that it is such a copy.
void undoInChildren(int32_t parent, const Process &process) {
  char expected[64], found[64];
  if (process.handler == 0 ||
      pread(process.memory, expected, sizeof expected, static_cast<off_t>(process.handler)) != sizeof expected)
    return;
  for (int32_t pid : numericEntries("/proc")) {
    if (processes.count(pid) || static_cast<int32_t>(statField(pid, PARENT)) != parent)
      continue;
    int memory = openMemory(pid);
    if (memory < 0)
      continue;
    if (pread(memory, found, sizeof found, static_cast<off_t>(process.handler)) == sizeof found &&
        memcmp(expected, found, sizeof found) == 0)
      undo(memory, process.originals);
    close(memory);
  }
}

void pause(long milliseconds) {
  timespec time = {milliseconds / 1000, (milliseconds % 1000) * 1000000};
  nanosleep(&time, nullptr);
}

// Empties the debug registers of one thread. Nobody but a tracer can.
void clearDebugRegisters(int32_t tid) {
  // The kernel has not let go of it yet for as long as the adapter is on its way out.
  for (int attempt = 0; ptrace(PTRACE_SEIZE, tid, 0, 0) != 0; attempt++) {
    if (errno != EPERM || attempt == 2000)
      return;
    pause(1);
  }
  if (ptrace(PTRACE_INTERRUPT, tid, 0, 0) != 0)
    return;
  int status;
  if (waitpid(tid, &status, __WALL) != tid || !WIFSTOPPED(status))
    return;
  ptrace(PTRACE_POKEUSER, tid, offsetof(user, u_debugreg) + 7 * sizeof(long), 0);
  // A signal it was about to take stays its own, but for the trap of a debug register.
  int signal = status >> 16 == 0 ? WSTOPSIG(status) : 0;
  siginfo_t info;
  if (signal == SIGTRAP && ptrace(PTRACE_GETSIGINFO, tid, 0, &info) == 0 && info.si_code == TRAP_HWBKPT)
    signal = 0;
  ptrace(PTRACE_DETACH, tid, 0, signal);
}

void undoEverywhere(int32_t pid, const Process &process) {
  if (process.memory < 0)
    return;
  undo(process.memory, process.originals);
  undoInChildren(pid, process);
}

void clearAllDebugRegisters(int32_t pid, const Process &process) {
  if (!process.debugRegisters || statField(pid, START_TIME) != process.startTime)
    return;
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  for (int32_t tid : numericEntries(path))
    clearDebugRegisters(tid);
}

} // namespace

int main() {
  // The signals that end an adapter end its whole session or terminal: this process is what outlives it.
  for (int number : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE})
    signal(number, SIG_IGN);
  Record record;
  size_t filled = 0;
  for (;;) {
    ssize_t count = read(STDIN_FILENO, reinterpret_cast<char *>(&record) + filled, sizeof record - filled);
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      break;
    filled += static_cast<size_t>(count);
    if (filled < sizeof record)
      continue;
    take(record);
    filled = 0;
  }
  // Twice: a child may have been forked while the first look was made.
  for (int round = 0; round < 2; round++)
    for (const auto &[pid, process] : processes)
      undoEverywhere(pid, process);
  for (const auto &[pid, process] : processes)
    clearAllDebugRegisters(pid, process);
  return 0;
}
