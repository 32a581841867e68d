/** Kinds that look values up in tables of constants: flags, enumerations, and words that hold both. */
import { table, type ConstantTable } from '../constants';
import type { ConstantNode, DecodedNode } from '../model';
import { constant } from './nodes';

/** What an unknown value of a table is called where it is not the prefix of its names. */
const placeholders: Readonly<Record<string, string>> = {
  access_mode: '?_OK',
  lock_op: 'LOCK_???',
  wait_options: 'W???',
  socket_level: 'SOL_???',
  poll_events: 'POLL???',
  epoll_events: 'EPOLL???',
  sched_policy: 'SCHED_???',
  ptrace_request: 'PTRACE_???',
  file_type: 'S_IFMT',
  reboot_magic1: 'LINUX_REBOOT_MAGIC_???',
  reboot_magic2: 'LINUX_REBOOT_MAGIC_???',
  seccomp_op: 'SECCOMP_SET_MODE_???',
  memfd_secret_flags: 'O_???',
  getrandom_flags: 'GRND_???',
  personality: 'PER_???',
  umount_flags: 'MNT_???',
  semop_flags: 'SEM_???',
  fs_magic: '???',
  bpf_attach_type: 'BPF_???',
  bpf_cmd: 'BPF_???',
  sem_cmd: 'SEM_???',
  shm_cmd: 'SHM_???',
  msg_cmd: 'MSG_???',
  quota_type: '???QUOTA',
  ip_option: 'IP_???',
  ipv6_option: 'IPV6_???',
  signal: 'SIG???',
  userfaultfd_flags: 'UFFD_???',
  open_tree_flags: 'OPEN_TREE_???',
  delete_module_flags: 'O_???',
  statx_mask: 'STATX_???',
  key_spec: 'KEY_SPEC_???',
  io_uring_register_op: 'IORING_REGISTER_???',
  socket_family: 'AF_???',
};

const computed = new Map<string, string>();

/** `MAP_???`: what strace writes beside a value that no name covers. */
export function placeholder({ name, entries }: ConstantTable): string {
  const fixed = placeholders[name] ?? computed.get(name);
  if (fixed) return fixed;
  let prefix = entries[0]?.[0] ?? '';
  for (const [other] of entries) while (!other.startsWith(prefix)) prefix = prefix.slice(0, -1);
  const made = `${prefix.replace(/[^_]*$/, '')}???`;
  computed.set(name, made);
  return made;
}

/** Bits of a value by name; what is left is `rest`. A value of 0 is the name for it, where the table has one. */
export function flagsNode(value: bigint, tableName: string, name?: string, kind = 'flags'): ConstantNode {
  const constants = table(tableName);
  const base = { kind, raw: value, table: tableName };
  if (value === 0n) {
    const zero = constants.byValue.get(0n);
    return constant(
      { ...base, names: zero === undefined ? [] : [zero], ...(zero === undefined ? { rest: 0n } : {}) },
      name,
    );
  }
  const names: string[] = [];
  let rest = value;
  for (const [flag, bits] of constants.entries) {
    if (bits !== 0n && (rest & bits) === bits) {
      names.push(flag);
      rest &= ~bits;
      if (rest === 0n) break;
    }
  }
  if (rest === 0n) return constant({ ...base, names }, name);
  const comment = names.length === 0 ? { comment: placeholder(constants) } : {};
  return constant({ ...base, names, rest, restBase: 'hex', ...comment }, name);
}

/** The one name of a value. */
export function enumNode(value: bigint, tableName: string, name?: string, kind = 'enum'): ConstantNode {
  const constants = table(tableName);
  const found = constants.byValue.get(value);
  const base = { kind, raw: BigInt.asUintN(64, value), table: tableName };
  if (found !== undefined) return constant({ ...base, names: [found] }, name);
  return constant({ ...base, names: [], rest: value, restBase: 'hex', comment: placeholder(constants) }, name);
}

/** Enumerations of which an unknown value joins the unknown flags, where others show it in front. */
const merged = new Set(['socket_type', 'mempolicy_mode', 'statx_sync']);

/**
 * An enumeration in some bits and flags in the others: `SOCK_STREAM|SOCK_CLOEXEC`, `MAP_PRIVATE|MAP_FIXED`. An
 * enumeration value without a name is a number in front of the flags.
 */
export function combinedNode(
  value: bigint,
  mask: bigint,
  enumTable: string,
  flagTable: string,
  name?: string,
  kind = 'flags',
): ConstantNode {
  const first = enumNode(value & mask, enumTable);
  const flags = value & ~mask;
  if (flags === 0n) return { ...first, kind, raw: value, ...(name === undefined ? {} : { name }) };
  const second = flagsNode(flags, flagTable);
  if (first.names.length === 0 && merged.has(enumTable)) {
    const rest = (second.rest ?? 0n) | (value & mask);
    return constant({ kind, raw: value, table: flagTable, names: second.names, rest, restBase: 'hex' }, name);
  }
  const unknownFirst = first.names.length === 0;
  const names = [
    ...(unknownFirst ? [`0x${(first.rest ?? 0n).toString(16)} /* ${placeholder(table(enumTable))} */`] : first.names),
    ...second.names,
  ];
  const rest = second.rest === undefined ? {} : { rest: second.rest, restBase: 'hex' as const };
  const comment = second.names.length === 0 && second.comment !== undefined ? { comment: second.comment } : {};
  return constant({ kind, raw: value, table: flagTable, names, ...rest, ...comment }, name);
}

/** A constant that is known by its name alone. */
export function nameNode(value: bigint, constantName: string, tableName: string, name?: string): DecodedNode {
  return constant({ kind: 'enum', raw: value, table: tableName, names: [constantName] }, name);
}
