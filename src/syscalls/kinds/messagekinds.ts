/** Kinds of I/O vectors and messages: readv, sendmsg, recvmmsg. */
import type { DecodedNode } from '../model';
import type { KindFactory } from './compiler';
import { enumNode, flagsNode } from './constantkinds';
import { readMemory, s32, u32, ulong, type Context, type Kind } from './kind';
import { bytesAt, elementsAt } from './memorykinds';
import { uintAt } from './memorytypes';
import { address, array, decimal, pending, string, struct } from './nodes';
import { sockaddrNode } from './socketkinds';

/** More vectors than the kernel takes (UIO_MAXIOV). */
const MAX_VECTORS = 1024n;

/**
 * Vectors with what lies behind them; `available` bytes of it count, in order: what a read filled. Undefined shows
 * addresses only.
 */
function vectors(
  value: bigint,
  count: bigint,
  available: bigint | undefined,
  context: Context,
  name?: string,
): DecodedNode {
  const at = ulong(value, context);
  const word = context.wordSize;
  if (at === 0n) return address(at, name);
  if (count <= 0n) return array([], false, name, 'array', at);
  if (count > MAX_VECTORS) return address(at, name);
  const shown = Math.min(Number(count), context.arrayLimit);
  const bytes = readMemory(context, at, shown * word * 2);
  const whole = Math.floor(bytes.length / (word * 2));
  if (whole === 0) return address(at, name);
  let left = available;
  const items: DecodedNode[] = [];
  for (let i = 0; i < whole; i++) {
    const base = uintAt(bytes, i * word * 2, word);
    const size = uintAt(bytes, i * word * 2 + word, word);
    const used = left === undefined || left > size ? size : left;
    if (left !== undefined) left -= used;
    const shownBase = available === undefined ? address(base, 'iov_base') : bytesAt(base, used, context, 'iov_base');
    items.push(struct([shownBase, decimal(size, 'iov_len')], false, undefined, 'iovec'));
  }
  const made = array(items, Number(count) > shown, name, 'array', at);
  return whole < shown ? { ...made, unreadable: at + BigInt(whole * word * 2) } : made;
}

const everything = (1n << 64n) - 1n;

/** Rights and credentials that travel with a message (cmsg(3)). */
function controlNode(value: bigint, length: bigint, context: Context): DecodedNode[] {
  const word = context.wordSize;
  const bytes = readMemory(context, value, Math.min(Number(length), 4096));
  if (value === 0n || length === 0n) return [];
  if (bytes.length < Math.min(Number(length), 4096)) return [address(value, 'msg_control')];
  const head = word + 8;
  const items: DecodedNode[] = [];
  for (let offset = 0; offset + head <= bytes.length;) {
    const size = Number(uintAt(bytes, offset, word));
    if (size < head || size > bytes.length - offset) break;
    const [level, type] = [uintAt(bytes, offset + word, 4), uintAt(bytes, offset + word + 4, 4)];
    const data = bytes.subarray(offset + head, offset + size);
    const fields: DecodedNode[] = [
      decimal(BigInt(size), 'cmsg_len'),
      enumNode(level, 'socket_level', 'cmsg_level'),
      level === 1n
        ? enumNode(type, 'scm_type', 'cmsg_type')
        : { ...enumNode(type, 'scm_type', 'cmsg_type'), names: [], rest: type, restBase: 'hex' as const },
    ];
    if (data.length > 0) fields.push(controlData(level, type, data, context));
    items.push(struct(fields, false));
    offset += Math.ceil(size / word) * word;
  }
  return [array(items, false, 'msg_control')];
}

function controlData(level: bigint, type: bigint, data: Uint8Array, context: Context): DecodedNode {
  if (level === 1n && type === 1n) {
    const fds = Array.from({ length: Math.floor(data.length / 4) }, (_, index): DecodedNode => {
      const fd = Number(s32(uintAt(data, index * 4, 4)));
      const target = context.describeFd?.(fd);
      return {
        type: 'fd',
        kind: 'fd',
        raw: BigInt.asUintN(32, BigInt(fd)),
        value: fd,
        ...(target === undefined ? {} : { target }),
      };
    });
    return array(fds, false, 'cmsg_data');
  }
  if (level === 1n && type === 2n && data.length >= 12) {
    const [pid, uid, gid] = [0, 4, 8].map((offset) => s32(uintAt(data, offset, 4)));
    return struct([decimal(pid!, 'pid'), decimal(uid!, 'uid'), decimal(gid!, 'gid')], false, 'cmsg_data');
  }
  return string(data.subarray(0, context.stringLimit), data.length > context.stringLimit, 'cmsg_data');
}

interface MessageParts {
  /** Bytes that the vectors hold; undefined shows addresses only. */
  readonly available: bigint | undefined;
  /** The length of the name's room at entry, when it was another. */
  readonly room?: bigint | undefined;
}

/** struct msghdr, in the order of its fields. */
function messageFields(bytes: Uint8Array, { available, room }: MessageParts, context: Context): DecodedNode[] {
  const word = context.wordSize;
  const at = (index: number): bigint => uintAt(bytes, index * word, word);
  const nameLength = s32(uintAt(bytes, word, 4));
  const count = at(3);
  const control = at(4);
  const controlLength = at(5);
  const flags = uintAt(bytes, 6 * word, 4);
  const lengthNode = decimal(nameLength, 'msg_namelen');
  const limit = room !== undefined && nameLength > room ? room : nameLength;
  return [
    available === undefined ? address(at(0), 'msg_name') : sockaddrNode(at(0), limit, context, 'msg_name'),
    room !== undefined && room !== nameLength
      ? { type: 'change', kind: 'int', name: 'msg_namelen', before: decimal(room), after: lengthNode, bracketed: false }
      : lengthNode,
    vectors(at(2), count, available, context, 'msg_iov'),
    decimal(count, 'msg_iovlen'),
    ...controlNode(control, controlLength, context),
    decimal(controlLength, 'msg_controllen'),
    flagsNode(flags, 'msg_flags', 'msg_flags'),
  ];
}

const headerSize = (context: Context): number => 7 * context.wordSize;

function roomOf(bytes: Uint8Array, context: Context): bigint {
  return s32(uintAt(bytes, context.wordSize, 4));
}

const sent: Kind = (value, context, name) => {
  const at = ulong(value, context);
  const bytes = readMemory(context, at, headerSize(context));
  if (at === 0n || bytes.length < headerSize(context)) return address(at, name);
  return struct(messageFields(bytes, { available: everything }, context), false, name, 'msghdr', at);
};

/** recvmsg: the room for the sender's address is remembered at entry. */
const received: Kind = (value, context, name) => {
  const at = ulong(value, context);
  const bytes = readMemory(context, at, headerSize(context));
  if (at === 0n || bytes.length < headerSize(context)) return address(at, name);
  const room = decimal(roomOf(bytes, context), 'msg_namelen');
  if (context.result === undefined) return pending(value, name, struct([room], true, name, 'msghdr', at));
  if (context.failed) {
    return struct([address(uintAt(bytes, 0, context.wordSize), 'msg_name'), room], true, name, 'msghdr', at);
  }
  const before = context.before?.type === 'struct' ? context.before.fields[0] : undefined;
  const parts = { available: context.result, room: before?.type === 'number' ? before.value : undefined };
  return struct(messageFields(bytes, parts, context), false, name, 'msghdr', at);
};

/** Several messages; `msg_len` tells how much of each was sent or received. */
const several =
  (out: boolean): KindFactory =>
  ([length], compiler) => {
    const count = compiler.operand(length!);
    return (value, context, name) => {
      const at = ulong(value, context);
      if (context.result === undefined) return pending(value, name);
      if (at === 0n) return address(at, name);
      const total = out ? (context.failed ? 0n : context.result) : u32(count(context));
      if (context.failed && out) return address(at, name);
      const size = Math.ceil((headerSize(context) + 4) / context.wordSize) * context.wordSize;
      const items: DecodedNode[] = [];
      const shown = Math.min(Number(total), context.arrayLimit);
      for (let i = 0; i < shown; i++) {
        const bytes = readMemory(context, at + BigInt(i * size), size);
        if (bytes.length < size) break;
        const done = uintAt(bytes, headerSize(context), 4);
        const header = struct(messageFields(bytes, { available: out ? done : everything }, context), false, 'msg_hdr');
        const counted = out || (context.result ?? 0n) > BigInt(i) ? [decimal(done, 'msg_len')] : [];
        items.push(struct([header, ...counted], false));
      }
      if (items.length === 0 && shown > 0) return address(at, name);
      return array(items, total > BigInt(shown), name, 'array', at);
    };
  };

export const messageKinds: Readonly<Record<string, KindFactory>> = {
  iovin: ([count], compiler) => {
    const of = compiler.operand(count!);
    return (value, context, name) => vectors(value, of(context), everything, context, name);
  },
  /** `iovout(vlen,ret)`: filled with as many bytes as the call returned. */
  iovout: ([count, length], compiler) => {
    const [of, available] = [compiler.operand(count!), compiler.operand(length!)];
    return (value, context, name) => vectors(value, of(context), available(context), context, name);
  },
  iovplain: ([count], compiler) => {
    const of = compiler.operand(count!);
    const type = compiler.type('iovec');
    return (value, context, name) =>
      of(context) > MAX_VECTORS
        ? address(ulong(value, context), name)
        : elementsAt(value, of(context), type, context, name);
  },
  msgin: () => sent,
  msgout: () => received,
  mmsgin: several(false),
  mmsgout: several(true),
  /** A message of a System V queue: its type and its text. */
  msgbuf: ([length], compiler) => {
    const size = compiler.operand(length!);
    return (value, context, name) => {
      const at = ulong(value, context);
      const head = readMemory(context, at, context.wordSize);
      if (at === 0n || head.length < context.wordSize) return address(at, name);
      const type = decimal(BigInt.asIntN(context.wordSize * 8, uintAt(head, 0, context.wordSize)), 'mtype');
      return struct(
        [type, bytesAt(at + BigInt(context.wordSize), size(context), context, 'mtext')],
        false,
        name,
        'msgbuf',
        at,
      );
    };
  },
};
