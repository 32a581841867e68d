/** Kinds of what is in a register itself: numbers, descriptors, modes, ids, constants. */
import { table as constants } from '../constants';
import type { DecodedNode } from '../model';
import type { KindFactory } from './compiler';
import { combinedNode, enumNode, flagsNode } from './constantkinds';
import { long, s32, s64, u32, ulong, type Context, type Kind } from './kind';
import { address, constant, decimal, expression, hexadecimal, octal } from './nodes';

/** Makes a factory from a kind without parameters. */
const plain =
  (kind: Kind): KindFactory =>
  () =>
    kind;

const AT_FDCWD = -100n;

function fdNode(value: bigint, context: Context, name: string | undefined, kind: string): DecodedNode {
  const fd = Number(s32(value));
  const target = fd >= 0 ? context.describeFd?.(fd) : undefined;
  return {
    type: 'fd',
    kind,
    raw: value,
    value: fd,
    ...(name === undefined ? {} : { name }),
    ...(target === undefined ? {} : { target }),
  };
}

/** `makedev(0x8, 0x1)`: major and minor of a 64-bit dev_t as glibc packs them (makedev(3)). */
function deviceNode(value: bigint, name?: string): DecodedNode {
  const major = ((value >> 8n) & 0xfffn) | ((value >> 32n) & 0xfffff000n);
  const minor = (value & 0xffn) | ((value >> 12n) & 0xffffff00n);
  return expression('makedev', [hexadecimal(major), hexadecimal(minor)], name, value);
}

/** A user or group id; all ones mean "leave it as it is". */
const id =
  (bits: 16 | 32): Kind =>
  (value, _context, name) => {
    const number = BigInt.asUintN(bits, value);
    return decimal(number === (1n << BigInt(bits)) - 1n ? -1n : number, name, 'id');
  };

function dirfdNode(value: bigint, context: Context, name?: string): DecodedNode {
  return s32(value) === AT_FDCWD
    ? constant({ kind: 'dirfd', raw: value, table: 'at_flags', names: ['AT_FDCWD'] }, name)
    : fdNode(value, context, name, 'dirfd');
}

/** `S_IFREG|0644`. */
function fileModeNode(value: bigint, name?: string): DecodedNode {
  const type = value & 0o170000n;
  const found = enumNode(type, 'file_type');
  const special = flagsNode(value & 0o7000n, 'mode_bits');
  const names = [...found.names, ...special.names];
  if (type !== 0n && found.names.length === 0) names.push(`0${type.toString(8)}`);
  return constant({ kind: 'mode', raw: value, table: 'file_type', names, rest: value & 0o777n, restBase: 'oct' }, name);
}

/** A mode argument: three octal digits at least. */
const modeNode = (value: bigint, name?: string): DecodedNode => octal(value & 0xffffn, name);

const tableKind =
  (
    show: (value: bigint, table: string, name?: string) => DecodedNode,
    cut: (value: bigint, context: Context) => bigint,
  ): KindFactory =>
  ([table]) => {
    const tableName = constants(table!.name).name;
    return (value, context, name) => show(cut(value, context), tableName, name);
  };

export const basicKinds: Readonly<Record<string, KindFactory>> = {
  int: plain((value, _context, name) => decimal(s32(value), name)),
  uint: plain((value, _context, name) => decimal(u32(value), name)),
  long: plain((value, context, name) => decimal(long(value, context), name, 'long')),
  ulong: plain((value, context, name) => decimal(ulong(value, context), name, 'ulong')),
  s64: plain((value, _context, name) => decimal(s64(value), name, 's64')),
  u64: plain((value, _context, name) => decimal(value, name, 'u64')),
  u16: plain((value, _context, name) => decimal(value & 0xffffn, name)),
  hidden: plain(() => undefined),
  none: plain(() => undefined),
  /** `label(flags,cloneflags)`: printed with a name in front. */
  label: ([words, kind], compiler) => {
    const inner = compiler.kind(kind!);
    return (value, context, name) => {
      const node = inner(value, context, name);
      return node && { ...node, label: words!.name };
    };
  },
  /** `ifbits(flags,0x80000,ptr)`: an argument that is only there when another has one of these bits. */
  ifbits: ([other, mask, kind], compiler) => {
    const [of, inner, bits] = [compiler.operand(other!), compiler.kind(kind!), BigInt(mask!.name)];
    return (value, context, name) => ((of(context) & bits) === 0n ? undefined : inner(value, context, name));
  },
  ifvalue: ([other, wanted, kind], compiler) => {
    const [of, inner, number] = [compiler.operand(other!), compiler.kind(kind!), BigInt(wanted!.name)];
    return (value, context, name) => (u32(of(context)) === number ? inner(value, context, name) : undefined);
  },
  /** `bits(0,1)`: so many bits from a position. */
  bits: ([from, count]) => {
    const [shift, mask] = [BigInt(from!.name), (1n << BigInt(count!.name)) - 1n];
    return (value, _context, name) => decimal((value >> shift) & mask, name);
  },
  /** A number with its name beside it: syslog's actions. */
  senum10: ([tableName]) => {
    return (value, _context, name) => {
      const node = enumNode(s32(value), tableName!.name, name);
      if (node.names.length > 0 || node.comment === undefined)
        return { ...node, names: [s32(value).toString()], comment: node.names[0] ?? node.comment ?? '' };
      return { ...decimal(s32(value), name), comment: node.comment };
    };
  },
  hex: plain((value, context, name) => hexadecimal(ulong(value, context), name)),
  hex32: plain((value, _context, name) => hexadecimal(u32(value), name)),
  hex64: plain((value, _context, name) => hexadecimal(value, name)),
  octal: plain((value, _context, name) => octal(u32(value), name)),
  ptr: plain((value, context, name) => address(ulong(value, context), name)),
  fd: plain((value, context, name) => fdNode(value, context, name, 'fd')),
  dirfd: plain(dirfdNode),
  pid: plain((value, _context, name) => decimal(s32(value), name, 'pid')),
  id: plain(id(32)),
  id16: plain(id(16)),
  dev: plain((value, _context, name) => deviceNode(value, name)),
  dev32: plain((value, _context, name) => deviceNode(u32(value), name)),
  rseqflags: plain((value, _context, name) =>
    u32(value) === 1n ? flagsNode(1n, 'rseq_flags', name) : hexadecimal(u32(value), name),
  ),
  mode: plain((value, _context, name) => modeNode(value, name)),
  filemode: plain((value, _context, name) => fileModeNode(value, name)),
  flags: tableKind(flagsNode, u32),
  flags64: tableKind(flagsNode, ulong),
  enum: tableKind(enumNode, (value) => u32(value)),
  senum: tableKind(enumNode, (value) => s32(value)),
  enum64: tableKind(enumNode, ulong),
  /** `combined(0xf, socket_type, socket_flags)` */
  combined: ([mask, enums, flags]) => {
    const bits = BigInt(mask!.name);
    return (value, _context, name) => combinedNode(u32(value), bits, enums!.name, flags!.name, name);
  },
};
