/**
 * How long it takes until every thread of a process stands still: 500 threads, half of them asleep, paused and continued.
 *
 *   node bench/engine.mjs stopall [threads] [pauses]
 *
 * Prints milliseconds, least, median and most: of the clock, and of CPU time, which other load does not change; and the
 * same for one thread, to compare with.
 */
import { Target } from '../src/engine/target';
import { SourcePaths } from '../src/symbols/sourcepaths';
import { compile } from '../test/support/debuggees';

interface Times {
  readonly wall: number[];
  readonly cpu: number[];
}

async function measure(program: string, threads: number, pauses: number): Promise<Times> {
  const target = await Target.launch({
    program,
    args: [String(threads), '600'],
    env: { PATH: '/usr/bin:/bin' },
    cwd: '/',
    stdio: [null, null, null],
    disableAslr: true,
    stopOnEntry: false,
    noDebug: false,
    sourcePaths: new SourcePaths(),
    debugFileDirectories: [],
  });
  const stopped = () => new Promise<void>((resolve) => target.once('stopped', () => resolve()));
  target.breakpoints.setFunctions([{ name: 'all_ready' }]);
  const ready = stopped();
  target.start();
  await ready;
  const wall: number[] = [];
  const cpu: number[] = [];
  for (let i = 0; i < pauses; i++) {
    target.continue(target.pid);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const used = process.cpuUsage();
    const begin = performance.now();
    target.pause();
    wall.push(performance.now() - begin);
    const { user, system } = process.cpuUsage(used);
    cpu.push((user + system) / 1000);
    if (target.threads().length !== threads + 1) throw new Error('a thread is missing');
  }
  await target.kill();
  return { wall, cpu };
}

const [threads = 500, pauses = 50] = process.argv.slice(2).map(Number);
const program = compile('many_threads.c', { flags: ['-g', '-O0', '-pthread'] });
for (const count of [1, threads]) {
  for (const [what, times] of Object.entries(await measure(program, count, pauses))) {
    const sorted = (times as number[]).sort((a, b) => a - b);
    const [least, median, most] = [sorted[0], sorted[sorted.length >> 1], sorted.at(-1)];
    console.log(`${count} threads, ${what}: least ${least} ms, median ${median} ms, most ${most} ms`);
  }
}
process.exit(0);
