/**
 * The program behind package.json's `bin`: loads the adapter's bundle, adapter.js beside it, with V8's compiled code
 * from an earlier run. A session uses most functions once, so compiling them is a good part of its first second
 * (measured on one CPU: 35 → 21 ms from launch to the first stop, 107 → 93 ms from start to launch). The disassembler's
 * 0.9 MB of JavaScript are loaded the same way when somebody wants them (27 → 8 ms).
 *
 * The code lies in the user's cache folder, in a file named after the script and the runtime it was made for; V8 itself
 * refuses what it did not make. Where it cannot be kept, nothing is lost but the time.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';

/** Two scripts for each of some runtimes: VS Code's, Node's, an update of either. */
const KEPT = 8;

const ONLY_PRINTING = new Set(['--version', '--help', '-h']);

const bundle = join(__dirname, 'adapter.js');
const disassembler = join(__dirname, 'iced_x86.js');

function cacheFile(path: string): string {
  const { size, mtimeMs } = statSync(path);
  const key = [path, size, mtimeMs, process.version, process.versions.v8, process.arch].join('\n');
  const folder = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  return join(folder, 'ptrace-debug', `${createHash('sha256').update(key).digest('hex').slice(0, 16)}.code`);
}

function read(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

/** Keeps the code of everything that ran, for the next time. */
function keep(file: string, code: Buffer): void {
  const folder = dirname(file);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const temporary = `${file}.${process.pid}`;
    writeFileSync(temporary, code, { mode: 0o600 });
    renameSync(temporary, file);
    const others = readdirSync(folder)
      .map((name) => join(folder, name))
      .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
    for (const old of others.slice(KEPT)) rmSync(old, { force: true });
  } catch {
    // A full disk, a read-only home: the next start compiles again.
  }
}

/** What `require` would return for a CommonJS script. */
function load(path: string, require: NodeJS.Require): unknown {
  const file = cacheFile(path);
  const cachedData = read(file);
  const script = new Script(Module.wrap(readFileSync(path, 'utf8')), { filename: path, cachedData });
  const refused = !cachedData || script.cachedDataRejected === true;
  // `--version` compiles next to nothing: its code would serve nobody.
  if (refused && !process.argv.some((arg) => ONLY_PRINTING.has(arg)))
    process.once('exit', () => keep(file, script.createCachedData()));
  const main = script.runInThisContext() as (...scope: unknown[]) => void;
  const module = { exports: {} };
  main.call(module.exports, module.exports, require, module, path, dirname(path));
  return module.exports;
}

function run(): void {
  const require = createRequire(bundle);
  const loading = (id: string): unknown => (id === './iced_x86.js' ? load(disassembler, require) : require(id));
  load(bundle, Object.assign(loading, require));
}

/*
 * V8 optimises a function once so many bytes of its bytecode have run; 132 KiB by default. A step goes once through some
 * hundred functions, so that hundreds of steps would be taken in slow code (measured on one CPU, over the first 600 line
 * steps with the views refreshed: 1.18 → 0.90 ms of CPU time each; instruction steps 0.25 → 0.20; a launch takes 2 % more).
 * A runtime that does not know the flag says so on standard error and goes on.
 */
setFlagsFromString('--interrupt-budget=30000');
run();
