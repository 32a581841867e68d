# Symbols without sizes, as hand-written assembly has them, and several names at one address.
    .text
    .globl _start
_start:
    nop
    nop
inside:
    nop
    call sized
    mov $60, %eax
    xor %edi, %edi
    syscall
    .globl sized
    .type sized, @function
sized:
    nop
in_sized:
    nop
    ret
    .size sized, . - sized
    .skip 5, 0xcc
    .globl __alias, alias
    .type __alias, @function
    .type alias, @function
__alias:
alias:
.Lignored:
    ret
    .size __alias, 1
    .size alias, 1
last:
    ret
    nop
text_end:

    .section .rodata
    .byte 1, 2, 3

    .globl fixed
    .set fixed, 0x1234
