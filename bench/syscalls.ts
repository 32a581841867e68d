/**
 * What tracing system calls costs beside `strace -f -o`, on the same programs in turns:
 *
 *   node bench/engine.mjs syscalls [rounds] [calls]
 *
 * Prints the least time of each and the ratio of the least times; then what the log costs in memory, and how long a page of
 * it takes, as it grows.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Target } from '../src/engine/target';
import { RowView } from '../src/engine/syscalls/query';
import { SourcePaths } from '../src/symbols/sourcepaths';
import { parseFilter } from '../src/syscalls/filter';

const [rounds = 5, calls = 50_000] = process.argv.slice(2).map(Number);
const folder = mkdtempSync(join(tmpdir(), 'ptrace-bench-'));
const dd = ['/bin/dd', 'if=/dev/zero', 'of=/dev/null', 'bs=1', `count=${calls}`];

/** Milliseconds. */
function run(command: readonly string[]): number {
  const begin = performance.now();
  const { error } = spawnSync(command[0]!, command.slice(1), { stdio: 'ignore' });
  if (error) throw new Error(`${command[0]} cannot be started: ${error.message}. apt-get install strace coreutils`);
  return performance.now() - begin;
}

/** The same under the engine; with a filter, traced into a file. `look` sees the log before it is closed. */
async function traced(
  [program, ...args]: readonly string[],
  filter: string,
  look?: (target: Target) => Promise<void>,
): Promise<number> {
  const begin = performance.now();
  const target = await Target.launch({
    program: program!,
    args,
    env: { PATH: '/usr/bin:/bin' },
    cwd: folder,
    stdio: ['/dev/null', '/dev/null', '/dev/null'],
    disableAslr: true,
    stopOnEntry: false,
    noDebug: false,
    sourcePaths: new SourcePaths(),
    debugFileDirectories: [],
  });
  target.syscalls.writeTo(join(folder, 'ours'));
  target.syscalls.trace(parseFilter(filter));
  const ended = new Promise((resolve) => target.once('exited', resolve));
  let seen = Promise.resolve();
  if (look) target.on('calls', () => void (seen = seen.then(() => look(target))));
  // Nothing else keeps this process waiting.
  const alive = setInterval(() => undefined, 1000);
  target.start();
  await ended;
  const time = performance.now() - begin;
  clearInterval(alive);
  await seen;
  return time;
}

async function compare(what: string, ours: () => Promise<number>, theirs: () => number): Promise<void> {
  const [mine, other]: [number[], number[]] = [[], []];
  for (let i = 0; i < rounds; i++) {
    other.push(theirs());
    mine.push(await ours());
  }
  const [least, rival] = [Math.min(...mine), Math.min(...other)];
  console.log(
    `${what}: ours ${least.toFixed(0)} ms, beside ${rival.toFixed(0)} ms, ratio ${(least / rival).toFixed(2)}`,
  );
}

try {
  await traced(['/bin/true'], 'all');
  await compare(
    `every call of dd bs=1 count=${calls}, beside strace -f -o`,
    () => traced(dd, 'all'),
    () => run(['strace', '-f', '-o', join(folder, 'theirs'), ...dd]),
  );
  await compare(
    'calls that do not occur, beside the program alone',
    () => traced(dd, 'reboot'),
    () => run(dd),
  );
  const marks = [1e5, 1e6].filter((mark) => mark <= calls * 2);
  await traced(dd, 'all', async ({ syscalls }) => {
    const { store } = syscalls.log;
    const [mark] = marks;
    if (mark === undefined || store.length < mark) return;
    marks.shift();
    const begin = performance.now();
    const view = new RowView(store, {});
    await view.refresh(() => Promise.resolve());
    store.textsOf(view.page(mark >> 1, 100).map(({ row }) => row));
    const took = performance.now() - begin;
    console.log(
      `${mark} rows: a page ${took.toFixed(2)} ms, resident ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB`,
    );
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
