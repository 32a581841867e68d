# Call frame information that no compiler writes: CFA and registers by expressions, in other registers, by value.
        .text
        .globl  _start
        .type   _start, @function
_start:
        .cfi_startproc
        .cfi_undefined rip
        mov     $0x1111, %rbx
        mov     $0x2222, %rbp
        mov     $0x3333, %r12
        mov     $0x4444, %r13
        mov     $0x5555, %r14
        mov     $0x6666, %r15
        call    walk
        mov     $60, %eax
        xor     %edi, %edi
        syscall
        .cfi_endproc
        .size   _start, .-_start

        .globl  walk
        .type   walk, @function
walk:
        .cfi_startproc
        nop
        # The return address moves to a register: DW_CFA_register.
        pop     %r11
        .cfi_def_cfa rsp, 0
        .cfi_register rip, r11
        nop
        push    %r11
        .cfi_def_cfa rsp, 8
        .cfi_offset rip, -8
        # The caller's rbx in r10, its r12 by value: DW_CFA_val_expression
        mov     %rbx, %r10
        .cfi_register rbx, r10
        xor     %ebx, %ebx
        xor     %r12d, %r12d
        # r12: drop; const2u 0x3333
        .cfi_escape 0x16, 12, 4, 0x13, 0x0a, 0x33, 0x33
        nop
        # r13 saved on the stack at CFA - 16: DW_CFA_expression lit16, minus
        push    %r13
        .cfi_adjust_cfa_offset 8
        .cfi_escape 0x10, 13, 2, 0x40, 0x1c
        xor     %r13d, %r13d
        nop
        # The CFA by DW_CFA_def_cfa_expression: breg9 0 (r9 points at the CFA)
        lea     16(%rsp), %r9
        .cfi_remember_state
        .cfi_escape 0x0f, 2, 0x79, 0
        sub     $64, %rsp
        nop
        call    inner
        add     $64, %rsp
        # The CFA as the dereferenced top of stack: breg7 0, deref
        push    %r9
        .cfi_escape 0x0f, 3, 0x77, 0, 0x06
        nop
        pop     %r9
        .cfi_restore_state
        pop     %r13
        .cfi_adjust_cfa_offset -8
        .cfi_restore r13
        mov     %r10, %rbx
        .cfi_restore rbx
        mov     $0x3333, %r12
        .cfi_restore r12
        ret
        .cfi_endproc
        .size   walk, .-walk

        .type   inner, @function
inner:
        .cfi_startproc
        push    %r9
        .cfi_def_cfa_offset 16
        .cfi_offset r9, -16
        xor     %r9d, %r9d
        nop
        pop     %r9
        .cfi_def_cfa_offset 8
        .cfi_restore r9
        ret
        .cfi_endproc
        .size   inner, .-inner
        .section .note.GNU-stack, "", @progbits
