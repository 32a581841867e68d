/** Kinds of results: how the value is shown, and what stands behind it in parentheses. */
import type { DecodedNode } from '../model';
import { enumNode, flagsNode } from './constantkinds';
import type { Compiler } from './compiler';
import { parseKind } from './compiler';
import { fdSetMembers } from './eventkinds';
import { openNode } from './filekinds';
import { formatNode } from '../formatnode';
import { readMemory, s32, ulong, type Context, type KindExpression } from './kind';
import { pointee } from './memorykinds';
import { uintAt } from './memorytypes';
import { address, decimal, hexadecimal, octal } from './nodes';
import { personalityNode, processKinds } from './processkinds';
import { signalName } from './signalkinds';

export interface ResultParts {
  readonly node?: DecodedNode;
  readonly note?: string;
}

/** Only asked when the call succeeded. */
export type ResultKind = (value: bigint, context: Context) => ResultParts;

type Factory = (args: readonly KindExpression[], compiler: Compiler) => ResultKind;

const F_GETFD = 1;
const F_GETFL = 3;

/** Commands that return a descriptor: F_DUPFD, F_DUPFD_CLOEXEC. */
const duplicates = new Set([0, 1030]);

/** `left {tv_sec=1, tv_nsec=0}`: what the kernel left of a timeout. */
function remainder(type: KindExpression, timeout: KindExpression, compiler: Compiler): (context: Context) => string[] {
  const [pointed, pointer] = [compiler.type(type), compiler.operand(timeout)];
  return (context) => {
    const at = ulong(pointer(context), context);
    const node = pointee(at, pointed, context);
    return node.type === 'address' ? [] : [`left ${formatNode(node)}`];
  };
}

const factories: Readonly<Record<string, Factory>> = {
  hexresult: () => (value, context) => ({ node: value === 0n ? hexadecimal(0n) : address(ulong(value, context)) }),
  octalmode: () => (value) => ({ node: octal(value) }),
  fcntlresult: ([cmd], compiler) => {
    const command = compiler.operand(cmd!);
    const fd = compiler.kind('fd');
    return (value, context) => {
      const which = Number(command(context));
      if (which === F_GETFD) {
        return {
          node: hexadecimal(value),
          ...(value === 0n ? {} : { note: `flags ${formatNode(flagsNode(value, 'fd_flags'))}` }),
        };
      }
      if (which === F_GETFL) return { node: hexadecimal(value), note: `flags ${formatNode(openNode(value))}` };
      if (which === 1034) return { node: hexadecimal(value), note: `seals ${formatNode(flagsNode(value, 'seals'))}` };
      if (duplicates.has(which)) return { node: fd(value, context)! };
      if (which === 1025) return { node: hexadecimal(value), note: formatNode(enumNode(value, 'lock_type')) };
      return { node: decimal(s32(value)) };
    };
  },
  /** `poll` lists who has something to tell. */
  pollresult: ([fds, count, type, timeout], compiler) => {
    const left = type && timeout ? remainder(type, timeout, compiler) : () => [];
    const [pointer, total] = [compiler.operand(fds!), compiler.operand(count!)];
    return (value, context) => {
      const node = decimal(s32(value));
      if (value === 0n) return { node, note: 'Timeout' };
      const size = Math.min(Number(total(context)), 65536) * 8;
      const bytes = readMemory(context, ulong(pointer(context), context), size);
      const parts: string[] = [];
      let found = 0;
      for (let at = 0; at + 8 <= bytes.length && found < Number(value); at += 8) {
        const revents = uintAt(bytes, at + 6, 2);
        if (revents === 0n) continue;
        found++;
        if (parts.length >= context.arrayLimit) {
          parts.push('...');
          break;
        }
        const fd = Number(s32(uintAt(bytes, at, 4)));
        const target = context.describeFd?.(fd);
        const shown = target === undefined ? String(fd) : `${fd}<${target}>`;
        parts.push(`{fd=${shown}, revents=${formatNode(flagsNode(revents, 'poll_events'))}}`);
      }
      return { node, note: [`[${parts.join(', ')}]`, ...left(context)].join(', ') };
    };
  },
  selectresult: ([type, timeout, ...args], compiler) => {
    const left = remainder(type!, timeout!, compiler);
    const [n, ...sets] = args.map((arg) => compiler.operand(arg));
    return (value, context) => {
      const node = decimal(s32(value));
      if (value === 0n) return { node, note: 'Timeout' };
      const notes: string[] = [];
      for (const [index, set] of sets.entries()) {
        const at = ulong(set(context), context);
        const members = at === 0n ? [] : fdSetMembers(at, Number(s32(n!(context))), context);
        if (members && members.length > 0) notes.push(`${['in', 'out', 'except'][index]!} [${members.join(' ')}]`);
      }
      notes.push(...left(context));
      return { node, ...(notes.length > 0 ? { note: notes.join(', ') } : {}) };
    };
  },
  sigresult: () => (value) => ({ node: decimal(s32(value)), note: signalName(Number(value)) }),
  schedresult: () => (value) => ({
    node: decimal(s32(value)),
    note: formatNode(enumNode(value & 0xffn, 'sched_policy')),
  }),
  personalityresult: () => (value) => ({ node: hexadecimal(value), note: formatNode(personalityNode(value)) }),
  adjtimexresult: () => (value) => ({ node: decimal(s32(value)), note: formatNode(enumNode(value, 'adjtimex_state')) }),
  ioprioresult: (_args, compiler) => {
    const shown = processKinds['ioprio']!([], compiler);
    return (value, context) => ({ node: hexadecimal(value), note: formatNode(shown(value, context)!) });
  },
  timeresult: () => (value) => {
    const date = new Date(Number(value) * 1000);
    const note = Number.isNaN(date.getTime()) ? {} : { note: date.toISOString().replace(/\.\d+Z$/, '+0000') };
    return { node: decimal(value), ...note };
  },
  membarrierresult: ([cmd], compiler) => {
    const command = compiler.operand(cmd!);
    return (value, context) =>
      command(context) === 0n
        ? { node: hexadecimal(value), note: formatNode(flagsNode(value, 'membarrier_cmd')) }
        : { node: decimal(s32(value)) };
  },
  landlockresult: ([flags], compiler) => {
    const of = compiler.operand(flags!);
    const fd = compiler.kind('fd');
    return (value, context) => (of(context) === 0n ? { node: fd(value, context)! } : { node: decimal(s32(value)) });
  },
  bpfresult: ([cmd], compiler) => {
    const command = compiler.operand(cmd!);
    const fd = compiler.kind('fd');
    const makers = new Set([0n, 5n, 7n, 13n, 14n, 17n, 18n, 19n, 28n, 30n, 32n, 33n]);
    return (value, context) =>
      makers.has(command(context)) ? { node: fd(value, context)! } : { node: decimal(s32(value)) };
  },
  prctlresult: ([option], compiler) => {
    const of = compiler.operand(option!);
    return (value, context) => {
      const which = Number(of(context));
      if (which === 3)
        return {
          node: decimal(s32(value)),
          note: ['SUID_DUMP_DISABLE', 'SUID_DUMP_USER', 'SUID_DUMP_ROOT'][Number(value)] ?? 'SUID_DUMP_???',
        };
      if (which === 27)
        return {
          node: hexadecimal(value),
          ...(value === 0n ? {} : { note: formatNode(flagsNode(value, 'securebits')) }),
        };
      return { node: decimal(s32(value)) };
    };
  },
};

/** The kind of a result as the table spells it; kinds of arguments serve as well. */
export function resultKind(source: string, compiler: Compiler): ResultKind {
  const expression = parseKind(source);
  const factory = Object.hasOwn(factories, expression.name) ? factories[expression.name] : undefined;
  if (factory) return factory(expression.args, compiler);
  const kind = compiler.kind(expression);
  return (value, context) => {
    const node = kind(value, context);
    return node ? { node } : {};
  };
}
