/** Kinds that calls on processes, memory and futexes need. */
import type { DecodedNode } from '../model';
import { table } from '../constants';
import type { KindFactory } from './compiler';
import { combinedNode, enumNode, flagsNode, placeholder } from './constantkinds';
import { hugeFlags } from './filekinds';
import { readMemory, s32, u32, ulong, type Context, type Kind } from './kind';
import { pointee, readString } from './memorykinds';
import { uintAt } from './memorytypes';
import { address, array, constant, decimal, expression, hexadecimal, pending, string, struct, text } from './nodes';
import { signalName } from './signalkinds';

const plain =
  (kind: Kind): KindFactory =>
  () =>
    kind;

const hugeMask = 0x3fn << 26n;

/** Mapping type, flags, and the page size of huge pages. */
function mmapFlags(value: bigint, name?: string): DecodedNode {
  const type = enumNode(value & 0xfn, 'mmap_type');
  const rest = value & ~0xfn;
  const typed = type.names[0] ?? `0x${(value & 0xfn).toString(16)} /* ${placeholder(table('mmap_type'))} */`;
  if (rest === 0n) return constant({ kind: 'flags', raw: value, table: 'mmap_flags', names: [typed] }, name);
  const flags = hugeFlags(rest, (rest & 0x40000n) === 0n ? 0n : hugeMask, 'mmap_flags', 'MAP_HUGE_SHIFT', name);
  if (flags.type !== 'constant') return flags;
  return { ...flags, comment: undefined, raw: value, names: [typed, ...flags.names] };
}

/** clone's flags: the lowest byte is the signal at exit. */
function cloneFlags(value: bigint, name?: string): DecodedNode {
  const signal = Number(value & 0xffn);
  const names = signal === 0 ? [] : [signalName(signal)];
  const flags = value & ~0xffn;
  if (flags === 0n && signal !== 0) return constant({ kind: 'flags', raw: value, table: 'clone_flags', names }, name);
  const node = flagsNode(flags, 'clone_flags', name);
  if (signal === 0) return node;
  const rest = node.rest === undefined || node.rest === 0n ? [] : [`0x${node.rest.toString(16)}`];
  return constant({ kind: 'flags', raw: value, table: 'clone_flags', names: [...node.names, ...rest, ...names] }, name);
}

/** Fields of struct clone_args in the kernel's order (linux/sched.h), with how they are shown. */
const cloneFields: readonly (readonly [
  name: string,
  show: (value: bigint, name: string, flags: bigint) => DecodedNode | undefined,
])[] = [
  ['flags', (value, name) => flagsNode(value, 'clone3_flags', name)],
  ['pidfd', (value, name, flags) => (flags & 0x1000n ? address(value, name) : undefined)],
  ['child_tid', (value, name, flags) => (flags & 0x1200000n ? address(value, name) : undefined)],
  ['parent_tid', (value, name, flags) => (flags & 0x100000n ? address(value, name) : undefined)],
  [
    'exit_signal',
    (value, name) =>
      value > 0n && value <= 64n ? text(signalName(Number(value)), name, 'signal', value) : decimal(value, name),
  ],
  ['stack', (value, name) => address(value, name)],
  ['stack_size', (value, name) => (value === 0n ? decimal(0n, name) : hexadecimal(value, name))],
  ['tls', (value, name, flags) => (flags & 0x80000n ? address(value, name) : undefined)],
  ['set_tid', (value, name) => (value === 0n ? undefined : address(value, name))],
  ['set_tid_size', (value, name) => (value === 0n ? undefined : decimal(value, name))],
  ['cgroup', (value, name, flags) => (flags & 0x200000000n ? decimal(value, name, 'fd') : undefined)],
];

/** clone3: the structure at entry, and what the kernel wrote through it at exit. */
const clone3 =
  (size: (context: Context) => bigint): Kind =>
  (value, context, name) => {
    const at = ulong(value, context);
    const length = Math.min(Number(size(context)), 88);
    const bytes = readMemory(context, at, length);
    if (at === 0n || length < 64 || bytes.length < length) return address(at, name);
    const flags = uintAt(bytes, 0, 8);
    const fields = cloneFields.flatMap(([field, show], index) => {
      const node = index * 8 + 8 <= length ? show(uintAt(bytes, index * 8, 8), field, flags) : undefined;
      return node ? [node] : [];
    });
    const before = struct(fields, size(context) > 88n, name, 'clone_args', at);
    if (context.result === undefined) return (flags & 0x101000n) === 0n ? before : pending(value, name, before);
    if (context.failed) return before;
    const written = (offset: number, field: string): DecodedNode[] => {
      const data = readMemory(context, uintAt(bytes, offset, 8), 4);
      return data.length < 4 ? [] : [array([decimal(s32(uintAt(data, 0, 4)))], false, field, 'pointer')];
    };
    const out = [
      ...(flags & 0x1000n ? written(8, 'pidfd') : []),
      ...(flags & 0x100000n ? written(24, 'parent_tid') : []),
    ];
    if (out.length === 0) return before;
    return {
      type: 'change',
      kind: 'clone_args',
      raw: at,
      before: context.before ?? before,
      after: struct(out, false),
      bracketed: false,
      ...(name === undefined ? {} : { name }),
    };
  };

const FUTEX_PRIVATE = 128n;

function futexOp(value: bigint, name?: string): DecodedNode {
  const op = u32(value);
  const command = op & 0x7fn;
  const known = table('futex_op').byValue.get(command);
  if (known === undefined) return enumNode(op, 'futex_op', name);
  const names = [(op & FUTEX_PRIVATE) === 0n ? known : `${known}_PRIVATE`];
  if ((op & 256n) !== 0n) names.push('FUTEX_CLOCK_REALTIME');
  const rest = op & ~0x1ffn;
  return constant(
    { kind: 'flags', raw: value, table: 'futex_op', names, ...(rest === 0n ? {} : { rest, restBase: 'hex' as const }) },
    name,
  );
}

/** What each command takes: the kinds of val, utime, uaddr2, val3 (futex(2)). */
const futexArguments: Readonly<Record<number, readonly string[]>> = {
  0: ['uint', 'timeout'],
  1: ['uint'],
  2: ['uint'],
  3: ['uint', 'uint', 'ptr'],
  4: ['uint', 'uint', 'ptr', 'uint'],
  5: ['uint', 'uint', 'ptr', 'futexwake'],
  6: ['none', 'timeout'],
  7: [],
  8: [],
  9: ['uint', 'timeout', 'none', 'bitset'],
  10: ['uint', 'none', 'none', 'bitset'],
  11: ['uint', 'timeout', 'ptr'],
  12: ['uint', 'uint', 'ptr', 'uint'],
  13: ['none', 'timeout'],
};

const unknownFutex = ['uint', 'ptr', 'ptr', 'hex32'];

const futexArgument =
  (timespec: string): KindFactory =>
  ([op, index], compiler) => {
    const command = compiler.operand(op!);
    const which = Number(index!.name);
    const kinds: Record<string, Kind> = {
      uint: compiler.kind('uint'),
      ptr: compiler.kind('ptr'),
      hex32: compiler.kind('hex32'),
      futexwake: compiler.kind('futexwake'),
      timeout: compiler.kind(`p(${timespec})`),
      bitset: (value, _context, name) =>
        u32(value) === 0xffffffffn
          ? constant({ kind: 'enum', raw: value, table: 'futex_op', names: ['FUTEX_BITSET_MATCH_ANY'] }, name)
          : hexadecimal(u32(value), name),
    };
    return (value, context, name) => {
      const kind = (futexArguments[Number(command(context) & 0x7fn)] ?? unknownFutex)[which];
      return kind === undefined ? undefined : kinds[kind]?.(value, context, name);
    };
  };

/** The operation that FUTEX_WAKE_OP encodes in val3: `FUTEX_OP_SET<<28|0<<12|FUTEX_OP_CMP_GT<<24|0x1`. */
function futexWakeNode(value: bigint, name?: string): DecodedNode {
  const op = u32(value);
  const field = (shift: bigint, mask: bigint): bigint => (op >> shift) & mask;
  const operation = table('futex_wake_op').byValue.get(field(28n, 7n)) ?? `0x${field(28n, 7n).toString(16)}`;
  const compare = table('futex_wake_cmp').byValue.get(field(24n, 15n)) ?? `0x${field(24n, 15n).toString(16)}`;
  const shifted = field(31n, 1n) === 0n ? '' : 'FUTEX_OP_OPARG_SHIFT<<28|';
  const [oparg, cmparg] = [field(12n, 0xfffn), field(0n, 0xfffn)].map((part) =>
    part === 0n ? '0' : `0x${part.toString(16)}`,
  );
  return text(`${shifted}${operation}<<28|${oparg}<<12|${compare}<<24|${cmparg}`, name, 'futex', op);
}

/** `8192*1024`, `RLIM64_INFINITY`. */
const rlimit =
  (bits: 32 | 64): Kind =>
  (value, context, name) => {
    const width = bits === 64 ? 64 : context.wordSize * 8;
    if (value === (1n << BigInt(width)) - 1n) {
      return constant(
        { kind: 'enum', raw: value, table: 'rlimit', names: [width === 64 ? 'RLIM64_INFINITY' : 'RLIM_INFINITY'] },
        name,
      );
    }
    if (value > 1024n && value % 1024n === 0n) return text(`${value / 1024n}*1024`, name, 'number', value);
    return decimal(value, name);
  };

/** CPUs of a mask: `[0 1 2]`. */
const cpuSet =
  (length: (context: Context) => bigint): Kind =>
  (value, context, name) => {
    const at = ulong(value, context);
    const size = Number(s32(length(context)));
    const bytes = readMemory(context, at, Math.min(size, 8192));
    if (at === 0n || size < 0 || bytes.length < Math.min(size, 8192)) return address(at, name);
    const members: string[] = [];
    for (let cpu = 0; cpu < bytes.length * 8; cpu++) if ((bytes[cpu >> 3]! >> (cpu & 7)) & 1) members.push(String(cpu));
    return { type: 'set', kind: 'cpuset', members, inverted: false, raw: at, ...(name === undefined ? {} : { name }) };
  };

/** NUMA nodes: words of a mask in hexadecimal. */
const nodeMask =
  (count: (context: Context) => bigint): Kind =>
  (value, context, name) => {
    const at = ulong(value, context);
    const bits = Number(count(context) > 65536n ? 0n : count(context));
    const words = Math.ceil(bits / (context.wordSize * 8));
    const bytes = readMemory(context, at, words * context.wordSize);
    if (at === 0n || words === 0 || bytes.length < words * context.wordSize) return address(at, name);
    const items = Array.from({ length: words }, (_, index) =>
      text(
        `0x${uintAt(bytes, index * context.wordSize, context.wordSize)
          .toString(16)
          .padStart(context.wordSize * 2, '0')}`,
      ),
    );
    return array(items, false, name, 'nodemask', at);
  };

/** `[1 1 0]`: residency of pages. */
const residency =
  (length: (context: Context) => bigint): Kind =>
  (value, context, name) => {
    const at = ulong(value, context);
    const pages = (length(context) + 4095n) / 4096n;
    const shown = Math.min(Number(pages), context.arrayLimit);
    const bytes = readMemory(context, at, shown);
    if (at === 0n || bytes.length < shown) return address(at, name);
    return array(
      [...bytes].map((byte) => decimal(BigInt(byte & 1))),
      pages > BigInt(shown),
      name,
      'array',
      at,
    );
  };

function ioprioNode(value: bigint, name?: string): DecodedNode {
  const priority = u32(value);
  return expression(
    'IOPRIO_PRIO_VALUE',
    [enumNode(priority >> 13n, 'ioprio_class'), decimal(priority & 0x1fffn)],
    name,
    value,
  );
}

/** A persona in the lowest byte, flags above. */
export function personalityNode(value: bigint, name?: string): DecodedNode {
  const persona = u32(value);
  if (persona === 0xffffffffn) return hexadecimal(persona, name);
  return combinedNode(persona, 0xffn, 'personality', 'personality_flags', name);
}

function schedPolicy(value: bigint, name?: string): DecodedNode {
  const policy = u32(value);
  if ((policy & 0x40000000n) === 0n) return enumNode(policy, 'sched_policy', name);
  const node = enumNode(policy & ~0x40000000n, 'sched_policy', name);
  if (node.names.length === 0) return enumNode(policy, 'sched_policy', name);
  return { ...node, raw: value, names: [...node.names, 'SCHED_RESET_ON_FORK'] };
}

/** struct sched_attr tells its own size. */
const schedAttr: KindFactory = (_args, compiler) => {
  const type = compiler.type('sched_attr');
  return (value, context, name) => {
    const at = ulong(value, context);
    const head = readMemory(context, at, 4);
    const size = Math.min(Number(uintAt(head, 0, 4)) || 48, 56);
    const bytes = readMemory(context, at, size);
    if (at === 0n || head.length < 4 || bytes.length < size) return address(at, name);
    const padded = new Uint8Array(56);
    padded.set(bytes);
    const node = type.decode(padded, 0, at, context, name);
    if (node?.type !== 'struct') return node;
    return size >= 56 ? node : { ...node, fields: node.fields.slice(0, 8) };
  };
};

/** struct cap_user_data, one or two of them as the header's version tells. */
const capabilities: KindFactory = ([header], compiler) => {
  const head = compiler.operand(header!);
  return (value, context, name) => {
    const at = ulong(value, context);
    const version = readMemory(context, head(context), 4);
    const count = version.length === 4 && uintAt(version, 0, 4) === 0x19980330n ? 1 : 2;
    const bytes = readMemory(context, at, 12 * count);
    if (at === 0n || bytes.length < 12 * count) return address(at, name);
    const names = ['effective', 'permitted', 'inheritable'];
    const fields = names.map((field, index) => {
      let mask = uintAt(bytes, index * 4, 4);
      if (count === 2) mask |= uintAt(bytes, 12 + index * 4, 4) << 32n;
      return capabilityMask(mask, field);
    });
    return struct(fields, false, name, 'cap_data', at);
  };
};

function capabilityMask(mask: bigint, name: string): DecodedNode {
  const names: string[] = [];
  let rest = mask;
  for (const [capability, bit] of table('capability').entries) {
    if ((mask >> bit) & 1n) {
      names.push(`1<<${capability}`);
      rest &= ~(1n << bit);
    }
  }
  return constant(
    {
      kind: 'flags',
      raw: mask,
      table: 'capability',
      names,
      ...(rest !== 0n || names.length === 0 ? { rest, restBase: 'hex' as const } : {}),
    },
    name,
  );
}

export const processKinds: Readonly<Record<string, KindFactory>> = {
  mmapflags: plain((value, context, name) => mmapFlags(ulong(value, context), name)),
  mmapoff: plain((value, context, name) => hexadecimal(ulong(value, context), name)),
  mmap2off: plain((value, _context, name) => hexadecimal(u32(value) << 12n, name)),
  mremapnew: ([flags], compiler) => {
    const of = compiler.operand(flags!);
    return (value, context, name) => ((of(context) & 6n) === 0n ? undefined : address(ulong(value, context), name));
  },
  mempolicy: plain((value, _context, name) =>
    combinedNode(u32(value), 0x1fffn, 'mempolicy_mode', 'mempolicy_mode_flags', name),
  ),
  nodemask: ([count], compiler) => nodeMask(compiler.operand(count!)),
  mincore: ([length], compiler) => residency(compiler.operand(length!)),
  cloneflags: plain((value, context, name) => cloneFlags(ulong(value, context), name)),
  cloneparent: ([flags], compiler) => {
    const of = compiler.operand(flags!);
    const type = compiler.type('s32');
    return (value, context, name) => {
      if ((of(context) & 0x101000n) === 0n) return undefined;
      if (context.result === undefined) return pending(value, name);
      return context.failed ? address(ulong(value, context), name) : pointee(value, type, context, name);
    };
  },
  clone_args: ([size], compiler) => clone3(compiler.operand(size!)),
  futexop: plain((value, _context, name) => futexOp(value, name)),
  futexarg: futexArgument('timespec'),
  futexarg64: futexArgument('timespec64'),
  futexwake: plain((value, _context, name) => futexWakeNode(value, name)),
  rlim: plain(rlimit(32)),
  rlim64: plain(rlimit(64)),
  cpuset: ([length], compiler) => cpuSet(compiler.operand(length!)),
  ioprio: plain((value, _context, name) => ioprioNode(value, name)),
  personality: plain((value, _context, name) => personalityNode(value, name)),
  schedpolicy: plain((value, _context, name) => schedPolicy(value, name)),
  schedattr: schedAttr,
  capdata: capabilities,
  keyserial: plain((value, _context, name) => {
    const key = s32(value);
    const known = table('key_spec').byValue.get(key);
    if (known !== undefined) return constant({ kind: 'enum', raw: value, table: 'key_spec', names: [known] }, name);
    return decimal(key, name);
  }),
  /** Fields of termios that hold an enumeration among their flags. */
  oflag: plain((value, _context, name) => {
    const flags = u32(value);
    const delays = [
      [0x100n, 'NL', 8n],
      [0x600n, 'CR', 9n],
      [0x1800n, 'TAB', 11n],
      [0x2000n, 'BS', 13n],
      [0x4000n, 'VT', 14n],
      [0x8000n, 'FF', 15n],
    ] as const;
    const words = delays.map(([mask, word, shift]) =>
      word === 'TAB' && (flags & mask) === mask ? 'XTABS' : `${word}${(flags & mask) >> shift}`,
    );
    const rest = flags & ~0xff00n;
    const node = rest === 0n ? undefined : flagsNode(rest, 'termios_c_oflag');
    const more = node?.rest === undefined ? {} : { rest: node.rest, restBase: 'hex' as const };
    return constant(
      { kind: 'flags', raw: value, table: 'termios_c_oflag', names: [...words, ...(node?.names ?? [])], ...more },
      name,
    );
  }),
  cflag: plain((value, _context, name) => {
    const flags = u32(value);
    const [baud, size] = [enumNode(flags & 0x100fn, 'termios_baud'), enumNode(flags & 0x30n, 'termios_csize')];
    const rest = flags & ~0x103fn;
    const node = rest === 0n ? undefined : flagsNode(rest, 'termios_c_cflag');
    const more = node?.rest === undefined ? {} : { rest: node.rest, restBase: 'hex' as const };
    return constant(
      {
        kind: 'flags',
        raw: value,
        table: 'termios_c_cflag',
        names: [...baud.names, ...size.names, ...(node?.names ?? [])],
        ...more,
      },
      name,
    );
  }),
  /** Names of threads are 15 bytes at most. */
  prname: plain((value, context, name) => {
    const found = readString(context, ulong(value, context), 15);
    return found ? string(found.bytes, !found.terminated, name) : address(ulong(value, context), name);
  }),
  dumpable: plain((value, _context, name) => {
    const word = ['SUID_DUMP_DISABLE', 'SUID_DUMP_USER'][Number(u32(value))];
    return word === undefined
      ? hexadecimal(u32(value), name)
      : constant({ kind: 'enum', raw: value, table: 'prctl_option', names: [word] }, name);
  }),
  hexornull: plain((value, context, name) => address(ulong(value, context), name)),
  /** `u_info` of set_thread_area, whose entry number the kernel may choose. */
  userdesc: (_args, compiler) => {
    const type = compiler.type('user_desc');
    return (value, context, name) => {
      const now = pointee(value, type, context, name);
      return context.result === undefined && now.type === 'struct' ? pending(value, name, now) : now;
    };
  },
  kexecflags: plain((value, context, name) =>
    combinedNode(ulong(value, context), 0xffff0000n, 'kexec_arch', 'kexec_flags', name),
  ),
};
