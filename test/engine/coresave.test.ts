/** Core files that we save of living processes: read by gdb, and beside gdb attached to the same process. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { saveCore } from '../../src/engine/core/savecore';
import { dumpRegions } from '../../src/engine/core/dumpregions';
import type { StopEvent } from '../../src/engine/types';
import { compile, runTool } from '../support/debuggees';
import { eventually, kill, processInfo, startStranger } from '../support/processes';
import { beginning, gdbPrints, gdbThreads, openCore, ownThreads, placesOf, scratch } from './corefiles';
import { Driver } from './harness';

const SOURCE = 'corecrash.cpp';
const FLAGS = ['-g', '-O0', '-pthread'];
const never = new AbortController().signal;

/** Whether every thread of a process sleeps. */
function sleeps(pid: number): boolean {
  const tids = readdirSync(`/proc/${pid}/task`);
  return tids.length === 4 && tids.every((tid) => processInfo(Number(tid))?.state === 'S');
}

async function save(driver: Driver, stop?: StopEvent): Promise<string> {
  const path = join(scratch(), 'core');
  await saveCore(driver.target, { path, stop, cancel: never });
  return path;
}

describe('a core saved of a living process', () => {
  it('shows what gdb shows of the process itself, and what we do', async () => {
    const program = compile(SOURCE, { flags: FLAGS });
    const { pid } = await startStranger(program, 'pause');
    onTestFinished(() => kill(pid));
    await eventually(() => sleeps(pid), 'every thread sleeps');
    const driver = await Driver.attach(pid, SOURCE);
    driver.start();
    driver.target.pause();
    await driver.stop();
    const live = ownThreads(driver.target);
    const path = await save(driver);
    await driver.target.detach();

    const core = openCore(path);
    expect(ownThreads(core)).toEqual(live);
    expect(core.threads()).toHaveLength(4);
    expect(core.program).toBe(program);
    const inCore = gdbThreads(program, path);
    const attached = gdbThreads(program, '-p', String(pid));
    expect(placesOf(inCore)).toEqual(placesOf(attached));
    expect(inCore.map(({ registers }) => registers)).toEqual(attached.map(({ registers }) => registers));
    expect(inCore.map(({ registers }) => registers)).toEqual(ownThreads(core).map(({ registers }) => registers));
    expect(beginning(core).lines.join('\n')).toMatch(/4 threads, saved while it lived/);
  });

  it('has the signal, the values and no int3 of ours', async () => {
    const driver = await Driver.launch(SOURCE, { compile: { flags: FLAGS }, args: ['segv'] });
    driver.breakAt('bring_down', 'join', 'fault');
    driver.start();
    let stop = await driver.stop();
    while (stop.reason.kind === 'breakpoint') {
      driver.resume();
      stop = await driver.stop();
    }
    const path = await save(driver, stop);
    const { program } = driver.target;
    const [fault] = driver.target.stack(stop.tid).frames(0, 1);
    const code = readFileSync(program);
    const core = openCore(path, program);

    const { tid, reason } = beginning(core);
    expect([tid, reason]).toEqual([stop.tid, 'SIGSEGV']);
    const start = core.functionBounds(fault!.pc)!.start;
    const module = core.modules.at(start)!;
    const section = module.elf.section('.text')!;
    const text = core.memory.read(module.toVirt(section.address), section.size);
    expect(Buffer.from(text).equals(code.subarray(section.offset, section.offset + section.size))).toBe(true);

    const printed = gdbPrints(program, path, [
      'print $_siginfo.si_signo',
      'print *list',
      'print written',
      'print half',
      'print how',
    ]);
    expect(printed[0]).toMatch(/= 11$/);
    expect(printed[1]).toMatch(/value = 1, next = 0x/);
    expect(printed.slice(2, 4)).toEqual([expect.stringMatching(/= 8$/), expect.stringMatching(/= 0\.5$/)]);
    expect(printed[4]).toMatch(/= "segv"$/);
    expect(runTool('readelf', ['-lnW', path])).toMatch(/NT_SIGINFO[\s\S]*NT_AUXV[\s\S]*NT_FILE/);
  });

  it('can be read without the files it came from', async () => {
    const driver = await Driver.launch('crash.c');
    driver.start();
    const stop = await driver.stop();
    const live = driver.target
      .stack(stop.tid)
      .frames(0, 10)
      .map(({ pc }) => pc);
    const core = openCore(await save(driver, stop));
    // The text is in the core itself.
    const module = core.modules.modules[0]!;
    const bytes = core.memory.read(module.entry, 16);
    core.memory.backBy([]);
    expect(core.memory.read(module.entry, 16)).toEqual(bytes);
    expect(
      core
        .stack(stop.tid)
        .frames(0, 10)
        .map(({ pc }) => pc),
    ).toEqual(live);
  });

  it('has the names of threads', async () => {
    const driver = await Driver.launch('threads.c', { compile: { flags: ['-g', '-O0', '-pthread'] }, args: ['3'] });
    driver.breakAt('main_second');
    driver.start();
    await driver.stop();
    const core = openCore(await save(driver));
    const names = core.threads().map(({ name }) => name);
    expect(names.sort()).toEqual(['threads', 'worker-0', 'worker-1', 'worker-2']);
  });

  it('takes no room for memory that was never touched', async () => {
    const driver = await Driver.launch('coresparse.c');
    driver.breakAt('mapped');
    driver.start();
    await driver.stop();
    const path = await save(driver);
    const { size, blocks } = statSync(path);
    expect(size).toBeGreaterThan(2 ** 31);
    expect(blocks * 512).toBeLessThan(64 * 2 ** 20);
    const core = openCore(path);
    const address = BigInt(driver.int('touched_low') >>> 0) | (BigInt(driver.int('touched_high')) << 32n);
    expect(Buffer.from(core.memory.read(address as never, 5)).toString()).toBe('here\0');
    const hidden = BigInt(driver.int('hidden_low') >>> 0) | (BigInt(driver.int('hidden_high')) << 32n);
    expect(core.memory.read(hidden as never, 8)).toHaveLength(0);
    expect(gdbPrints(driver.target.program, path, ['print (char *) touched']).join()).toMatch(/"here"/);
  });
});

describe('a core that cannot be saved', () => {
  it('leaves nothing behind, and says why', async () => {
    const driver = await Driver.launch('crash.c');
    driver.start();
    const stop = await driver.stop();
    const directory = scratch();
    const into = (path: string, cancel = never) => saveCore(driver.target, { path, stop, cancel });
    await expect(into(join(directory, 'no/core'))).rejects.toThrow(/cannot be saved: there is no folder .*\/no\.$/);
    mkdirSync(join(directory, 'folder'));
    await expect(into(join(directory, 'folder'))).rejects.toThrow('it is a folder');
    await expect(into('/dev/full/core')).rejects.toThrow('there is no folder /dev/full');
    expect(readdirSync(directory)).toEqual(['folder']);
    driver.resume();
    await driver.exit();
    await expect(into(join(directory, 'core'))).rejects.toThrow('has ended');
    expect(existsSync(join(directory, 'core'))).toBe(false);
  });

  it('keeps the core that was there when it is cancelled', async () => {
    const driver = await Driver.launch('coresparse.c');
    driver.breakAt('mapped');
    driver.start();
    await driver.stop();
    const directory = scratch();
    const path = join(directory, 'core');
    writeFileSync(path, 'an older one');
    const cancel = new AbortController();
    const saving = saveCore(driver.target, { path, stop: undefined, cancel: cancel.signal });
    cancel.abort();
    await expect(saving).rejects.toThrow('cancelled');
    expect(readdirSync(directory)).toEqual(['core']);
    expect(readFileSync(path, 'utf8')).toBe('an older one');

    const running = saveCore(driver.target, { path, stop: undefined, cancel: never });
    driver.resume();
    await expect(running).rejects.toThrow('The program ran on before its core file was complete.');
    expect(readdirSync(directory)).toEqual(['core']);
  });
});

describe('what goes into a core', () => {
  const mapping = (head: string, own: number, flags: string): string =>
    `${head}\nSize: 4 kB\nAnonymous: ${own} kB\nSwap: 0 kB\nVmFlags: ${flags}\n`;
  const smaps = [
    mapping('00400000-00401000 r--p 00000000 08:01 5 /bin/a', 0, 'rd mr mw me'),
    mapping('00401000-00402000 r-xp 00001000 08:01 5 /bin/a', 0, 'rd ex mr mw me'),
    mapping('00402000-00403000 r--p 00000000 08:01 6 /data/private', 0, 'rd mr mw me'),
    mapping('00403000-00404000 rw-p 00001000 08:01 6 /data/private', 4, 'rd wr mr mw me'),
    mapping('00404000-00405000 rw-s 00000000 08:01 7 /data/shared', 0, 'rd wr sh mr mw me'),
    mapping('00405000-00406000 rw-s 00000000 00:05 8 /memfd:x (deleted)', 0, 'rd wr sh mr mw me'),
    mapping('00406000-00407000 rw-p 00000000 00:00 0 [heap]', 4, 'rd wr mr mw me'),
    mapping('00407000-00408000 rw-p 00000000 00:00 0 ', 4, 'rd wr mr mw me dd'),
    mapping('00408000-00409000 ---p 00000000 00:00 0 ', 0, 'mr mw me'),
    mapping('00409000-0040a000 rw-s 00000000 00:06 9 /dev/card', 0, 'rd wr sh io pf'),
    mapping('0040a000-0040b000 r--p 00000000 00:00 0 [vvar]', 0, 'rd mr pf io de dd'),
    mapping('0040b000-0040c000 r-xp 00000000 00:00 0 [vdso]', 0, 'rd ex mr mw me de'),
    mapping('ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]', 0, 'ex'),
  ].join('');
  const dumped = (filter?: string) =>
    dumpRegions(smaps, filter)
      .map(({ isDumped }) => (isDumped ? 1 : 0))
      .join('');

  it.each([
    ['the default', undefined, '1101011000010'],
    ['nothing of shared memory', '31', '1101001000010'],
    ['everything', 'ff', '1111111000010'],
    ['files only', '0c', '1111100000010'],
  ])('follows coredump_filter: %s', (_what, filter, expected) => {
    expect(dumped(filter)).toBe(expected);
  });
});
