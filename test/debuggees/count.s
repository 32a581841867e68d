# Two instructions a turn, for counting single steps: after n steps from #loop, counter is n / 2 (rounded up).
# Build: -nostdlib -static.
    .globl _start
    .text
    .type _start, @function
_start:
    nop                     # #start
loop:
    incl counter(%rip)      # #loop
    jmp loop                # #jump
    .size _start, . - _start

    .bss
    .globl counter
    .type counter, @object
    .size counter, 4
counter:
    .skip 4
