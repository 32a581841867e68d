/** Kinds of times and clocks. */
import type { DecodedNode } from '../model';
import type { KindFactory } from './compiler';
import { enumNode } from './constantkinds';
import { s32, u32, ulong, type Kind } from './kind';
import { pointee } from './memorykinds';
import { address, constant, decimal, expression, pending, text } from './nodes';

const plain =
  (kind: Kind): KindFactory =>
  () =>
    kind;

const UTIME_NOW = 0x3fffffffn;
const UTIME_OMIT = 0x3ffffffen;

/** `2023-11-14T22:13:20+0000`, in UTC so that a log does not depend on who reads it; undefined for 0 and beyond Date. */
export function dateText(seconds: bigint, nanoseconds = 0n): string | undefined {
  const milliseconds = Number(seconds) * 1000;
  if (seconds === 0n || Math.abs(milliseconds) > 8.64e15) return undefined;
  const fraction = nanoseconds === 0n ? '' : `.${nanoseconds.toString().padStart(9, '0')}`;
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, `${fraction}+0000`);
}

function dated(seconds: bigint, name?: string): DecodedNode {
  const comment = dateText(seconds);
  return { ...decimal(seconds, name, 'time'), ...(comment === undefined ? {} : { comment }) };
}

/** A clock id: one of the table, or the CPU clock of a process or thread, or of a descriptor (clock_getcpuclockid(3)). */
function clockNode(value: bigint, name?: string): DecodedNode {
  const id = s32(value);
  if (id >= 0n) return enumNode(u32(value), 'clock', name, 'clock');
  const type = id & 7n;
  if (type === 3n) return expression('FD_TO_CLOCKID', [decimal(~(id >> 3n))], name, value);
  if (type === 7n) return enumNode(u32(value), 'clock', name, 'clock');
  const per = (id & 4n) !== 0n ? 'MAKE_THREAD_CPUCLOCK' : 'MAKE_PROCESS_CPUCLOCK';
  const which = ['CPUCLOCK_PROF', 'CPUCLOCK_VIRT', 'CPUCLOCK_SCHED'][Number(id & 3n)] ?? `${id & 3n}`;
  return expression(per, [decimal(~(id >> 3n)), text(which)], name, value);
}

/** What was left of a sleep: only an interrupted one writes it. */
const remaining =
  (type: string): KindFactory =>
  (_args, compiler) => {
    const pointed = compiler.type(type);
    return (value, context, name) => {
      if (context.result === undefined) return pending(value, name);
      return context.failed ? pointee(value, pointed, context, name) : address(ulong(value, context), name);
    };
  };

export const timeKinds: Readonly<Record<string, KindFactory>> = {
  nsec: plain((value, _context, name) => {
    const number = BigInt.asIntN(64, value);
    const word = number === UTIME_NOW ? 'UTIME_NOW' : number === UTIME_OMIT ? 'UTIME_OMIT' : undefined;
    if (word === undefined) return decimal(number, name);
    return constant({ kind: 'enum', raw: value, table: 'clock', names: [word] }, name);
  }),
  date: plain((value, _context, name) => dated(BigInt.asIntN(64, value), name)),
  clockid: plain((value, _context, name) => clockNode(value, name)),
  remaining: remaining('timespec'),
  remaining64: remaining('timespec64'),
};
