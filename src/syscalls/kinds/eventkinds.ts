/** Kinds of events and of System V IPC: poll, select, epoll, keys and flags. */
import type { DecodedNode } from '../model';
import { table } from '../constants';
import type { KindFactory } from './compiler';
import { enumNode, flagsNode } from './constantkinds';
import { readMemory, s32, u32, ulong, type Context, type Kind } from './kind';
import { hugeFlags } from './filekinds';
import { uintAt } from './memorytypes';
import { address, array, constant, decimal, hexadecimal, octal, struct } from './nodes';

const plain =
  (kind: Kind): KindFactory =>
  () =>
    kind;

/** Descriptors of an fd_set below `count`: `[3 5]`. */
export function fdSetMembers(at: bigint, count: number, context: Context): string[] | undefined {
  const limit = Math.min(Math.max(count, 0), 65536);
  const word = context.wordSize;
  const bytes = readMemory(context, at, Math.ceil(limit / (word * 8)) * word);
  if (bytes.length < Math.ceil(limit / 8)) return undefined;
  const members: string[] = [];
  for (let fd = 0; fd < limit; fd++) {
    if ((bytes[fd >> 3]! >> (fd & 7)) & 1) {
      const target = context.describeFd?.(fd);
      members.push(target === undefined ? String(fd) : `${fd}<${target}>`);
    }
  }
  return members;
}

const fdSet: KindFactory = ([n], compiler) => {
  const count = compiler.operand(n!);
  return (value, context, name) => {
    const at = ulong(value, context);
    if (at === 0n) return address(at, name);
    const number = Number(s32(count(context)));
    const members = number < 0 ? undefined : fdSetMembers(at, number, context);
    if (!members) return address(at, name);
    return { type: 'set', kind: 'fdset', members, inverted: false, raw: at, ...(name === undefined ? {} : { name }) };
  };
};

/** struct epoll_event, packed: events, and data that is shown as its two halves. */
function epollFields(bytes: Uint8Array, offset: number): DecodedNode[] {
  const data = uintAt(bytes, offset + 4, 8);
  return [
    flagsNode(uintAt(bytes, offset, 4), 'epoll_events', 'events'),
    struct([decimal(data & 0xffffffffn, 'u32'), decimal(data, 'u64')], false, 'data'),
  ];
}

const EPOLL_CTL_DEL = 2n;

export const eventKinds: Readonly<Record<string, KindFactory>> = {
  fdset: fdSet,
  pollevents: plain((value, _context, name) => flagsNode(value & 0xffffn, 'poll_events', name)),
  epollevent: ([op], compiler) => {
    const of = compiler.operand(op!);
    return (value, context, name) => {
      const at = ulong(value, context);
      const bytes = readMemory(context, at, 12);
      if (at === 0n || u32(of(context)) === EPOLL_CTL_DEL || bytes.length < 12) return address(at, name);
      return struct(epollFields(bytes, 0), false, name, 'epoll_event', at);
    };
  },
  epollevents: ([length], compiler) => {
    const count = compiler.operand(length!);
    return (value, context, name) => {
      const at = ulong(value, context);
      const total = Number(count(context));
      if (total <= 0) return array([], false, name, 'array', at);
      const shown = Math.min(total, context.arrayLimit);
      const bytes = readMemory(context, at, shown * 12);
      if (at === 0n || bytes.length < shown * 12) return address(at, name);
      const items = Array.from({ length: shown }, (_, index) => struct(epollFields(bytes, index * 12), false));
      return array(items, total > shown, name, 'array', at);
    };
  },
  /** pselect6 packs the signal mask and its size into a structure. */
  pselectsig: (_args, compiler) => {
    const size = compiler.within(['_size']).operand({ name: '_size', args: [] });
    const mask = compiler.within(['_size']).kind('sigset(_size)');
    return (value, context, name) => {
      const at = ulong(value, context);
      const word = context.wordSize;
      const bytes = readMemory(context, at, word * 2);
      if (at === 0n || bytes.length < word * 2) return address(at, name);
      const within: Context = { ...context, values: [uintAt(bytes, word, word)] };
      const set = mask(uintAt(bytes, 0, word), within, 'sigmask');
      return struct([...(set ? [set] : []), decimal(size(within), 'sigsetsize')], false, name, 'sigset_argpack', at);
    };
  },
  ipckey: plain((value, _context, name) => {
    const key = u32(value);
    if (key === 0n) return constant({ kind: 'enum', raw: key, table: 'ipc_flags', names: ['IPC_PRIVATE'] }, name);
    return hexadecimal(key, name);
  }),
  ipcflags: plain((value, _context, name) => ipcFlags(u32(value), 'ipc_flags', name)),
  shmgetflags: plain((value, _context, name) => {
    const flags = u32(value);
    const huge = (flags & 0x800n) === 0n ? 0n : 0x3fn << 26n;
    const node = hugeFlags(flags & ~0o777n, huge, 'shm_flags', 'SHM_HUGE_SHIFT', name);
    return node.type === 'constant' ? withMode(node.names, node.rest ?? 0n, flags, 'shm_flags', name) : node;
  }),
  ipccmd: ([tableName]) => {
    const commands = tableName!.name;
    return (value, _context, name) => {
      const command = u32(value);
      const plainCommand = command & ~0x100n;
      const node = enumNode(plainCommand, commands, name);
      if ((command & 0x100n) === 0n) return node;
      const known = table(commands).byValue.get(plainCommand);
      return known === undefined
        ? constant(
            {
              kind: 'enum',
              raw: value,
              table: commands,
              names: ['IPC_64'],
              rest: plainCommand,
              restBase: 'hex',
              ...(node.comment === undefined ? {} : { comment: node.comment }),
            },
            name,
          )
        : constant({ kind: 'enum', raw: value, table: commands, names: ['IPC_64', known] }, name);
    };
  },
  createattr: ([flags], compiler) => {
    const of = compiler.operand(flags!);
    const attributes = compiler.kind('p(mq_attr)');
    return (value, context, name) => ((of(context) & 0x40n) === 0n ? undefined : attributes(value, context, name));
  },
};

/** Flags above the permission bits, which are octal: `IPC_CREAT|0600`. */
function ipcFlags(value: bigint, tableName: string, name?: string): DecodedNode {
  const node = flagsNode(value & ~0o777n, tableName);
  return withMode(node.names, node.rest ?? 0n, value, tableName, name);
}

function withMode(
  names: readonly string[],
  rest: bigint,
  value: bigint,
  tableName: string,
  name?: string,
): DecodedNode {
  if (names.length === 0 && rest === 0n) return octal(value & 0o777n, name);
  const all = rest === 0n ? [...names] : [...names, `0x${rest.toString(16)}`];
  return constant(
    { kind: 'flags', raw: value, table: tableName, names: all, rest: value & 0o777n, restBase: 'oct' },
    name,
  );
}
