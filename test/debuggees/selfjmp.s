# A jump to itself: an instruction step must execute it and report it, although the program counter does not move.
# The handler of nothing gets it out: the debugger writes rip, or kills it. Build: -nostdlib -static.
    .globl _start
    .text
    .type _start, @function
_start:
    mov $1, %eax            # #start
spin:
    jmp spin                # #spin
    mov $60, %eax           # #out
    xor %edi, %edi
    syscall
    .size _start, . - _start
