/** Kinds of sockets: addresses, protocols, options. */
import type { DecodedNode } from '../model';
import { table } from '../constants';
import type { KindFactory } from './compiler';
import { enumNode } from './constantkinds';
import { readMemory, s32, u32, ulong, type Context, type Kind, type Operand } from './kind';
import { bytesAt, pointee } from './memorykinds';
import { uintAt, type MemoryType } from './memorytypes';
import { address, constant, decimal, expression, hexadecimal, pending, string, struct, text } from './nodes';

const plain =
  (kind: Kind): KindFactory =>
  () =>
    kind;

const bigEndian = (bytes: Uint8Array, offset: number, size: number): bigint => {
  let value = 0n;
  for (let i = 0; i < size; i++) value = (value << 8n) | BigInt(bytes[offset + i] ?? 0);
  return value;
};

/** The text form of RFC 5952: the longest run of zeros is `::`, IPv4-mapped ones end in dots. */
function ipv6Text(bytes: Uint8Array): string {
  const dotted = bytes.subarray(12, 16).join('.');
  const zero = (end: number): boolean => bytes.subarray(0, end).every((byte) => byte === 0);
  if (zero(10) && bytes[10] === 255 && bytes[11] === 255) return `::ffff:${dotted}`;
  if (zero(12) && bigEndian(bytes, 12, 4) > 0xffffn) return `::${dotted}`;
  const words = Array.from({ length: 8 }, (_, index) => Number(bigEndian(bytes, index * 2, 2)).toString(16));
  let [best, length] = [-1, 1];
  for (let start = 0; start < 8; start++) {
    let end = start;
    while (end < 8 && words[end] === '0') end++;
    if (end - start > length) [best, length] = [start, end - start];
  }
  if (best < 0) return words.join(':');
  return `${words.slice(0, best).join(':')}::${words.slice(best + length).join(':')}`;
}

const quoted = (words: string): DecodedNode => string(Buffer.from(words), false);

function portNode(bytes: Uint8Array, name: string): DecodedNode {
  return expression('htons', [decimal(bigEndian(bytes, 2, 2))], name, uintAt(bytes, 2, 2));
}

function inetAddress(bytes: Uint8Array, offset: number, name?: string): DecodedNode {
  return expression(
    'inet_addr',
    [quoted(bytes.subarray(offset, offset + 4).join('.'))],
    name,
    uintAt(bytes, offset, 4),
  );
}

function unixFields(bytes: Uint8Array): DecodedNode[] {
  const path = bytes.subarray(2);
  if (path.length === 0) return [];
  const end = path.indexOf(0);
  if (end === 0) {
    // An abstract name: everything behind the first NUL counts.
    const rest = path.subarray(1);
    return [string(rest, false, 'sun_path', 'abstract')];
  }
  return [string(end < 0 ? path : path.subarray(0, end), false, 'sun_path', 'path')];
}

function inet6Fields(bytes: Uint8Array): DecodedNode[] {
  const printable = expression('inet_pton', [
    text('AF_INET6'),
    quoted(ipv6Text(bytes.subarray(8, 24))),
    text('&sin6_addr'),
  ]);
  const fields = [
    portNode(bytes, 'sin6_port'),
    expression('htonl', [decimal(bigEndian(bytes, 4, 4))], 'sin6_flowinfo', uintAt(bytes, 4, 4)),
    printable,
  ];
  if (bytes.length < 28) return fields;
  const scope = uintAt(bytes, 24, 4);
  const linkLocal = bytes[8] === 0xfe && (bytes[9]! & 0xc0) === 0x80;
  const shown =
    linkLocal && scope !== 0n
      ? expression('if_nametoindex', [decimal(scope)], 'sin6_scope_id', scope)
      : decimal(scope, 'sin6_scope_id');
  return [...fields, shown];
}

/** The fields behind the family; undefined when the address is too short for its family. */
function familyFields(family: number, bytes: Uint8Array): DecodedNode[] | undefined {
  switch (family) {
    case 1:
      return unixFields(bytes);
    case 2:
      return bytes.length < 16 ? undefined : [portNode(bytes, 'sin_port'), inetAddress(bytes, 4, 'sin_addr')];
    case 10:
      return bytes.length < 24 ? undefined : inet6Fields(bytes);
    case 16:
      if (bytes.length < 12) return undefined;
      return [
        decimal(s32(uintAt(bytes, 4, 4)), 'nl_pid', 'pid'),
        text(uintAt(bytes, 8, 4).toString(16).padStart(8, '0'), 'nl_groups', 'hex', uintAt(bytes, 8, 4)),
      ];
    case 17: {
      if (bytes.length < 12) return undefined;
      const protocol = enumNode(bigEndian(bytes, 2, 2), 'ethernet_protocol');
      const length = Math.min(bytes[11] ?? 0, 8, bytes.length - 12);
      const hex = [...bytes.subarray(12, 12 + length)]
        .map((byte) => `0x${byte.toString(16).padStart(2, '0')}`)
        .join(', ');
      return [
        expression('htons', [protocol], 'sll_protocol', uintAt(bytes, 2, 2)),
        decimal(s32(uintAt(bytes, 4, 4)), 'sll_ifindex'),
        decimal(uintAt(bytes, 8, 2), 'sll_hatype'),
        decimal(BigInt(bytes[10] ?? 0), 'sll_pkttype'),
        decimal(BigInt(bytes[11] ?? 0), 'sll_halen'),
        ...(length > 0 ? [text(`[${hex}]`, 'sll_addr', 'bytes')] : []),
      ];
    }
    default:
      return undefined;
  }
}

/** A socket address of `length` bytes; 128 of them at most (sizeof(struct sockaddr_storage)). */
export function sockaddrNode(value: bigint, length: bigint, context: Context, name?: string): DecodedNode {
  const at = ulong(value, context);
  const size = Math.min(Number(length), 128);
  if (at === 0n || size < 2) return address(at, name, 'sockaddr');
  const bytes = readMemory(context, at, size);
  if (bytes.length < size) return address(at, name, 'sockaddr');
  const family = Number(uintAt(bytes, 0, 2));
  const fields = familyFields(family, bytes);
  const head = enumNode(BigInt(family), 'socket_family', 'sa_family');
  const data = bytes.subarray(2);
  const rest = fields ?? (data.length > 0 ? [string(data, false, 'sa_data')] : []);
  return struct([head, ...rest], false, name, 'sockaddr', at);
}

/** What a length argument points to: at exit the kernel's answer, at most what there was room for. */
function pointedLength(pointer: Operand): Operand {
  return (context) => {
    const bytes = readMemory(context, pointer(context), 4);
    return bytes.length < 4 ? 0n : s32(uintAt(bytes, 0, 4));
  };
}

/** `[128 => 16]`: read by the kernel as the room there is, written with the length. */
const changing =
  (type: string, bracketless = false): KindFactory =>
  (_args, compiler) => {
    const pointed: MemoryType = compiler.type(type);
    return (value, context, name) => {
      const now = pointee(value, pointed, context, name);
      if (context.result === undefined) return now.type === 'address' ? now : pending(value, name, now);
      const { before } = context;
      if (context.failed || !before || before.type !== 'array' || now.type !== 'array') return before ?? now;
      const [from, to] = [before.items[0], now.items[0]];
      if (!from || !to) return now;
      return {
        type: 'change',
        kind: 'pointer',
        raw: value,
        before: bracketless ? before : from,
        after: bracketless ? now : to,
        bracketed: !bracketless,
        ...(name === undefined ? {} : { name }),
      };
    };
  };

const protocolTables: Readonly<Record<number, string>> = {
  2: 'ip_protocol',
  10: 'ip_protocol',
  16: 'netlink_protocol',
};

const protocol: KindFactory = ([family], compiler) => {
  const of = compiler.operand(family!);
  return (value, context, name) => {
    const which = Number(u32(of(context)));
    const tableName = protocolTables[which];
    if (tableName) return enumNode(u32(value), tableName, name);
    if (which === 17) {
      const number = ((u32(value) & 0xffn) << 8n) | ((u32(value) >> 8n) & 0xffn);
      return expression('htons', [enumNode(number, 'ethernet_protocol')], name, value);
    }
    return decimal(ulong(value, context), name);
  };
};

const optionTables: Readonly<Record<number, string>> = {
  0: 'ip_option',
  1: 'so_option',
  6: 'tcp_option',
  17: 'udp_option',
  41: 'ipv6_option',
  263: 'packet_option',
  270: 'netlink_option',
};

function levelNode(value: bigint, name?: string): DecodedNode {
  const level = u32(value);
  const known = table('socket_level').byValue.get(level);
  if (known !== undefined) return constant({ kind: 'enum', raw: value, table: 'socket_level', names: [known] }, name);
  return { ...hexadecimal(level, name), comment: 'SOL_??' };
}

const option: KindFactory = ([level], compiler) => {
  const of = compiler.operand(level!);
  return (value, context, name) => {
    const tableName = optionTables[Number(u32(of(context)))];
    return tableName ? enumNode(u32(value), tableName, name) : decimal(u32(value), name);
  };
};

/** Types of options that are no plain int, by level and number. */
const optionTypes: Readonly<Record<string, string>> = {
  '1/13': 'linger',
  '1/17': 'ucred',
  '1/20': 'timeval',
  '1/21': 'timeval',
  '1/66': 'timespec64',
  '1/26': 'sock_fprog',
  '0/35': 'ip_mreq',
  '0/36': 'ip_mreq',
};

const SO_TYPE = 3;
const SO_ERROR = 4;
const SO_PROTOCOL = 38;
const SO_DOMAIN = 39;

const optionValue =
  (out: boolean): KindFactory =>
  ([level, name, length], compiler) => {
    const [of, which] = [compiler.operand(level!), compiler.operand(name!)];
    const size = out ? pointedLength(compiler.operand(length!)) : compiler.operand(length!);
    return (value, context, as) => {
      const [number, room] = [Number(u32(which(context))), Number(s32(size(context)))];
      const levelNumber = Number(u32(of(context)));
      const type = optionTypes[`${levelNumber}/${number}`];
      if (type) {
        const made = compiler.type(type);
        return room < made.size(context.wordSize)
          ? address(ulong(value, context), as)
          : pointee(value, made, context, as);
      }
      const named = [SO_TYPE, SO_ERROR, SO_PROTOCOL, SO_DOMAIN].includes(number) && levelNumber === 1;
      if (room === 4) {
        const kinds: Readonly<Record<number, string>> = {
          [SO_TYPE]: 's32/enum(socket_type)',
          [SO_ERROR]: 's32/sockerror',
          [SO_PROTOCOL]: 's32/enum(ip_protocol)',
          [SO_DOMAIN]: 's32/enum(socket_family)',
        };
        return pointee(value, compiler.type(named && out ? kinds[number]! : 's32'), context, as);
      }
      if (room <= 0) return address(ulong(value, context), as);
      return bytesAt(value, BigInt(room), context, as);
    };
  };

export const socketKinds: Readonly<Record<string, KindFactory>> = {
  sockaddr: ([length], compiler) => {
    const size = compiler.operand(length!);
    return (value, context, name) => sockaddrNode(value, s32(size(context)), context, name);
  },
  sockaddrout: ([length], compiler) => {
    const size = pointedLength(compiler.operand(length!));
    return (value, context, name) => sockaddrNode(value, size(context), context, name);
  },
  inoutlen: changing('s32'),
  inoutu32: changing('u32'),
  inouts64: changing('s64', true),
  inoutlong: changing('long', true),
  protocol,
  socklevel: plain((value, _context, name) => levelNode(value, name)),
  sockopt: option,
  sockoptin: optionValue(false),
  sockoptout: optionValue(true),
  sockerror: plain((value, _context, name) =>
    u32(value) === 0n ? decimal(0n, name) : enumNode(u32(value), 'errno', name),
  ),
  inaddr: plain((value, _context, name) => {
    const bytes = Uint8Array.of(
      Number(value & 255n),
      Number((value >> 8n) & 255n),
      Number((value >> 16n) & 255n),
      Number((value >> 24n) & 255n),
    );
    return inetAddress(bytes, 0, name);
  }),
  sendbuf: ([, length], compiler) => {
    const size = compiler.operand(length!);
    return (value, context, name) => bytesAt(value, size(context), context, name);
  },
};
