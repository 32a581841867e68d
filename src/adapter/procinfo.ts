/** What the kernel says of the process besides its memory: open files, environment, limits, status, namespaces. */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import * as v from 'valibot';
import { UserError } from '../common/errors';
import { readCmdline, readExe } from '../common/procfs';
import { openFlags, type SocketInfo } from '../common/procfsfiles';
import { parseCgroup, parseEnviron, parseFields, parseLimits } from '../common/procfsprocess';
import { openDescriptors, type OpenDescriptor } from '../engine/openfiles';
import type {
  EnvironmentResponse,
  LimitsResponse,
  NamespacesResponse,
  OpenFile,
  OpenFilesResponse,
  StatusResponse,
} from '../protocol/procrequests';
import { request } from './request';
import { integer } from './validation';

/** A file of the process in /proc. Throws UserError when the kernel does not show it. */
function read(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch (error) {
    throw new UserError(`/proc/${pid}/${name} cannot be read: ${(error as NodeJS.ErrnoException).code}.`, {
      code: 'no-proc',
    });
  }
}

function link(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** `anon_inode:[eventfd]` → `eventfd`; `socket:[123]` → `socket`; a path → `file`. */
function kindOf(target: string): string {
  if (target.startsWith('/memfd:')) return 'memfd';
  if (target.startsWith('/')) return 'file';
  const anonymous = /^anon_inode:\[?([^\]]*)\]?$/.exec(target)?.[1];
  return anonymous ?? /^(\w+):/.exec(target)?.[1] ?? 'file';
}

function socketText({ protocol, local, remote, state }: SocketInfo): string {
  return [protocol, local, ...(remote === undefined ? [] : ['→', remote]), state ?? '']
    .filter((part) => part)
    .join(' ');
}

function whatOf({ link: target, socket, peers, info }: OpenDescriptor): string {
  if (socket) return socketText(socket);
  if (peers.length > 0) {
    const names = peers.map(({ pid, name, fd }) => `${name} (process ${pid}, descriptor ${fd})`);
    return `${target} with ${names.join(', ')}`;
  }
  const watched = info?.watched ?? [];
  if (watched.length > 0) return `${target} watching ${watched.map(({ fd }) => fd).join(', ')}`;
  return target;
}

function openFile(descriptor: OpenDescriptor): OpenFile {
  const { fd, link: target, info, socket, peers } = descriptor;
  return {
    fd,
    kind: kindOf(target),
    what: whatOf(descriptor),
    ...(info && { flags: openFlags(info.flags), offset: info.offset }),
    ...(socket && {
      socket: {
        protocol: socket.protocol,
        local: socket.local,
        ...(socket.remote !== undefined && { remote: socket.remote }),
        ...(socket.state !== undefined && { state: socket.state }),
      },
    }),
    ...(peers.length > 0 && { peers }),
    ...(info && info.details.length > 0 && { details: info.details }),
    ...(info && info.watched.length > 0 && { watched: info.watched }),
  };
}

export const openFiles = request('live', v.unknown(), (session): OpenFilesResponse => ({
  files: openDescriptors(session.live.pid).map(openFile),
}));

export const environment = request('live', v.unknown(), (session): EnvironmentResponse => {
  const { pid } = session.live;
  const executable = readExe(pid);
  const directory = link(`/proc/${pid}/cwd`);
  return {
    ...(executable !== undefined && { executable }),
    ...(directory !== undefined && { directory }),
    arguments: readCmdline(pid),
    environment: parseEnviron(read(pid, 'environ')),
  };
});

export const limits = request('live', v.unknown(), (session): LimitsResponse => ({
  limits: parseLimits(read(session.live.pid, 'limits')).map(({ name, soft, hard, unit }) => ({
    name,
    ...(soft !== undefined && { soft }),
    ...(hard !== undefined && { hard }),
    unit,
  })),
}));

export const status = request(
  'live',
  v.object({ threadId: v.optional(integer) }),
  (session, { threadId }): StatusResponse => {
    const { live } = session;
    if (threadId !== undefined && !live.threads().some(({ id }) => id === threadId)) {
      throw new UserError(`There is no thread ${threadId} any more.`, { code: 'no-such-thread' });
    }
    return { fields: parseFields(read(live.pid, threadId === undefined ? 'status' : `task/${threadId}/status`)) };
  },
);

export const namespaces = request('live', v.unknown(), (session): NamespacesResponse => {
  const { pid } = session.live;
  const kinds = readdirSync('/proc/self/ns').sort();
  return {
    namespaces: kinds.flatMap((kind) => {
      const target = link(`/proc/${pid}/ns/${kind}`);
      const inode = /\[(\d+)\]$/.exec(target ?? '')?.[1];
      return inode === undefined
        ? []
        : [{ kind, inode: Number(inode), shared: target === link(`/proc/self/ns/${kind}`) }];
    }),
    cgroups: parseCgroup(read(pid, 'cgroup')),
  };
});
