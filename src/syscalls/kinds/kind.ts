/** What a kind is: a function from a register or field to a node, and what it may look at. */
import type { MemoryReader } from '../../common/readers';
import { virtAddr } from '../../common/addresses';
import type { Abi, DecodedNode } from '../model';

export interface Context {
  readonly abi: Abi;
  /** Bytes of a long and of a pointer. */
  readonly wordSize: 4 | 8;
  readonly memory: MemoryReader;
  readonly stringLimit: number;
  readonly arrayLimit: number;
  readonly verbose: boolean;
  readonly describeFd: ((fd: number) => string | undefined) | undefined;
  /** The arguments of the call, or the fields of the structure, that references name. */
  readonly values: readonly bigint[];
  /** What the call returned, signed; undefined at entry. */
  readonly result: bigint | undefined;
  /** The call failed. */
  readonly failed: boolean;
  /** What the argument was at entry, for arguments that the kernel reads and writes. */
  readonly before?: DecodedNode;
  /** How deep in structures that point to structures we are; bounds what hostile memory can make us do. */
  readonly depth: number;
}

/** Undefined: the call does not take this argument. */
export type Kind = (value: bigint, context: Context, name?: string) => DecodedNode | undefined;

/** A number that another argument, the result or a constant gives. */
export type Operand = (context: Context) => bigint;

/** A parsed kind: `array(iovec, vlen)`. */
export interface KindExpression {
  readonly name: string;
  readonly args: readonly KindExpression[];
}

/** Reads memory of the traced process at an address of any width; empty for NULL and what is not mapped. */
export function readMemory(context: Context, address: bigint, length: number): Uint8Array {
  if (address === 0n || length <= 0) return new Uint8Array(0);
  return context.memory.read(virtAddr(address), length);
}

export const u32 = (value: bigint): bigint => BigInt.asUintN(32, value);
export const s32 = (value: bigint): bigint => BigInt.asIntN(32, value);
export const s64 = (value: bigint): bigint => BigInt.asIntN(64, value);
/** A C `long`. */
export const long = (value: bigint, context: Context): bigint => BigInt.asIntN(context.wordSize * 8, value);
/** A C `unsigned long`. */
export const ulong = (value: bigint, context: Context): bigint => BigInt.asUintN(context.wordSize * 8, value);
