/** `ptrace-dap`: the debug adapter as a program. Composition, options, and the promise that no debuggee is orphaned. */
import { UserError, messageOf } from '../common/errors';
import { serve } from './adapter';
import { PrivateDoor } from './privatedoor';
import { AdapterServer, isLoopback, parseServerAddress } from './server';
import { version } from './version';

const usage = `Usage: ptrace-dap [--server ADDRESS [--allow-remote] [--once]]

A debug adapter for Linux x86-64. It speaks the Debug Adapter Protocol on standard input and output.

  --server ADDRESS   listen instead: a port on 127.0.0.1, HOST:PORT, or the path of a Unix socket; port 0 picks one.
                     The address is printed on standard error. Each connection is a session of its own.
  --allow-remote     let --server listen on an address that other machines can reach. Whoever can connect can run
                     programs as you: there is no password.
  --once             let --server end with its first client. Started by sudo or pkexec, its Unix socket belongs to the
                     user who called them.
  --version          print the version
  --help             print this text
`;

interface Options {
  readonly server?: string;
  readonly allowRemote: boolean;
  readonly once: boolean;
  readonly print?: string;
}

/** Throws UserError for what it does not know. */
export function parseOptions(args: readonly string[]): Options {
  let server: string | undefined;
  let allowRemote = false;
  let once = false;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === '--help' || arg === '-h') return { allowRemote, once, print: usage };
    if (arg === '--version') return { allowRemote, once, print: `${version()}\n` };
    if (arg === '--allow-remote') allowRemote = true;
    else if (arg === '--once') once = true;
    else if (arg.startsWith('--server=')) server = arg.slice('--server='.length);
    else if (arg === '--server') {
      server = args[++i];
      if (server === undefined) throw new UserError('--server needs an address.');
    } else throw new UserError(`Unknown option ${arg}. See ptrace-dap --help.`);
  }
  if (allowRemote && server === undefined) throw new UserError('--allow-remote is for --server only.');
  if (once && server === undefined) throw new UserError('--once is for --server only.');
  return { server, allowRemote, once };
}

function report(text: string): void {
  process.stderr.write(`ptrace-dap: ${text}\n`);
}

/** Ends everything that is being debugged; called once, whatever the reason for leaving. */
type CleanUp = (problem: string | undefined) => Promise<void>;

/** A signal or a bug ends the adapter, but not before the debuggees are taken care of. */
function leaveCleanly(cleanUp: CleanUp, staysOnce: () => boolean = () => false): void {
  let leaving = false;
  let stayed = false;
  const leave = (code: number, problem: string | undefined) => {
    if (leaving) return;
    leaving = true;
    void cleanUp(problem)
      .catch((error: unknown) => report(messageOf(error)))
      .then(() => process.exit(code));
  };
  for (const [signal, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
    ['SIGHUP', 1],
  ] as const) {
    process.on(signal, () => {
      if (signal === 'SIGTERM' && !stayed && staysOnce()) stayed = true;
      else leave(128 + number, `the adapter was asked to end by ${signal}`);
    });
  }
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    process.on(event, (error: unknown) => {
      report(error instanceof Error ? (error.stack ?? error.message) : String(error));
      leave(1, `internal error: ${messageOf(error)}`);
    });
  }
}

async function runServer(text: string, { allowRemote, once }: Options): Promise<void> {
  const address = parseServerAddress(text);
  if (address.kind === 'tcp' && !isLoopback(address.host) && !allowRemote) {
    throw new UserError(
      `${address.host} can be reached from other machines, and whoever connects can run programs as you. ` +
        'Add --allow-remote if that is what you want.',
    );
  }
  const server = await AdapterServer.listen(address, report);
  const door = new PrivateDoor(report);
  const close = async (problem: string | undefined) => {
    await Promise.all([server.close(problem), door.close(problem)]);
  };
  leaveCleanly(close);
  if (once) {
    server.sessionEnded = () =>
      void door
        .idle()
        .then(() => close(undefined))
        .then(() => process.exit(0));
  }
  process.stderr.write(`Listening on ${server.address}\n`);
}

function runStdio(): void {
  const session = serve(process.stdin, process.stdout, report);
  const door = new PrivateDoor(report);
  leaveCleanly(
    async (problem) => {
      await Promise.all([session.stop(problem), door.close(problem)]);
    },
    // VS Code ends the process with the session that it was started for; children may have sessions here as well.
    () => session.isLeaving && door.isBusy,
  );
  void session.finished.then(async (problem) => {
    await door.idle();
    await door.close(undefined);
    process.exit(problem === undefined ? 0 : 1);
  });
}

/** Runs the program; never returns a rejection. */
export async function main(args: readonly string[]): Promise<void> {
  try {
    const options = parseOptions(args);
    if (options.print !== undefined) process.stdout.write(options.print);
    else if (options.server !== undefined) await runServer(options.server, options);
    else runStdio();
  } catch (error) {
    report(messageOf(error));
    process.exitCode = error instanceof UserError ? 2 : 1;
  }
}

void main(process.argv.slice(2));
