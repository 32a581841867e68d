/**
 * The two-operand operations of DWARF expressions on 64-bit words (DWARF 5, section 2.5.1.4). Operands are unsigned
 * words; what is returned is wrapped to 64 bits by the caller. The generic type is taken as signed where it matters
 * (division, comparison), as gdb does; shifts by 64 or more leave nothing, or the sign.
 */
import { DwarfError } from './cursor';
import { DW_OP } from './expressionopcodes';

/** `left` was second on the stack, `right` on top. */
type Operation = (left: bigint, right: bigint) => bigint;

const signed = (word: bigint): bigint => BigInt.asIntN(64, word);

const comparison =
  (holds: (left: bigint, right: bigint) => boolean): Operation =>
  (left, right) =>
    holds(signed(left), signed(right)) ? 1n : 0n;

function divisor(right: bigint): bigint {
  if (right === 0n) throw new DwarfError('division by zero');
  return right;
}

export const arithmetic: ReadonlyMap<number, Operation> = new Map<number, Operation>([
  [DW_OP.and, (left, right) => left & right],
  [DW_OP.or, (left, right) => left | right],
  [DW_OP.xor, (left, right) => left ^ right],
  [DW_OP.plus, (left, right) => left + right],
  [DW_OP.minus, (left, right) => left - right],
  [DW_OP.mul, (left, right) => left * right],
  [DW_OP.div, (left, right) => signed(left) / signed(divisor(right))],
  // Modulo is unsigned: "the integer type with the generic type's size" has no sign to speak of, and gdb agrees.
  [DW_OP.mod, (left, right) => left % divisor(right)],
  [DW_OP.shl, (left, right) => (right < 64n ? left << right : 0n)],
  [DW_OP.shr, (left, right) => (right < 64n ? left >> right : 0n)],
  [DW_OP.shra, (left, right) => signed(left) >> (right < 64n ? right : 63n)],
  [DW_OP.eq, comparison((left, right) => left === right)],
  [DW_OP.ne, comparison((left, right) => left !== right)],
  [DW_OP.lt, comparison((left, right) => left < right)],
  [DW_OP.le, comparison((left, right) => left <= right)],
  [DW_OP.gt, comparison((left, right) => left > right)],
  [DW_OP.ge, comparison((left, right) => left >= right)],
]);
