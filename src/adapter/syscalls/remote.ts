/** Requests that make the debuggee execute system calls: any one, and those that change its files and its directory. */
import { readlinkSync } from 'node:fs';
import * as v from 'valibot';
import { UserError } from '../../common/errors';
import { bytesOf, type RedirectTarget } from '../../engine/syscalls/fileactions';
import type { RemoteArgument, RemoteOptions } from '../../engine/syscalls/remotecalls';
import { constantValue } from '../../syscalls/constants';
import { formatCall } from '../../syscalls/format';
import type { DecodedCall } from '../../syscalls/model';
import { suggestion } from '../../syscalls/near';
import { nameOf, namesOf, numberOf, unknownName } from '../../syscalls/numbers';
import { specOf } from '../../syscalls/specs';
import type {
  CallSyscallResponse,
  ChangeDirectoryResponse,
  CloseFileResponse,
  DuplicateFileResponse,
  RedirectFileResponse,
} from '../../protocol/remotecalls';
import { request, type RequestContext } from '../request';
import type { Session } from '../session';
import { flag, integer, natural, text } from '../validation';

const MAX_ARGUMENTS = 6;
const MAX_TIMEOUT = 600_000;
const MAX_BUFFER = 1 << 20;
/** Numbers of calls are 32 bits wide. */
const MAX_NUMBER = 0xffff_ffff;
const MAX_FD = 0x7fff_ffff;

const options = {
  threadId: v.optional(integer),
  timeout: v.optional(
    v.pipe(natural, v.minValue(1, 'a number of milliseconds'), v.maxValue(MAX_TIMEOUT, `at most ${MAX_TIMEOUT}`)),
  ),
  force: v.optional(flag),
};
const descriptor = v.pipe(natural, v.maxValue(MAX_FD, 'the number of a descriptor'));
const argument = v.union(
  [
    integer,
    text,
    v.strictObject({ text }),
    v.strictObject({ buffer: v.pipe(natural, v.maxValue(MAX_BUFFER)) }),
    v.strictObject({ flags: text }),
  ],
  `a number, a text, { "text": … }, { "flags": … } or { "buffer": bytes up to ${MAX_BUFFER} }`,
);

interface CommonArguments {
  readonly threadId?: number | undefined;
  readonly timeout?: number | undefined;
  readonly force?: boolean | undefined;
}

/** Does something that makes calls; the client may cancel it. */
async function making<T>(
  context: RequestContext,
  { threadId, timeout, force }: CommonArguments,
  work: (options: RemoteOptions) => Promise<T>,
): Promise<T> {
  const abort = new AbortController();
  context.onCancel(() => abort.abort());
  try {
    return await work({ tid: threadId, limit: timeout, despiteSeccomp: force, cancel: abort.signal });
  } catch (error) {
    context.throwIfCancelled();
    throw error;
  }
}

/** Memory and descriptors may be others now. */
function changed(session: Session): void {
  session.disassemblySources.codeChanged();
  if (session.debuggee?.ending === undefined) session.invalidate('variables', 'stacks');
}

// ---- any call ----

function badArgument(message: string): UserError {
  return new UserError(message, { code: 'bad-argument' });
}

function chosenCall(name: string | undefined, number: number | undefined): string {
  if (name === undefined && number === undefined) {
    throw badArgument('The request ptrace/syscalls/call needs the "name" or the "number" of a system call.');
  }
  if (name !== undefined && number !== undefined && numberOf('x86_64', name) !== number) {
    throw badArgument(`"name" and "number" are two calls: ${name} is not ${number}. Give one of them.`);
  }
  if (name === undefined) return nameOf('x86_64', number!) ?? unknownName(number!);
  if (numberOf('x86_64', name) !== undefined) return name;
  const other = numberOf('i386', name) === undefined ? '' : ' in 64-bit programs';
  const near = suggestion(name, namesOf('x86_64'));
  throw new UserError(`There is no system call '${name}'${other}.${near}`, { code: 'no-such-call' });
}

function flagsOf(flags: string): bigint {
  return flags
    .split('|')
    .map((word) => word.trim())
    .reduce((value, word) => {
      const known = /^(0x[0-9a-f]+|\d+)$/i.test(word) ? BigInt(word) : constantValue(word);
      if (known === undefined) throw badArgument(`There is no constant '${word}' in "flags": "${flags}".`);
      return value | known;
    }, 0n);
}

function remoteArgument(given: v.InferOutput<typeof argument>): RemoteArgument {
  if (typeof given === 'number') return BigInt(given);
  if (typeof given === 'string') return hexadecimal(given) ?? bytesOf(given);
  if ('text' in given) return bytesOf(given.text);
  if ('buffer' in given) return new Uint8Array(given.buffer);
  return flagsOf(given.flags);
}

/** `0x1f`, also with a sign; undefined for what is no number of 64 bits. */
function hexadecimal(word: string): bigint | undefined {
  const digits = /^-?(0x[0-9a-f]+)$/i.exec(word)?.[1];
  if (digits === undefined) return undefined;
  const value = BigInt(digits);
  if (value >= 1n << 64n) throw badArgument(`${word} has more than 64 bits, which no argument of a call has.`);
  return word.startsWith('-') ? -value : value;
}

function checkCount(name: string, count: number): void {
  const { args } = specOf('x86_64', numberOf('x86_64', name) ?? -1);
  const most = numberOf('x86_64', name) === undefined ? MAX_ARGUMENTS : args.length;
  if (count <= most) return;
  const names = most === 0 ? 'no arguments' : `${most} argument${most === 1 ? '' : 's'}`;
  const list = most === 0 ? '' : ` (${args.map((each) => each.name).join(', ')})`;
  throw badArgument(`${name} takes ${names}${list}, not ${count}.`);
}

function resultOf(call: DecodedCall): CallSyscallResponse {
  const { result } = call;
  const value = result?.errno ? -1n : (result?.value ?? 0n);
  const isSafe = value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER);
  return {
    result: isSafe ? Number(value) : `0x${BigInt.asUintN(64, value).toString(16)}`,
    ...(result?.errno && { errno: result.errno }),
    text: formatCall(call, { column: 0 }),
  };
}

export const callSyscall = request(
  'live',
  v.object({
    ...options,
    name: v.optional(text),
    number: v.optional(v.pipe(natural, v.maxValue(MAX_NUMBER, 'the number of a system call'))),
    args: v.optional(v.array(argument, 'a list')),
  }),
  async (session, { name, number, args = [], ...rest }, context): Promise<CallSyscallResponse> => {
    const called = chosenCall(name, number);
    checkCount(called, args.length);
    const passed = args.map(remoteArgument);
    const call = await making(context, rest, (options) =>
      session.live.remoteCalls.perform(options, (make) => make(called, ...passed)),
    );
    changed(session);
    return resultOf(call);
  },
);

// ---- files ----

export const closeFile = request(
  'live',
  v.object({ ...options, fd: descriptor }),
  async (session, { fd, ...rest }, context): Promise<CloseFileResponse> => ({
    what: await making(context, rest, (options) => session.live.files.close(fd, options)),
  }),
);

export const duplicateFile = request(
  'live',
  v.object({ ...options, fd: descriptor, newFd: v.optional(descriptor) }),
  async (session, { fd, newFd, ...rest }, context): Promise<DuplicateFileResponse> => ({
    fd: await making(context, rest, (options) => session.live.files.duplicate(fd, newFd, options)),
  }),
);

function redirectTarget(
  path: string | undefined,
  append: boolean | undefined,
  toConsole: boolean | undefined,
): RedirectTarget {
  if ((path === undefined) === (toConsole !== true)) {
    throw badArgument('The request ptrace/files/redirect needs either "path", or "console": true.');
  }
  if (path === undefined) return { kind: 'console' };
  if (path === '') throw badArgument('"path" of the request ptrace/files/redirect is empty.');
  return { kind: 'file', path, how: append ? 'append' : 'truncate' };
}

export const redirectFile = request(
  'live',
  v.object({
    ...options,
    fd: descriptor,
    path: v.optional(text),
    append: v.optional(flag),
    console: v.optional(flag),
  }),
  async (session, { fd, path, append, console, ...rest }, context): Promise<RedirectFileResponse> => {
    const to = redirectTarget(path, append, console);
    const { before, after = '' } = await making(context, rest, (options) =>
      session.live.files.redirect(fd, to, options),
    );
    return { ...(before !== undefined && { before }), after };
  },
);

export const changeDirectory = request(
  'live',
  v.object({ ...options, path: text }),
  async (session, { path, ...rest }, context): Promise<ChangeDirectoryResponse> => {
    const { live } = session;
    await making(context, rest, (options) => live.files.changeDirectory(path, options));
    return { directory: readlinkSync(`/proc/${live.pid}/cwd`) };
  },
);
