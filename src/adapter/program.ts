/**
 * Finds the program a launch names and checks, before any process exists, whatever would make the launch fail: execve(2)
 * has one errno for many reasons, and each deserves a sentence of its own.
 */
import { accessSync, closeSync, constants, openSync, readdirSync, readSync, realpathSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { basename, delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import { UserError } from '../common/errors';
import { checkElf } from './elfcheck';

export interface ResolvedProgram {
  /** Absolute. */
  readonly program: string;
  /** Absolute. */
  readonly cwd: string;
  /** Something the user should know, e.g. that an interpreter is what will be debugged. */
  readonly note?: string;
}

export interface ProgramRequest {
  readonly program: string;
  readonly cwd: string | undefined;
  /** The value of PATH for a bare name. */
  readonly path: string | undefined;
}

function fail(code: string, message: string): never {
  throw new UserError(message, { code });
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Quotes a path for a command line that the user may paste into a shell. */
export function shellQuote(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

/** Locates and checks the program and its working directory. Throws UserError. */
export function resolveProgram(request: ProgramRequest): ResolvedProgram {
  const cwd = request.cwd === undefined ? undefined : checkCwd(resolve(request.cwd));
  const found = locate(request, cwd);
  return { program: found.program, cwd: cwd ?? found.cwd, note: checkFile(found.program) };
}

function checkCwd(cwd: string): string {
  const stat = statOf(cwd);
  if (!stat) fail('no-such-cwd', `The working directory ${cwd} ("cwd") does not exist.${hintOf(cwd)}`);
  if (!stat.isDirectory()) fail('bad-cwd', `The working directory ${cwd} ("cwd") is not a directory.`);
  if (!isExecutable(cwd)) fail('bad-cwd', `The working directory ${cwd} ("cwd") may not be entered by this user.`);
  return cwd;
}

/** The program's path, and the working directory when none was asked for. */
function locate(request: ProgramRequest, cwd: string | undefined): { program: string; cwd: string } {
  const { program } = request;
  const base = cwd ?? process.cwd();
  const direct = isAbsolute(program) ? program : join(base, program);
  if (statOf(direct)) return { program: direct, cwd: dirname(direct) };
  if (!program.includes('/')) {
    for (const directory of (request.path ?? '').split(delimiter)) {
      const candidate = join(resolve(base, directory || '.'), program);
      // A command found in PATH has no folder of its own to run in: it runs where the adapter does.
      if (statOf(candidate)?.isFile() && isExecutable(candidate)) return { program: candidate, cwd: base };
    }
  }
  throw new UserError(notFound(program, direct), { code: 'no-such-program' });
}

/** What a path that was never meant literally looks like. */
function hintOf(path: string): string {
  if (path.includes('${')) return ' It holds a variable that the client has not replaced.';
  if (/(^|\/)~/.test(path))
    return ' "~" is not expanded here; write the home directory out, or ${userHome} in VS Code.';
  return '';
}

function notFound(given: string, path: string): string {
  const hint = hintOf(given);
  const where = given.includes('/') ? path : `${path}, and no command of that name is in PATH`;
  if (hint) return `There is no program ${where}.${hint}`;
  const folder = dirname(path);
  if (!statOf(folder)) {
    let missing = folder;
    while (!statOf(dirname(missing))) missing = dirname(missing);
    return `There is no program ${path}: the folder ${missing} does not exist.`;
  }
  const near = similarNames(folder, basename(path));
  const suggestion = near.length > 0 ? ` Did you mean ${near.join(' or ')}?` : ' Has it been built?';
  return `There is no program ${where}.${suggestion}`;
}

/** Up to three names of that folder that look like `name`, best first. */
function similarNames(folder: string, name: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder).slice(0, 5000);
  } catch {
    return [];
  }
  const allowed = Math.max(1, Math.floor(name.length / 3));
  return names
    .map((candidate) => ({ candidate, distance: distanceBetween(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= allowed)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ candidate }) => join(folder, candidate));
}

/** Levenshtein's distance. */
function distanceBetween(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 8) return Infinity;
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

/** Checks that the kernel will run this file; returns a note for the user, if there is one to make. */
function checkFile(path: string): string | undefined {
  const stat = statOf(path)!;
  if (stat.isDirectory()) fail('is-directory', `${path} is a directory, not a program.`);
  if (!stat.isFile()) fail('not-a-file', `${path} is not a regular file.`);
  if (stat.size === 0) fail('empty-file', `${path} is empty. Build it again.`);
  if (!isExecutable(path)) {
    if ((stat.mode & 0o111) === 0) {
      fail('not-executable', `${path} is not executable. Run: chmod +x ${shellQuote(path)}`);
    }
    fail(
      'not-executable',
      `${path} may not be executed: its permissions exclude this user, or its file system is mounted noexec.`,
    );
  }
  return withFile(path, (read) => checkContent(path, read, stat.size));
}

type Read = (offset: number, length: number) => Buffer;

function withFile<T>(path: string, use: (read: Read) => T): T {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(`${path} cannot be read (${code}); a debugger has to read what it debugs.`, {
      code: 'unreadable',
    });
  }
  try {
    return use((offset, length) => {
      if (!Number.isSafeInteger(offset) || length <= 0) return Buffer.alloc(0);
      const buffer = Buffer.alloc(Math.min(length, 1 << 20));
      return buffer.subarray(0, readSync(descriptor, buffer, 0, buffer.length, offset));
    });
  } finally {
    closeSync(descriptor);
  }
}

function checkContent(path: string, read: Read, size: number): string | undefined {
  const start = read(0, 256);
  if (start.toString('latin1', 0, 4) === '\x7fELF') {
    const verdict = checkElf(read, size);
    if (!verdict.ok) fail(verdict.code, `${path} ${verdict.problem}`);
    if (verdict.loader !== undefined && !statOf(verdict.loader)) {
      fail('no-loader', `${path} needs the dynamic loader ${verdict.loader}, which is not on this machine.`);
    }
    return undefined;
  }
  if (start.toString('latin1', 0, 2) === '#!') return checkScript(path, start);
  const kind = start.toString('latin1', 0, 2) === 'MZ' ? 'a Windows program' : 'neither an ELF file nor a script';
  return fail(
    'not-a-program',
    `${path} is ${kind}, so Linux cannot run it. "program" must be an ELF executable or a script that begins with "#!".`,
  );
}

/** execve(2), "Interpreter scripts": `#!interpreter [argument]`, at most 255 bytes of the line count. */
function checkScript(path: string, start: Buffer): string {
  const line = start.toString('utf8').split('\n', 1)[0]!.slice(2);
  const interpreter = line.trim().split(/[ \t]/, 1)[0]!;
  if (interpreter === '') {
    fail('no-interpreter', `${path} is a script whose first line names no interpreter after "#!".`);
  }
  if (line.endsWith('\r')) {
    fail('no-interpreter', `${path} is a script with Windows line ends, so its interpreter is not found. Convert it.`);
  }
  const stat = statOf(interpreter);
  if (!stat) fail('no-interpreter', `${path} is a script for ${interpreter}, which does not exist.`);
  if (!stat.isFile() || !isExecutable(interpreter)) {
    fail('no-interpreter', `${path} is a script for ${interpreter}, which is not an executable file.`);
  }
  return `${path} is a script: its interpreter ${realpathSync(interpreter)} is what is debugged.`;
}
