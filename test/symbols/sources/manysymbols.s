# More symbols than are sorted before they are looked at: functions one after another, some with labels inside, some
# around others, some without a size.
	.text
	.globl around
around:
	.altmacro
	.macro function number
	.globl f\number
	.type f\number, @function
f\number:
	nop
label\number:
	nop
	nop
	.size f\number, . - f\number
unsized\number:
	nop
	.endm
	.set i, 0
	.rept 9000
	function %i
	.set i, i + 1
	.endr
	.size around, 5000
	.type f7.part.0, @function
f7.part.0:
	ret
	.size f7.part.0, 1
