# Loads known values into registers of every kind and traps; then stores what it finds in them, traps again, and exits.
# Build: -nostdlib -static -no-pie. At the second trap rdi points to `out`.
    .globl _start
    .text
_start:
    fninit
    fldt    f_negative(%rip)
    fldpi
    fld1
    movdqu  v_low(%rip), %xmm0
    vmovdqu v_wide(%rip), %ymm1
    vmovdqu v_wide(%rip), %ymm15
    mov     $0x1122334455667788, %rax
    mov     $0x0807060504030201, %rbx
    mov     $-1, %r15
    stc
    int3
    mov     %rax, out+0(%rip)
    mov     %rbx, out+8(%rip)
    mov     %r15, out+16(%rip)
    pushf
    pop     %rax
    mov     %rax, out+24(%rip)
    vmovdqu %ymm1, out+32(%rip)
    vmovdqu %ymm15, out+64(%rip)
    movdqu  %xmm7, out+96(%rip)
    stmxcsr out+112(%rip)
    fstcw   out+116(%rip)
    fstpt   out+128(%rip)
    fstpt   out+144(%rip)
    lea     out(%rip), %rdi
    int3
    mov     $60, %eax
    xor     %edi, %edi
    syscall

    .section .rodata
    .balign 32
v_wide:     .byte 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
v_low:      .float 1.5, -2.5, 3.5, -4.5
f_negative: .quad 0xa000000000000000
            .short 0xc001   # -5.0

    .bss
    .balign 32
out:        .space 256
