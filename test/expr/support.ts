/** A made-up frame: registers, some memory and symbols. */
import { virtAddr, type VirtAddr } from '../../src/common/addresses';
import {
  compileExpression,
  evaluate,
  ExpressionError,
  type EvaluationContext,
  type ResolvedSymbol,
  type Value,
} from '../../src/expr/expression';
import { formatValue } from '../../src/expr/format';
import { typeName } from '../../src/symbols/data/typenames';

export const MEMORY_BASE = 0x1000n;
export const MEMORY_SIZE = 256;

export interface Frame {
  readonly context: EvaluationContext & Required<Pick<EvaluationContext, 'write'>>;
  readonly readOnly: EvaluationContext;
  readonly registers: Map<string, bigint>;
  readonly memory: Uint8Array;
  /** Addresses that were read, in order. */
  readonly reads: bigint[];
}

const SYMBOLS: Readonly<Record<string, ResolvedSymbol>> = {
  main: { address: virtAddr(0x401136), size: 64, kind: 'function' },
  _start: { address: virtAddr(0x401040), kind: 'notype' },
  counter: { address: virtAddr(0x1010), size: 4, kind: 'object' },
  total: { address: virtAddr(0x1018), size: 8, kind: 'object' },
  flag: { address: virtAddr(0x1020), size: 1, kind: 'object' },
  table: { address: virtAddr(0x1040), size: 40, kind: 'object' },
  errno: { address: virtAddr(0x10), size: 4, kind: 'tls' },
  rbx: { address: virtAddr(0x1030), size: 4, kind: 'object' },
  'ns::limit': { address: virtAddr(0x1034), size: 2, kind: 'object' },
  gone: { address: virtAddr(0x9000), size: 4, kind: 'object' },
};

/** counter -2, total 2^40, flag 7, rbx (a variable of that name) 77, ns::limit 500, table[i] = i. */
export function frame(): Frame {
  const memory = new Uint8Array(MEMORY_SIZE);
  const view = new DataView(memory.buffer);
  view.setInt32(0x10, -2, true);
  view.setBigInt64(0x18, 1n << 40n, true);
  memory[0x20] = 7;
  view.setInt32(0x30, 77, true);
  view.setInt16(0x34, 500, true);
  for (let i = 0; i < 10; i++) view.setInt32(0x40 + 4 * i, i, true);
  const registers = new Map<string, bigint>([
    ['rax', 0xffffffffffffff9cn],
    ['eax', 0xffffff9cn],
    ['al', 0x9cn],
    ['rbx', 3n],
    ['rcx', 0x123456789abcdef0n],
    ['ecx', 0x9abcdef0n],
    ['ch', 0xden],
    ['rsp', 0x1040n],
    ['rbp', 0x1080n],
    ['rip', 0x401140n],
    ['eflags', 0x246n],
    ['cs', 0x33n],
    ['fs_base', 0x7ffff7d8a740n],
    ['xmm0', (1n << 127n) | 5n],
  ]);
  const reads: bigint[] = [];
  const offsetOf = (address: VirtAddr): number => Number(address - MEMORY_BASE);
  const readOnly: EvaluationContext = {
    registers: { dwarf: () => undefined, named: (name) => registers.get(name) },
    memory: {
      read(address, length) {
        reads.push(address);
        const offset = offsetOf(address);
        return offset < 0 || offset >= MEMORY_SIZE ? new Uint8Array(0) : memory.slice(offset, offset + length);
      },
    },
    resolveSymbol: (name) => (Object.hasOwn(SYMBOLS, name) ? SYMBOLS[name] : undefined),
  };
  const write: EvaluationContext['write'] = {
    memory(address, bytes) {
      const offset = offsetOf(address);
      if (offset < 0 || offset + bytes.length > MEMORY_SIZE) return false;
      memory.set(bytes, offset);
      return true;
    },
    register(name, value) {
      if (name === 'cs') return false;
      registers.set(name, value);
      return true;
    },
  };
  return { context: { ...readOnly, write }, readOnly, registers, memory, reads };
}

/** The value of `text`, or the error. */
export function run(text: string, context: EvaluationContext = frame().readOnly): Value | ExpressionError {
  const compiled = compileExpression(text);
  return compiled instanceof ExpressionError ? compiled : evaluate(compiled, context);
}

/** `value type`, or the error with its position. */
export function show(text: string, context?: EvaluationContext): string {
  const result = run(text, context);
  if (result instanceof ExpressionError) return `error at ${result.position}: ${result.message}`;
  return `${formatValue(result, { space: context ?? frame().readOnly })} ${typeName(result.type)}`;
}
