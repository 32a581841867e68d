/** Kinds that calls on files and file systems need. */
import type { DecodedNode } from '../model';
import type { KindFactory } from './compiler';
import { table } from '../constants';
import { combinedNode, enumNode, flagsNode } from './constantkinds';
import { long, readMemory, s32, u32, ulong, type Context, type Kind } from './kind';
import { bytesAt, elementsAt, pathKind, readString } from './memorykinds';
import { uintAt, type MemoryType } from './memorytypes';
import { dateText } from './timekinds';
import { address, array, constant, decimal, expression, hexadecimal, octal, pending, string, struct } from './nodes';

const O_CREAT = 0x40n;
const O_TMPFILE = 0x400000n;

const plain =
  (kind: Kind): KindFactory =>
  () =>
    kind;

/** `O_RDWR|O_CREAT`: the access mode is two bits in front. */
export const openNode = (value: bigint, name?: string): DecodedNode =>
  combinedNode(value, 3n, 'open_access', 'open_flags', name, 'flags');

/** An argument that is only there when a flag of another says so. */
const when =
  (test: (other: bigint) => boolean, show: Kind): KindFactory =>
  ([other], compiler) => {
    const operand = compiler.operand(other!);
    return (value, context, name) => (test(operand(context)) ? show(value, context, name) : undefined);
  };

const creates = (flags: bigint): boolean => (flags & (O_CREAT | O_TMPFILE)) !== 0n;

const isDevice = (mode: bigint): boolean => [0o020000n, 0o060000n].includes(mode & 0o170000n);

function deviceNode(value: bigint, name?: string): DecodedNode {
  const major = ((value >> 8n) & 0xfffn) | ((value >> 32n) & 0xfffff000n);
  const minor = (value & 0xffn) | ((value >> 12n) & 0xffffff00n);
  return expression('makedev', [hexadecimal(major), hexadecimal(minor)], name, value);
}

/** A structure of which the program tells the size: what is beyond ours is not shown, what is missing is not read. */
function sized(value: bigint, size: bigint, type: MemoryType, context: Context, name?: string): DecodedNode {
  const at = ulong(value, context);
  const full = type.size(context.wordSize);
  const length = size < BigInt(full) ? Number(size) : full;
  const bytes = readMemory(context, at, length);
  if (at === 0n || length < 8 || bytes.length < length) return address(at, name);
  const padded = new Uint8Array(full);
  padded.set(bytes);
  const node = type.decode(padded, 0, at, context, name);
  if (node?.type !== 'struct') return address(at, name);
  const shown = node.fields.filter((_, index) => index * 4 < length);
  return { ...node, fields: shown, more: node.more || size > BigInt(full) };
}

/** Directory entries are counted; in verbose mode they are shown. */
function entries(value: bigint, length: bigint, wide: boolean, context: Context, name?: string): DecodedNode {
  const at = ulong(value, context);
  const bytes = readMemory(context, at, Math.min(Number(length < 0n ? 0n : length), 1 << 20));
  const head = wide ? 19 : context.wordSize * 2 + 2;
  const items: DecodedNode[] = [];
  let [count, offset] = [0, 0];
  while (offset + head <= bytes.length) {
    const size = Number(uintAt(bytes, offset + (wide ? 16 : context.wordSize * 2), 2));
    if (size < head) break;
    count++;
    if (context.verbose && items.length < context.arrayLimit) {
      const start = offset + head;
      const end = bytes.indexOf(0, start);
      items.push(
        struct(
          [
            decimal(uintAt(bytes, offset, wide ? 8 : context.wordSize), 'd_ino'),
            string(bytes.slice(start, end < 0 ? offset + size : end), false, 'd_name'),
          ],
          false,
        ),
      );
    }
    offset += size;
  }
  if (context.verbose) return array(items, count > items.length, name, 'dirents', at);
  return { ...address(at, name, 'dirents'), comment: `${count} entr${count === 1 ? 'y' : 'ies'}` };
}

const entryKind =
  (wide: boolean): KindFactory =>
  ([length], compiler) => {
    const count = compiler.operand(length!);
    return (value, context, name) => entries(value, count(context), wide, context, name);
  };

/** The times of utimensat with their dates; two nanosecond counts stand for words. */
const utimens =
  (type: string): KindFactory =>
  (_args, compiler) => {
    const element = compiler.type(type);
    return (value, context, name) => {
      const node = elementsAt(value, 2n, element, context, name);
      return node.type === 'array' ? { ...node, items: node.items.map(timeOfFile) } : node;
    };
  };

function timeOfFile(node: DecodedNode): DecodedNode {
  if (node.type !== 'struct') return node;
  const [seconds, nanoseconds] = node.fields;
  if (nanoseconds?.type === 'constant') return { ...nanoseconds, name: undefined };
  if (seconds?.type !== 'number' || nanoseconds?.type !== 'number') return node;
  const date = dateText(seconds.value, nanoseconds.value);
  return date === undefined ? node : { ...node, comment: date };
}

/** `struct file_handle`: its first field tells how many bytes follow. */
const fileHandle: Kind = (value, context, name) => {
  const at = ulong(value, context);
  const head = readMemory(context, at, 8);
  if (head.length < 8) return address(at, name);
  const size = Number(uintAt(head, 0, 4));
  const fields: DecodedNode[] = [decimal(BigInt(size), 'handle_bytes')];
  if (context.result !== undefined) {
    if (context.failed) {
      const before = context.before;
      return before
        ? { type: 'change', kind: 'handle', before, after: struct(fields, false), bracketed: false }
        : address(at, name);
    }
    fields.push(decimal(s32(uintAt(head, 4, 4)), 'handle_type'));
    const body = readMemory(context, at + 8n, Math.min(size, 128));
    fields.push({ type: 'text', kind: 'bytes', name: 'f_handle', text: `0x${Buffer.from(body).toString('hex')}` });
    return struct(fields, false, name, 'file_handle', at);
  }
  return pending(at, name, struct(fields, false, name));
};

const MS_REMOUNT_BIND_MOVE = 0x20n | 0x1000n | 0x2000n;
const MS_PROPAGATION = 0x20000n | 0x40000n | 0x80000n | 0x100000n;

export const fileKinds: Readonly<Record<string, KindFactory>> = {
  open: plain((value, _context, name) => openNode(u32(value), name)),
  open64: plain((value, _context, name) => openNode(value, name)),
  createmode: when(creates, (value, _context, name) => octal(value & 0xffffn, name)),
  howmode: when(creates, (value, _context, name) => octal(value, name)),
  statxflags: plain((value, _context, name) => combinedNode(u32(value), 0x6000n, 'statx_sync', 'at_flags', name)),
  statsize: ([mode], compiler) => {
    const of = compiler.operand(mode!);
    return (value, context, name) =>
      !context.verbose && isDevice(of(context)) ? undefined : decimal(BigInt.asIntN(64, value), name);
  },
  rdev: ([mode], compiler) => {
    const of = compiler.operand(mode!);
    return (value, context, name) => (isDevice(of(context)) ? deviceNode(value, name) : undefined);
  },
  filemodearg: plain((value, _context, name) => {
    const mode = value & 0xffffn;
    const known = table('file_type').byValue.get(mode & 0o170000n);
    if (known === undefined) return octal(mode, name);
    const bits = mode & 0o7777n;
    const special = flagsNode(bits & 0o7000n, 'mode_bits');
    return constant(
      {
        kind: 'mode',
        raw: mode,
        table: 'file_type',
        names: [known, ...special.names],
        rest: bits & 0o777n,
        restBase: 'oct',
      },
      name,
    );
  }),
  devarg: when(isDevice, (value, _context, name) => deviceNode(u32(value), name)),
  dirents: entryKind(false),
  dirents64: entryKind(true),
  utimens: utimens('timespec'),
  utimens64: utimens('timespec64'),
  slong: plain((value, context, name) => decimal(ulong(value, context), name)),
  sized: ([type, size], compiler) => {
    const [pointed, length] = [compiler.type(type!), compiler.operand(size!)];
    return (value, context, name) => sized(value, length(context), pointed, context, name);
  },
  xattr: ([length], compiler) => {
    const count = compiler.operand(length!);
    return (value, context, name) => bytesAt(value, count(context), context, name);
  },
  xattrout: ([length], compiler) => {
    const count = compiler.operand(length!);
    const size = compiler.operand({ name: 'size', args: [] });
    // With a size of 0 the kernel only tells how much room it takes.
    return (value, context, name) =>
      size(context) === 0n ? address(ulong(value, context), name) : bytesAt(value, count(context), context, name);
  },
  /** Two descriptors that pipe and socketpair return. */
  fdpair: (_args, compiler) => {
    const element = compiler.type('s32/fd');
    return (value, context, name) => elementsAt(value, 2n, element, context, name);
  },
  cstr: plain((value, context, name) => {
    const found = readString(context, ulong(value, context), 4096);
    return found ? string(found.bytes, !found.terminated, name, 'path', value) : address(ulong(value, context), name);
  }),
  filehandle: plain(fileHandle),
  /** What a mount does decides which of its arguments are looked at. */
  mountsource: plain(pathKind),
  mounttype: ([flags], compiler) => {
    const of = compiler.operand(flags!);
    return (value, context, name) =>
      (of(context) & (MS_REMOUNT_BIND_MOVE | MS_PROPAGATION)) !== 0n
        ? address(ulong(value, context), name)
        : pathKind(value, context, name);
  },
  mountdata: ([flags], compiler) => {
    const of = compiler.operand(flags!);
    const str = compiler.kind('str');
    return (value, context, name) =>
      (of(context) & (0x1000n | 0x2000n | MS_PROPAGATION)) !== 0n
        ? address(ulong(value, context), name)
        : str(value, context, name);
  },
  /** Programs of before Linux 2.4 put a magic number into the upper half. */
  mountflags: plain((value, context, name) => {
    const flags = ulong(value, context);
    if ((flags & 0xffff0000n) !== 0xc0ed0000n) return flagsNode(flags, 'mount_flags', name);
    const node = flagsNode(flags & ~0xffff0000n, 'mount_flags', name);
    const names = ['MS_MGC_VAL', ...(flags === 0xc0ed0000n ? [] : node.names)];
    return constant(
      {
        kind: 'flags',
        raw: value,
        table: 'mount_flags',
        names,
        ...(node.rest ? { rest: node.rest, restBase: 'hex' as const } : {}),
      },
      name,
    );
  }),
  swapflags: plain((value, _context, name) => {
    const flags = flagsNode(u32(value) & ~0x7fffn, 'swap_flags', name);
    const priority = value & 0x7fffn;
    return (value & 0x8000n) === 0n
      ? flags
      : {
          ...flags,
          names: [...flags.names, ...(flags.rest ? [`0x${flags.rest.toString(16)}`] : []), String(priority)],
          rest: undefined,
        };
  }),
  quotacmd: plain((value, _context, name) => {
    const command = u32(value);
    return expression(
      'QCMD',
      [enumNode(command >> 8n, 'quota_cmd'), enumNode(command & 0xffn, 'quota_type')],
      name,
      command,
    );
  }),
  quotaid: plain((value, _context, name) => decimal(s32(value), name)),
  fandirfd: plain((value, context, name) => {
    const fd = s32(value);
    if (fd === -1n) return constant({ kind: 'dirfd', raw: value, table: 'at_flags', names: ['FAN_NOFD'] }, name);
    if (fd === -100n) return constant({ kind: 'dirfd', raw: value, table: 'at_flags', names: ['AT_FDCWD'] }, name);
    return decimal(long(value, context), name);
  }),
  memfdname: plain((value, context, name) => {
    const found = readString(context, ulong(value, context), 249);
    return found ? string(found.bytes, !found.terminated, name) : address(ulong(value, context), name);
  }),
  memfdflags: plain((value, _context, name) =>
    hugeFlags(u32(value), 0x3fn << 26n, 'memfd_flags', 'MFD_HUGE_SHIFT', name),
  ),
  llseek: ([high], compiler) => {
    const upper = compiler.operand(high!);
    return (value, context, name) => decimal(BigInt.asIntN(64, (upper(context) << 32n) | u32(value)), name);
  },
};

/** Flags with the logarithm of a page size in the upper bits: `21<<MAP_HUGE_SHIFT`. */
export function hugeFlags(value: bigint, mask: bigint, flagTable: string, shift: string, name?: string): DecodedNode {
  const huge = (value & mask) >> 26n;
  const node = flagsNode(value & ~mask, flagTable, name);
  if (huge === 0n) return node;
  const names = [...node.names];
  if (node.rest !== undefined && node.rest !== 0n) names.push(`0x${node.rest.toString(16)}`);
  return constant({ kind: 'flags', raw: value, table: flagTable, names: [...names, `${huge}<<${shift}`] }, name);
}
