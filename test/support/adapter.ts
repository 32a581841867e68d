/** The adapter under test: dist/ptrace-dap.js as users run it, rebuilt first when a source is newer than it. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isAlive } from './processes';

export const root = resolve(import.meta.dirname, '../..');
const entry = join(root, 'dist/ptrace-dap.js');

function modified(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function newestSource(): number {
  let newest = modified(join(root, 'esbuild.mjs'));
  for (const name of readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })) {
    if (name.endsWith('.ts')) newest = Math.max(newest, modified(join(root, 'src', name)));
  }
  return newest;
}

function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** Runs `work` while no other test process does the same. A lock whose owner has died is taken over. */
function exclusively(work: () => void): void {
  const lock = join(root, '.cache/build.lock');
  mkdirSync(join(root, '.cache'), { recursive: true });
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch {
      const owner = Number(readOrEmpty(lock));
      if (owner > 0 && !isAlive(owner)) rmSync(lock, { force: true });
      sleep(50);
    }
  }
  try {
    work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

let fresh = false;

/** The words that start the adapter on its stdio. Builds it when it is stale, once for all test processes. */
export function adapterCommand(...args: string[]): string[] {
  if (!fresh && modified(entry) < newestSource()) {
    exclusively(() => {
      if (modified(entry) >= newestSource()) return;
      const result = spawnSync(process.execPath, [join(root, 'esbuild.mjs')], { cwd: root, encoding: 'utf8' });
      if (result.status !== 0) throw new Error(`esbuild.mjs failed:\n${result.stdout}${result.stderr}`);
    });
  }
  fresh = true;
  return [process.execPath, entry, ...args];
}
