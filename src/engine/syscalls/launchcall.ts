/** What a program finds on its stack when it begins (System V psABI x86-64, 3.4.1), and the execve that put it there. */
import { offsetBy, type VirtAddr } from '../../common/addresses';
import type { MemoryReader } from '../../common/readers';
import type { DecodedCall, DecodedNode } from '../../syscalls/model';
import { numberOf } from '../../syscalls/numbers';

const WORD = 8;
/** Vectors that are longer are taken as broken. */
const MAX_WORDS = 1 << 20;

/** Entries of the auxiliary vector (<linux/auxvec.h>). */
const AT_NULL = 0n;
const AT_IGNORE = 1n;
const AT_SYSINFO_EHDR = 33n;

/** Elements and bytes that strace shows of an array and of a string. */
const SHOWN = 32;

interface InitialStack {
  readonly environment: VirtAddr;
  readonly variables: number;
  readonly auxiliary: VirtAddr;
}

function wordAt(memory: MemoryReader, address: VirtAddr): bigint | undefined {
  const bytes = memory.read(address, WORD);
  if (bytes.length < WORD) return undefined;
  return new DataView(bytes.buffer, bytes.byteOffset, WORD).getBigUint64(0, true);
}

/** `sp` is the stack pointer before the program's first instruction; undefined when that is no initial stack. */
function initialStack(memory: MemoryReader, sp: VirtAddr): InitialStack | undefined {
  const count = wordAt(memory, sp);
  if (count === undefined || count > BigInt(MAX_WORDS)) return undefined;
  const environment = offsetBy(sp, WORD * (Number(count) + 2));
  for (let variables = 0; variables < MAX_WORDS; variables++) {
    const entry = wordAt(memory, offsetBy(environment, WORD * variables));
    if (entry === undefined) return undefined;
    if (entry === 0n) return { environment, variables, auxiliary: offsetBy(environment, WORD * (variables + 1)) };
  }
  return undefined;
}

/** The execve that a launched program comes from, as the tracer would have seen it. */
export function launchCall(memory: MemoryReader, sp: VirtAddr, program: string, argv: readonly string[]): DecodedCall {
  const stack = initialStack(memory, sp);
  const text = `0x${(stack?.environment ?? 0n).toString(16)} /* ${stack?.variables ?? 0} var${stack?.variables === 1 ? '' : 's'} */`;
  const items = argv.slice(0, SHOWN).map((argument) => stringNode(argument, 'string'));
  return {
    abi: 'x86_64',
    number: numberOf('x86_64', 'execve') ?? 0,
    name: 'execve',
    known: true,
    state: 'returned',
    rawArguments: [],
    values: [],
    args: [
      { ...stringNode(program, 'path', Infinity), name: 'filename' },
      { type: 'array', kind: 'array', name: 'argv', items, more: argv.length > SHOWN },
      { type: 'text', kind: 'address', name: 'envp', text },
    ],
    result: { value: 0n },
  };
}

function stringNode(text: string, kind: string, limit = SHOWN): DecodedNode {
  const bytes = Buffer.from(text, 'utf8');
  return { type: 'string', kind, bytes: bytes.subarray(0, limit), truncated: bytes.length > limit };
}

/**
 * Hides the vDSO from a program that has not begun, so that it makes real system calls for what the vDSO answers
 * without one (vdso(7)). Returns false when it has none.
 */
export function hideVdso(
  memory: MemoryReader & { write(address: VirtAddr, bytes: Uint8Array): unknown },
  sp: VirtAddr,
): boolean {
  const stack = initialStack(memory, sp);
  if (!stack) return false;
  for (let i = 0; i < MAX_WORDS; i++) {
    const at = offsetBy(stack.auxiliary, 2 * WORD * i);
    const type = wordAt(memory, at);
    if (type === undefined || type === AT_NULL) return false;
    if (type !== AT_SYSINFO_EHDR) continue;
    const bytes = Buffer.alloc(WORD);
    bytes.writeBigUInt64LE(AT_IGNORE);
    memory.write(at, bytes);
    return true;
  }
  return false;
}
