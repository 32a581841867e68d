// The SIGTRAP handler that a process which was attached to has while breakpoints are in it. It never runs while the
// adapter lives, for the adapter takes every such SIGTRAP. When the adapter is killed, the kernel lets each tracee run
// on with the signal it had stopped for and nobody had waited for yet: the SIGTRAP of an int3 would end the process.
// The handler puts the thread back onto the instruction until the guardian has undone the int3; see guardian.cc.
#include "addon.h"

#include <cstdint>

// One page of code that runs at any address, then the addresses: a count and as many 64-bit words. The adapter writes
// a word before the count, and the count before the int3. Offsets into ucontext_t: <asm/sigcontext.h>; RIP 168,
// EFLAGS 176. si_code of siginfo_t is at 8: SI_KERNEL 0x80 for an int3, TRAP_BRKPT 1 and TRAP_TRACE 2 for a step (the
// kernel has ended stepping by delivering it), TRAP_HWBKPT 4 for a debug register.
__asm__(R"(
    .pushsection .rodata
    .balign 16
ptrace_trap_handler_begin:
    .ascii "ptrace-debug trap handler 1\0"
    .balign 64
    # handler(rdi: signal, rsi: siginfo_t *, rdx: ucontext_t *)
    mov 8(%rsi), %eax
    cmp $0x80, %eax
    je 3f
    cmp $1, %eax
    je 9f
    cmp $2, %eax
    je 9f
    cmp $4, %eax
    jne 8f
    orq $0x10000, 176(%rdx)         # EFLAGS.RF: past an execution breakpoint
    ret
3:  mov 168(%rdx), %rax
    lea -1(%rax), %r9               # where the int3 is, unless the adapter has put the thread back already
    lea ptrace_trap_handler_begin+4096(%rip), %rcx
    mov (%rcx), %r8
    xor %r11d, %r11d
4:  test %r8, %r8
    jz 6f
    mov (%rcx,%r8,8), %r10
    cmp %r9, %r10
    je 5f
    cmp %rax, %r10
    jne 7f
    mov $1, %r11d
7:  dec %r8
    jmp 4b
5:  mov %r9, 168(%rdx)
    jmp 10f
6:  test %r11d, %r11d
    jz 8f
10: mov $24, %eax                   # sched_yield: the guardian is on its way
    syscall
9:  ret
8:  # A SIGTRAP of the program's own: it has what it would have had without a handler.
    xor %eax, %eax
    push %rax
    push %rax
    push %rax
    push %rax
    mov $13, %eax                   # rt_sigaction(SIGTRAP, {SIG_DFL}, 0, 8)
    mov $5, %edi
    mov %rsp, %rsi
    xor %edx, %edx
    mov $8, %r10d
    syscall
    add $32, %rsp
    mov $39, %eax                   # getpid
    syscall
    mov %eax, %edi
    mov $186, %eax                  # gettid
    push %rdi
    syscall
    pop %rdi
    mov %eax, %esi
    mov $5, %edx
    mov $234, %eax                  # tgkill
    syscall
    ret
    .balign 16
ptrace_trap_handler_restorer:
    mov $15, %eax                   # rt_sigreturn
    syscall
ptrace_trap_handler_end:
    .popsection
)");

extern "C" const uint8_t ptrace_trap_handler_begin[] __attribute__((visibility("hidden")));
extern "C" const uint8_t ptrace_trap_handler_restorer[] __attribute__((visibility("hidden")));
extern "C" const uint8_t ptrace_trap_handler_end[] __attribute__((visibility("hidden")));

namespace ptrace_native {

// {code, entry, restorer}: the bytes of the page and offsets into it.
static Napi::Value trapHandler(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  constexpr double ENTRY = 64;
  Napi::Object result = Napi::Object::New(env);
  result.Set("code", Napi::Buffer<uint8_t>::Copy(env, ptrace_trap_handler_begin,
                                                 ptrace_trap_handler_end - ptrace_trap_handler_begin));
  result.Set("entry", ENTRY);
  result.Set("restorer", static_cast<double>(ptrace_trap_handler_restorer - ptrace_trap_handler_begin));
  return result;
}

void defineTrapHandler(Napi::Object &target) { define(target, "trapHandler", trapHandler); }

} // namespace ptrace_native
