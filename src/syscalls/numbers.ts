/** System call numbers and names of both tables. */
import data from './tables/numbers.json';
import type { Abi } from './model';

interface Table {
  readonly byNumber: readonly (string | undefined)[];
  readonly byName: ReadonlyMap<string, number>;
}

function makeTable(numbers: Readonly<Record<string, number>>): Table {
  const byNumber: (string | undefined)[] = [];
  for (const [name, number] of Object.entries(numbers)) byNumber[number] = name;
  return { byNumber, byName: new Map(Object.entries(numbers)) };
}

const tables: Readonly<Record<Abi, Table>> = { x86_64: makeTable(data.x86_64), i386: makeTable(data.i386) };

/** Set in the numbers of the x32 ABI (asm/unistd.h, __X32_SYSCALL_BIT), which has no table of its own here. */
const X32_BIT = 0x40000000;

/** The name of a call, or undefined when the table ends before it or has a hole there. */
export function nameOf(abi: Abi, number: number): string | undefined {
  return tables[abi].byNumber[number];
}

/** The number of a call by the name the kernel gives it in that table. */
export function numberOf(abi: Abi, name: string): number | undefined {
  return tables[abi].byName.get(name);
}

/** Every name of a table, by ascending number. */
export function namesOf(abi: Abi): readonly string[] {
  return [...tables[abi].byName.keys()];
}

/** One past the highest number of a table. */
export function tableSize(abi: Abi): number {
  return tables[abi].byNumber.length;
}

/**
 * What a number without a name is called: `syscall_0x1f4`, in hexadecimal as strace has it; with the x32 bit set,
 * `syscall_0x40000001`. −1, which says that a tracer skipped the call, is `syscall_0xffffffffffffffff`.
 */
export function unknownName(number: number): string {
  return `syscall_0x${BigInt.asUintN(64, BigInt(number)).toString(16)}`;
}

/** True for a number of the x32 ABI. */
export function isX32(number: number): boolean {
  return number > 0 && (number & X32_BIT) !== 0;
}
