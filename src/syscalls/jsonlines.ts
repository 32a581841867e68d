/** JSON Lines: one object a call or signal, for programs that read logs. */
import { formatNode } from './formatnode';
import type { DecodedCall, DecodedNode } from './model';

/** What is known of a call beside what was decoded. */
export interface LogContext {
  readonly tid: number;
  /** Seconds since the epoch at entry. */
  readonly time?: number;
  /** Seconds the call took. */
  readonly duration?: number;
}

/** JSON has no 64-bit integers: what a double cannot hold is written as a hexadecimal string. */
function number(value: bigint): number | string {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(value)
    : `0x${BigInt.asUintN(64, value).toString(16)}`;
}

/** A value as JSON: numbers, strings, objects and arrays; constants as their text. */
function valueOf(node: DecodedNode): unknown {
  switch (node.type) {
    case 'number':
      return number(node.value);
    case 'address':
      return node.value === 0n ? null : `0x${node.value.toString(16)}`;
    case 'string':
      return Buffer.from(node.bytes).toString('utf8');
    case 'fd':
      return node.target === undefined ? node.value : { fd: node.value, target: node.target };
    case 'struct':
      return Object.fromEntries(node.fields.map((field, index) => [field.name ?? String(index), valueOf(field)]));
    case 'array':
      return node.items.map(valueOf);
    case 'set':
      return node.inverted ? { not: node.members } : node.members;
    case 'change':
      return { before: valueOf(node.before), after: valueOf(node.after) };
    case 'pending':
      return node.before ? valueOf(node.before) : null;
    case 'constant':
    case 'expression':
    case 'text':
      return formatNode(node);
  }
}

/** One line, without the newline. Strings that are no UTF-8 have U+FFFD in place of what is not. */
export function callToJson(call: DecodedCall, { tid, time, duration }: LogContext): string {
  const { result } = call;
  return JSON.stringify({
    type: 'syscall',
    tid,
    ...(time === undefined ? {} : { time }),
    abi: call.abi,
    nr: call.number,
    name: call.name,
    args: Object.fromEntries(call.args.map((node, index) => [node.name ?? String(index), valueOf(node)])),
    ...(result ? { ret: result.errno ? -1 : number(result.value) } : { state: call.state }),
    ...(result?.errno ? { errno: result.errno.name } : {}),
    ...(duration === undefined ? {} : { duration }),
  });
}

/** A signal; `info` is what `siginfoNode` made. */
export function signalToJson(name: string, info: DecodedNode | undefined, { tid, time }: LogContext): string {
  return JSON.stringify({
    type: 'signal',
    tid,
    ...(time === undefined ? {} : { time }),
    signal: name,
    ...(info ? { info: valueOf(info) } : {}),
  });
}
