/** `--server`: clients connect to a TCP port or a Unix socket, one debug session each. */
import { rmSync, statSync } from 'node:fs';
import { createConnection, createServer, isIP, type ListenOptions, type Server } from 'node:net';
import { UserError } from '../common/errors';
import { serve, type RunningSession } from './adapter';
import { giveToInvoker } from './invoker';

export type ServerAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'socket'; readonly path: string };

/** Parses `PORT`, `HOST:PORT`, `[IPV6]:PORT` or the path of a Unix socket (anything with a slash). Throws UserError. */
export function parseServerAddress(text: string): ServerAddress {
  if (text.includes('/')) return { kind: 'socket', path: text };
  const match = /^(?:(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):)?(\d+)$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65535) {
    throw new UserError(
      `--server takes a port, HOST:PORT or the path of a Unix socket (with a slash), not "${text}".`,
      { code: 'bad-address' },
    );
  }
  return { kind: 'tcp', host: match[1] ?? (match[2] || '127.0.0.1'), port };
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** A socket file that nobody answers on was left behind; one that somebody answers on is in use. */
async function clearSocket(path: string): Promise<void> {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return;
  if (!stat.isSocket()) throw new UserError(`${path} exists and is no socket.`, { code: 'bad-address' });
  const inUse = await new Promise<boolean>((resolve) => {
    const probe = createConnection(path, () => {
      probe.destroy();
      resolve(true);
    });
    probe.on('error', () => resolve(false));
  });
  if (inUse) throw new UserError(`Another server listens on ${path} already.`, { code: 'address-in-use' });
  rmSync(path, { force: true });
}

function explainListen(error: NodeJS.ErrnoException, where: string): UserError {
  const reason =
    error.code === 'EADDRINUSE'
      ? 'the address is in use already'
      : error.code === 'EACCES'
        ? 'this user may not'
        : error.message;
  return new UserError(`Cannot listen on ${where}: ${reason}.`, { code: 'listen' });
}

export class AdapterServer {
  private readonly sessions = new Set<RunningSession>();
  /** Called after the end of each session. */
  sessionEnded: () => void = () => undefined;

  private constructor(
    private readonly server: Server,
    /** As a client would write it. */
    readonly address: string,
  ) {}

  /** Listens; resolves once clients can connect. Throws UserError. */
  static async listen(address: ServerAddress, report: (text: string) => void): Promise<AdapterServer> {
    const where = address.kind === 'tcp' ? `${address.host}:${address.port}` : address.path;
    if (address.kind === 'socket') await clearSocket(address.path);
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(explainListen(error, where)));
      const options: ListenOptions =
        address.kind === 'tcp' ? { host: address.host, port: address.port } : { path: address.path };
      server.listen(options, resolve);
    });
    if (address.kind === 'socket') giveToInvoker(address.path);
    const bound = server.address();
    const shown =
      typeof bound === 'object' && bound !== null
        ? `${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`
        : where;
    const result = new AdapterServer(server, shown);
    server.on('connection', (socket) => {
      const session = serve(socket, socket, report);
      result.sessions.add(session);
      void session.finished.then(() => {
        result.sessions.delete(session);
        result.sessionEnded();
      });
    });
    return result;
  }

  /** Whether anybody is connected. */
  get isBusy(): boolean {
    return this.sessions.size > 0;
  }

  /** Stops listening and ends every session; resolves when no debuggee is left. */
  async close(problem: string | undefined): Promise<void> {
    this.server.close();
    await Promise.all([...this.sessions].map((session) => session.stop(problem)));
  }
}
