/** Open files as procfs tells them: `/proc/pid/fdinfo/N` and the socket tables of `/proc/pid/net`. Pure; see procfs.ts. */

/** Names of open(2)'s flags on x86-64 (asm-generic/fcntl.h); the access mode comes first. */
const FLAGS: readonly (readonly [number, string])[] = [
  [0o100, 'O_CREAT'],
  [0o200, 'O_EXCL'],
  [0o400, 'O_NOCTTY'],
  [0o1000, 'O_TRUNC'],
  [0o2000, 'O_APPEND'],
  [0o4000, 'O_NONBLOCK'],
  [0o20000, 'O_ASYNC'],
  [0o40000, 'O_DIRECT'],
  [0o200000, 'O_DIRECTORY'],
  [0o400000, 'O_NOFOLLOW'],
  [0o1000000, 'O_NOATIME'],
  [0o2000000, 'O_CLOEXEC'],
  [0o4000000, 'O_SYNC'],
  [0o10000000, 'O_PATH'],
];
const O_DSYNC = 0o10000;
/** Set by the kernel for itself on 64-bit systems. */
const O_LARGEFILE = 0o100000;

/** `O_RDWR|O_CLOEXEC`; bits without a name follow in octal. */
export function openFlags(flags: number): string {
  const names = [['O_RDONLY', 'O_WRONLY', 'O_RDWR', '3'][flags & 3]!];
  let left = flags & ~3 & ~O_LARGEFILE;
  for (const [bit, name] of FLAGS) {
    if ((left & bit) === 0) continue;
    names.push(name);
    left &= ~bit;
  }
  // O_SYNC is two bits, of which one is O_DSYNC.
  if (left & O_DSYNC && !names.includes('O_SYNC')) names.push('O_DSYNC');
  left &= ~O_DSYNC;
  if (left !== 0) names.push(`0${(left >>> 0).toString(8)}`);
  return names.join('|');
}

/** One file of `/proc/pid/fdinfo`. */
export interface DescriptorInfo {
  readonly offset: number;
  readonly flags: number;
  /** The other lines, which depend on the kind of file: `eventfd-count`, `sigmask`, `clockid`… */
  readonly details: readonly { readonly name: string; readonly value: string }[];
  /** Descriptors that an epoll instance watches, with the events as a hexadecimal mask. */
  readonly watched: readonly { readonly fd: number; readonly events: string }[];
}

/** Undefined when the text has no position and flags: then it is no fdinfo. */
export function parseFdinfo(text: string): DescriptorInfo | undefined {
  const position = /^pos:\s*(\d+)$/m.exec(text);
  const flags = /^flags:\s*([0-7]+)$/m.exec(text);
  if (!position || !flags) return undefined;
  const details: { name: string; value: string }[] = [];
  const watched: { fd: number; events: string }[] = [];
  for (const line of text.split('\n')) {
    const epoll = /^tfd:\s*(\d+)\s+events:\s*([0-9a-f]+)/.exec(line);
    if (epoll) {
      watched.push({ fd: Number(epoll[1]), events: `0x${epoll[2]}` });
      continue;
    }
    const pair = /^([^:\s]+):\s*(.*)$/.exec(line) ?? /^(inotify|fanotify) (.*)$/.exec(line);
    if (pair && !['pos', 'flags', 'mnt_id', 'ino'].includes(pair[1]!))
      details.push({ name: pair[1]!, value: pair[2]! });
  }
  return { offset: Number(position[1]), flags: Number.parseInt(flags[1]!, 8), details, watched };
}

/** A socket of one of the tables. */
export interface SocketInfo {
  readonly inode: number;
  /** `tcp`, `tcp6`, `udp`, `udp6`, `unix`… */
  readonly protocol: string;
  /** `127.0.0.1:6379`, `[::1]:80`; the path of a Unix socket, `@name` of an abstract one; empty when it has none. */
  readonly local: string;
  /** Where it is connected to. */
  readonly remote?: string;
  /** `ESTABLISHED`, `LISTEN`… */
  readonly state?: string;
}

/** include/net/tcp_states.h */
const TCP_STATES = [
  '',
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT1',
  'FIN_WAIT2',
  'TIME_WAIT',
  'CLOSE',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'CLOSING',
  'NEW_SYN_RECV',
];

/** Parses `/proc/net/tcp`, `tcp6`, `udp` or `udp6` (proc(5)); `protocol` is the name of the file. */
export function parseInetSockets(text: string, protocol: string): SocketInfo[] {
  const sockets: SocketInfo[] = [];
  for (const line of text.split('\n')) {
    const fields = line.trim().split(/\s+/);
    const local = inetAddress(fields[1] ?? '');
    const remote = inetAddress(fields[2] ?? '');
    const inode = Number(fields[9]);
    if (local === undefined || remote === undefined || !Number.isInteger(inode)) continue;
    const state = protocol.startsWith('tcp') ? TCP_STATES[Number.parseInt(fields[3] ?? '', 16)] : undefined;
    const isConnected = !/:0$/.test(remote);
    sockets.push({ inode, protocol, local, ...(isConnected && { remote }), ...(state && { state }) });
  }
  return sockets;
}

/** `0100007F:18EB` → `127.0.0.1:6379`: words of the address in the machine's byte order, the port as a number. */
function inetAddress(text: string): string | undefined {
  const match = /^([0-9A-Fa-f]{8}|[0-9A-Fa-f]{32}):([0-9A-Fa-f]{4})$/.exec(text);
  if (!match) return undefined;
  const words = match[1]!.match(/.{8}/g)!;
  const bytes = words.flatMap((word) => [...Buffer.from(word, 'hex')].reverse());
  const port = Number.parseInt(match[2]!, 16);
  if (bytes.length === 4) return `${bytes.join('.')}:${port}`;
  const isMapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  if (isMapped) return `[::ffff:${bytes.slice(12).join('.')}]:${port}`;
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16));
  return `[${shortened(groups)}]:${port}`;
}

/** The longest run of zeros becomes `::` (RFC 5952, section 4.2). */
function shortened(groups: readonly string[]): string {
  let best = { start: 0, length: 1 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === '0') length++;
    if (length > best.length) best = { start, length };
  }
  if (best.length < 2) return groups.join(':');
  return `${groups.slice(0, best.start).join(':')}::${groups.slice(best.start + best.length).join(':')}`;
}

const UNIX_TYPES: Readonly<Record<string, string>> = { '0001': 'stream', '0002': 'datagram', '0005': 'seqpacket' };

/** Parses `/proc/net/unix`. */
export function parseUnixSockets(text: string): SocketInfo[] {
  const sockets: SocketInfo[] = [];
  for (const line of text.split('\n')) {
    const match = /^[0-9a-fA-F]+: \S+ \S+ ([0-9a-fA-F]{8}) ([0-9a-fA-F]{4}) ([0-9a-fA-F]{2}) +(\d+)(?: (.*))?$/.exec(
      line,
    );
    if (!match) continue;
    // __SO_ACCEPTCON; SS_CONNECTED.
    const isListening = (Number.parseInt(match[1]!, 16) & 0x10000) !== 0;
    const state = isListening ? 'LISTEN' : match[3] === '03' ? 'CONNECTED' : undefined;
    const protocol = `unix ${UNIX_TYPES[match[2]!] ?? ''}`.trim();
    sockets.push({ inode: Number(match[4]), protocol, local: match[5] ?? '', ...(state && { state }) });
  }
  return sockets;
}
