/** From registers and memory to a `DecodedCall`: at entry what the program passes, at exit what the kernel returned. */
import type { MemoryReader } from '../common/readers';
import { describeErrno, maxErrno } from './errno';
import type { Context } from './kinds/kind';
import { address } from './kinds/nodes';
import type { Abi, DecodedCall, DecodedNode, DecodedResult, DecodeOptions, RawArguments, SyscallReturn } from './model';
import { unpack } from './multiplex';
import { nameOf, unknownName } from './numbers';
import { compiledSpec, type CompiledSpec } from './specs';

const DEFAULT_LIMIT = 32;

interface Base {
  readonly abi: Abi;
  readonly values: readonly bigint[];
}

function contextOf({ abi, values }: Base, memory: MemoryReader, options: DecodeOptions): Context {
  const stringLimit = options.stringLimit ?? DEFAULT_LIMIT;
  return {
    abi,
    wordSize: abi === 'i386' ? 4 : 8,
    memory,
    stringLimit,
    arrayLimit: options.arrayLimit ?? stringLimit,
    verbose: options.verbose ?? false,
    describeFd: options.describeFd,
    values,
    result: undefined,
    failed: false,
    depth: 0,
  };
}

/** The values of a specification's arguments: one register each, two of what is wide. */
function valuesOf({ args }: CompiledSpec, raw: RawArguments): bigint[] {
  return args.map(({ register, wide }) => {
    const low = raw[register] ?? 0n;
    return wide ? low | ((raw[register + 1] ?? 0n) << 32n) : low;
  });
}

/**
 * Decodes a call that is about to go in. `args` are the six registers, of which the upper halves are ignored for i386.
 * Arguments that the kernel will write are `pending`. Never throws: what cannot be read stays an address.
 */
export function decodeEntry(
  abi: Abi,
  number: number,
  args: RawArguments,
  memory: MemoryReader,
  options: DecodeOptions = {},
): DecodedCall {
  const raw = args.map((value) => BigInt.asUintN(abi === 'i386' ? 32 : 64, value));
  const known = nameOf(abi, number);
  const carried = abi === 'i386' && known !== undefined ? unpack(known, raw, memory) : undefined;
  const spec = compiledSpec(abi, carried?.name ?? known ?? unknownName(number));
  const values = valuesOf(spec, carried?.args ?? raw);
  const context = contextOf({ abi, values }, memory, options);
  const nodes: DecodedNode[] = [];
  for (const [index, { name, direction, decode }] of spec.args.entries()) {
    const value = values[index]!;
    if (direction === 'out') {
      nodes.push({ type: 'pending', kind: 'pending', name, raw: value });
      continue;
    }
    // Kinds of what the kernel reads and writes answer with `pending` where there is more to come.
    const node = decode(value, context, name);
    if (node) nodes.push(node);
  }
  return {
    abi,
    number,
    name: spec.name,
    known: known !== undefined,
    state: 'entered',
    rawArguments: raw,
    values,
    args: nodes,
  };
}

/** `is_error` of PTRACE_GET_SYSCALL_INFO for kernels that do not have it: the error range of rax. */
export function returnOf(value: bigint): SyscallReturn {
  const signed = BigInt.asIntN(64, value);
  return { value: signed, isError: signed < 0n && signed >= -BigInt(maxErrno) };
}

function resultOf(spec: CompiledSpec, { value, isError }: SyscallReturn, context: Context): DecodedResult {
  if (isError) return { value, errno: describeErrno(Number(-value)) };
  return { value, ...spec.decodeResult?.(BigInt.asUintN(64, value), context) };
}

/**
 * Decodes what a call returned and what the kernel wrote for it. `call` is what `decodeEntry` made; its decoded
 * arguments are kept, pending ones are read now.
 */
export function decodeExit(
  call: DecodedCall,
  returned: SyscallReturn,
  memory: MemoryReader,
  options: DecodeOptions = {},
): DecodedCall {
  const spec = compiledSpec(call.abi, call.name);
  const value = call.abi === 'i386' ? BigInt.asIntN(32, returned.value) : returned.value;
  const context: Context = { ...contextOf(call, memory, options), result: value, failed: returned.isError };
  const args = call.args.map((node) => {
    if (node.type !== 'pending') return node;
    const argument = spec.args.find(({ name }) => name === node.name);
    const raw = node.raw ?? 0n;
    const unreadable = node.before ?? address(raw, node.name);
    // What the kernel only writes is garbage after a failure; what it reads as well tells what was asked for.
    if (!argument || (returned.isError && argument.direction === 'out')) return unreadable;
    return argument.decode(raw, node.before ? { ...context, before: node.before } : context, node.name) ?? unreadable;
  });
  return { ...call, state: 'returned', args, result: resultOf(spec, { value, isError: returned.isError }, context) };
}

/** A call that will not return: the thread ended or executed something meanwhile. Pending arguments are addresses. */
export function decodeUnreturned(call: DecodedCall): DecodedCall {
  const args = call.args.map((node) =>
    node.type === 'pending' ? (node.before ?? address(node.raw ?? 0n, node.name)) : node,
  );
  return { ...call, state: 'ended', args };
}
