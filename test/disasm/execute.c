/*
 * Executes pieces of code in a child process, each from a given state, and reports the state after it: the judge of
 * whether a displaced instruction does what the original does. Reads `struct request`s from stdin until it ends and
 * answers each with a `struct response` on stdout.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define DATA 0x10010000UL
#define DATA_SIZE 4096

enum { STEP, RUN };

struct request {
  uint64_t registers[18]; /* rax rcx rdx rbx rsp rbp rsi rdi r8-r15 rip eflags */
  uint64_t code_address;
  uint64_t stop_address; /* RUN: where an int3 ends it */
  uint32_t mode;
  uint32_t code_length;
  uint8_t code[32];
  uint8_t data[DATA_SIZE];
};

struct response {
  uint64_t registers[18];
  uint64_t xstate_hash;
  int64_t signal; /* 0, or the signal that the code raised */
  uint8_t data[DATA_SIZE];
};

static const uint64_t pages[] = {0x10000000UL, DATA, 0x20000000UL, 0x700000000000UL};

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void child(void) {
  for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
    int protection = pages[i] == DATA ? PROT_READ | PROT_WRITE : PROT_READ | PROT_WRITE | PROT_EXEC;
    void *at = mmap((void *)pages[i], 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (at != (void *)pages[i])
      die("mmap");
  }
  if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0)
    die("PTRACE_TRACEME");
  raise(SIGSTOP);
  _exit(0);
}

static void load(struct user_regs_struct *to, const uint64_t *from) {
  to->rax = from[0], to->rcx = from[1], to->rdx = from[2], to->rbx = from[3];
  to->rsp = from[4], to->rbp = from[5], to->rsi = from[6], to->rdi = from[7];
  to->r8 = from[8], to->r9 = from[9], to->r10 = from[10], to->r11 = from[11];
  to->r12 = from[12], to->r13 = from[13], to->r14 = from[14], to->r15 = from[15];
  /* Thread-local operands must see the same memory each time, too. */
  to->fs_base = to->gs_base = DATA;
  to->rip = from[16], to->eflags = from[17], to->orig_rax = (unsigned long long)-1;
}

static void save(uint64_t *to, const struct user_regs_struct *from) {
  uint64_t all[] = {from->rax, from->rcx, from->rdx, from->rbx, from->rsp, from->rbp,
                    from->rsi, from->rdi, from->r8,  from->r9,  from->r10, from->r11,
                    from->r12, from->r13, from->r14, from->r15, from->rip, from->eflags};
  memcpy(to, all, sizeof all);
}

static uint8_t xstate[16384];

static uint64_t hash_xstate(pid_t pid) {
  static uint8_t now[sizeof xstate];
  struct iovec area = {now, sizeof now};
  if (ptrace(PTRACE_GETREGSET, pid, NT_X86_XSTATE, &area) < 0)
    die("PTRACE_GETREGSET");
  /* The x87 last-instruction and last-data pointers name the place of execution. */
  memset(now + 8, 0, 16);
  /* XSTATE_BV: whether all-zero registers count as in their initial state is up to the CPU (SDM 13.6). */
  memset(now + 512, 0, 8);
  uint64_t hash = 14695981039346656037u;
  for (size_t i = 0; i < area.iov_len; i++)
    hash = (hash ^ now[i]) * 1099511628211u;
  return hash;
}

int main(void) {
  pid_t pid = fork();
  if (pid < 0)
    die("fork");
  if (pid == 0)
    child();
  int status;
  if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) || WSTOPSIG(status) != SIGSTOP)
    die("waitpid");
  ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_EXITKILL);
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/mem", pid);
  int memory = open(path, O_RDWR);
  if (memory < 0)
    die(path);
  struct user_regs_struct initial;
  if (ptrace(PTRACE_GETREGS, pid, 0, &initial) < 0)
    die("PTRACE_GETREGS");
  struct iovec area = {xstate, sizeof xstate};
  if (ptrace(PTRACE_GETREGSET, pid, NT_X86_XSTATE, &area) < 0)
    die("PTRACE_GETREGSET");
  for (int i = 0; i < 256; i++)
    xstate[160 + i] = (uint8_t)(i * 37 + 11); /* xmm0-15 */
  xstate[512] |= 3;                           /* XSTATE_BV: x87 and SSE are not in their initial state */

  static struct request request;
  static struct response response;
  while (fread(&request, sizeof request, 1, stdin) == 1) {
    const uint8_t breakpoint = 0xcc;
    struct user_regs_struct registers = initial;
    load(&registers, request.registers);
    if (pwrite(memory, request.data, DATA_SIZE, DATA) != DATA_SIZE)
      die("pwrite data");
    if (pwrite(memory, request.code, request.code_length, (off_t)request.code_address) < 0)
      die("pwrite code");
    if (request.mode == RUN && pwrite(memory, &breakpoint, 1, (off_t)request.stop_address) != 1)
      die("pwrite stop");
    if (ptrace(PTRACE_SETREGS, pid, 0, &registers) < 0)
      die("PTRACE_SETREGS");
    if (ptrace(PTRACE_SETREGSET, pid, NT_X86_XSTATE, &area) < 0)
      die("PTRACE_SETREGSET");
    if (ptrace(request.mode == RUN ? PTRACE_CONT : PTRACE_SINGLESTEP, pid, 0, 0) < 0)
      die("resume");
    if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
      die("waitpid");
    if (ptrace(PTRACE_GETREGS, pid, 0, &registers) < 0)
      die("PTRACE_GETREGS");
    int signal = WSTOPSIG(status);
    int is_end = signal == SIGTRAP;
    if (is_end && request.mode == RUN)
      registers.rip--;
    response.signal = is_end ? 0 : signal;
    save(response.registers, &registers);
    response.xstate_hash = hash_xstate(pid);
    if (pread(memory, response.data, DATA_SIZE, DATA) != DATA_SIZE)
      die("pread");
    if (fwrite(&response, sizeof response, 1, stdout) != 1)
      die("fwrite");
  }
  kill(pid, SIGKILL);
  waitpid(pid, &status, 0);
  return 0;
}
