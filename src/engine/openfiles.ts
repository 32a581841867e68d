/** The open files of a process: what each descriptor is, and who is at the other end as far as procfs tells. */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { readComm } from '../common/procfs';
import {
  parseFdinfo,
  parseInetSockets,
  parseUnixSockets,
  type DescriptorInfo,
  type SocketInfo,
} from '../common/procfsfiles';

/** Another descriptor of the same pipe. */
export interface PipeEnd {
  readonly pid: number;
  readonly name: string;
  readonly fd: number;
}

export interface OpenDescriptor {
  readonly fd: number;
  /** What `/proc/pid/fd/N` points to. */
  readonly link: string;
  readonly info: DescriptorInfo | undefined;
  readonly socket: SocketInfo | undefined;
  readonly peers: readonly PipeEnd[];
}

/** Descriptors in ascending order; empty when the process is gone or closed to us. */
export function openDescriptors(pid: number): OpenDescriptor[] {
  const links = descriptorLinks(pid);
  const needsSockets = [...links.values()].some((link) => link.startsWith('socket:['));
  const sockets = needsSockets ? socketsOf(pid) : new Map<number, SocketInfo>();
  const pipes = new Set([...links.values()].filter((link) => link.startsWith('pipe:[')));
  const ends = pipes.size > 0 ? pipeEnds(pipes) : new Map<string, PipeEnd[]>();
  return [...links].map(([fd, link]) => ({
    fd,
    link,
    info: parseFdinfo(text(`/proc/${pid}/fdinfo/${fd}`)),
    socket: sockets.get(Number(/^socket:\[(\d+)\]$/.exec(link)?.[1])),
    peers: (ends.get(link) ?? []).filter((end) => end.pid !== pid || end.fd !== fd),
  }));
}

/** Of the network namespace that the process is in. */
function socketsOf(pid: number): Map<number, SocketInfo> {
  const found = ['tcp', 'tcp6', 'udp', 'udp6', 'raw', 'raw6'].flatMap((protocol) =>
    parseInetSockets(text(`/proc/${pid}/net/${protocol}`), protocol),
  );
  const unix = parseUnixSockets(text(`/proc/${pid}/net/unix`));
  return new Map([...found, ...unix].map((socket) => [socket.inode, socket]));
}

/** Every descriptor of these pipes in the system, where we may look. */
function pipeEnds(pipes: ReadonlySet<string>): Map<string, PipeEnd[]> {
  const ends = new Map<string, PipeEnd[]>();
  for (const entry of list('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const pid = Number(entry);
    for (const [fd, link] of descriptorLinks(pid)) {
      if (!pipes.has(link)) continue;
      const known = ends.get(link) ?? [];
      known.push({ pid, name: readComm(pid, pid) ?? '', fd });
      ends.set(link, known);
    }
  }
  return ends;
}

function descriptorLinks(pid: number): Map<number, string> {
  const links = new Map<number, string>();
  for (const entry of list(`/proc/${pid}/fd`).sort((a, b) => Number(a) - Number(b))) {
    try {
      links.set(Number(entry), readlinkSync(`/proc/${pid}/fd/${entry}`));
    } catch {
      // Closed meanwhile.
    }
  }
  return links;
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
