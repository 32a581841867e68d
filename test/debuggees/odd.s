# Instructions that single-stepping gets wrong when nobody thought of them. Build: -nostdlib -static. Exits with 0.
    .globl _start
    .text
    .type _start, @function
_start:
    endbr64                 # #start
    mov $39, %eax           # #getpid
    syscall                 # #syscall
    mov %eax, %ebx          # #after_syscall
    lea source(%rip), %rsi
    lea target(%rip), %rdi
    mov $16, %ecx
    cld                     # #before_rep
    rep movsb               # #rep
    nop                     # #after_rep
    mov $0, %ecx
    rep stosb               # #rep_zero
    pushf                   # #pushf
    pop %rdx                # #pop_flags
    and $0x100, %edx        # #trap_flag
    jnz failed              # #branch
    pushf                   # #pushf_again
    popf                    # #popf
    nop                     # #after_popf
    mov %ss, %eax
    mov %eax, %ss           # #mov_ss
    nop                     # #shadow
    call callee             # #call
    nop                     # #after_call
    lea callee(%rip), %rax
    call *%rax              # #call_indirect
    nop                     # #after_indirect
    push $back
    jmp callee              # #pushed_return
back:
    nop                     # #back
    cmpb $'p', target+15(%rip)
    jne failed
    mov $60, %eax           # #exit
    xor %edi, %edi
    syscall                 # #exit_syscall
failed:
    mov $60, %eax           # #failed
    mov $1, %edi
    syscall
    .size _start, . - _start
    .type callee, @function
callee:
    nop                     # #callee
    ret                     # #ret
    .size callee, . - callee

    .section .rodata
source:
    .ascii "abcdefghijklmnop"
    .bss
target:
    .skip 32
