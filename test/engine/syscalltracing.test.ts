/** System calls of real programs: the log beside strace's, scopes, stops, and rules that change what happens. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { compileCondition } from '../../src/syscalls/condition/condition';
import { parseFilter } from '../../src/syscalls/filter';
import { parseRule } from '../../src/syscalls/inject/parse';
import { findPreset } from '../../src/syscalls/inject/presets';
import type { InjectionObject } from '../../src/syscalls/inject/rule';
import type { StopEvent } from '../../src/engine/types';
import { runTool } from '../support/debuggees';
import { Driver, type DriverOptions } from './harness';

const folder = mkdtempSync(join(tmpdir(), 'ptrace-calls-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const calls = (args: string[], options: DriverOptions = {}): Promise<Driver> =>
  Driver.launch('calls.c', { args, compile: { flags: ['-g', '-pthread'] }, ...options });

/** The lines of the log, without what differs between two runs: pids, addresses, random bytes, times. */
function normalised(text: string): string[] {
  return text.split('\n').map((line) =>
    line
      .replace(/^\d+ +/, '')
      .replace(/0x[0-9a-f]{5,}/g, 'ADDRESS')
      .replace(/^(getrandom\()"[^"]*"/, '$1BYTES')
      .replace(/^(set_tid_address\(ADDRESS\)\s+= )\d+/, '$1TID')
      .replace(/st_[acm]tim[^,}]*/g, '')
      .replace(/ +=/, ' ='),
  );
}

const logged = (driver: Driver): string[] => {
  const { store } = driver.target.syscalls.log;
  return store.textsOf(store.slice(0, store.length));
};

const names = (driver: Driver): string[] => logged(driver).map((line) => line.replace(/\(.*/s, ''));

describe('the log is that of strace', () => {
  it.each([
    ['echo', '/bin/echo', ['hello']],
    ['ls', '/bin/ls', ['-la', '/usr/share']],
    ['cat', '/bin/cat', ['/etc/passwd', '/nonexistent']],
    ['a call that fails', '/bin/rmdir', ['/nonexistent/at/all']],
  ])('%s', async (_name, program, args) => {
    const [ours, theirs] = [join(folder, 'ours'), join(folder, 'theirs')];
    const driver = await Driver.launchProgram(program, '', { args, stdio: ['/dev/null', '/dev/null', '/dev/null'] });
    driver.target.syscalls.writeTo(ours);
    driver.target.syscalls.trace(parseFilter('all'));
    driver.start();
    await driver.exit();
    // strace ends as its program did: that it failed is no matter here.
    const script = 'cd / && env -i PATH=/usr/bin:/bin setsid -w strace -f -o "$@" </dev/null >/dev/null 2>&1; true';
    runTool('/bin/sh', ['-c', script, 'sh', theirs, program, ...args]);
    expect(normalised(readFileSync(ours, 'utf8'))).toEqual(normalised(readFileSync(theirs, 'utf8')));
    expect(readFileSync(ours, 'utf8')).toMatch(/^\d+ +execve\(/);
  });
});

describe('a filter', () => {
  it('keeps what it names, and a call that ends the program is unfinished', async () => {
    const driver = await calls(['open']);
    driver.target.syscalls.trace(parseFilter('openat,exit_group'));
    driver.start();
    expect(await driver.exit()).toEqual({ code: 0 });
    expect(new Set(names(driver))).toEqual(new Set(['openat', 'exit_group', '+++ exited with 0 +++']));
    expect(logged(driver).at(-2)).toMatch(/^exit_group\(0\)\s+= \?$/);
  });

  it('by status decides when the call has returned', async () => {
    const driver = await calls(['open']);
    driver.target.syscalls.trace(parseFilter('%file,status=failed'));
    driver.start();
    await driver.exit();
    const found = logged(driver).slice(0, -1);
    expect(found.length).toBeGreaterThan(0);
    for (const line of found) expect(line).toMatch(/= -1 E/);
  });

  it('hears every thread, and files tell which call was interrupted by which', async () => {
    const driver = await calls(['threads']);
    const path = join(folder, 'threads');
    driver.target.syscalls.writeTo(path);
    driver.target.syscalls.trace(parseFilter('pread64,fd=0'));
    driver.start();
    expect(await driver.exit()).toEqual({ code: 0 });
    expect(names(driver).filter((name) => name === 'pread64')).toHaveLength(80);
    const text = readFileSync(path, 'utf8');
    expect(text.match(/unfinished \.\.\.>/g)?.length ?? 0).toBe(text.match(/pread64 resumed>/g)?.length ?? 0);
    expect(text.match(/ = -?\d+/g)).toHaveLength(80);
  });

  it('can be set and taken away while the program runs', async () => {
    const driver = await Driver.launch('spin.c');
    driver.start();
    await new Promise((resolve) => setTimeout(resolve, 30));
    driver.target.syscalls.trace(parseFilter('all'));
    await new Promise((resolve) => setTimeout(resolve, 30));
    driver.target.syscalls.trace(undefined);
    expect(driver.target.running).toBe(true);
    driver.target.pause();
    expect((await driver.stop()).reason.kind).toBe('pause');
  });
});

describe('a scope', () => {
  it('of main leaves out the loader and the end', async () => {
    const driver = await calls(['open']);
    expect(driver.target.syscalls.limit({ kind: 'main' })).toBe(true);
    driver.target.syscalls.trace(parseFilter('all'));
    driver.start();
    expect(await driver.exit()).toEqual({ code: 0 });
    expect(names(driver)).toEqual(['openat', '+++ exited with 0 +++']);
  });

  it('of a function has what is called in it alone', async () => {
    const driver = await calls(['inner']);
    expect(driver.target.syscalls.limit({ kind: 'function', name: 'inner' })).toBe(true);
    driver.target.syscalls.trace(parseFilter('all'));
    driver.start();
    expect(await driver.exit()).toEqual({ code: 0 });
    expect(names(driver).slice(0, -1)).toEqual(['getppid']);
  });

  it('that no module knows traces nothing, and says so', async () => {
    const driver = await calls(['open']);
    expect(driver.target.syscalls.limit({ kind: 'function', name: 'no_such_function' })).toBe(false);
    driver.target.syscalls.trace(parseFilter('all'));
    driver.start();
    await driver.exit();
    expect(names(driver)).toEqual(['+++ exited with 0 +++']);
  });
});

function callOf({ reason }: StopEvent) {
  if (reason.kind !== 'syscall') throw new Error(`expected a stop at a call, not ${reason.kind}`);
  return reason;
}

describe('a stop', () => {
  it('comes before the call with its arguments, which can be changed there', async () => {
    const driver = await calls(['open']);
    const condition = compileCondition('filename ~ "*hostname"');
    driver.target.syscalls.stopOn('settings', [{ filter: parseFilter('openat'), where: 'entry', condition }]);
    driver.start();
    const stop = await driver.stop();
    expect(callOf(stop)).toMatchObject({ where: 'entry', call: { name: 'openat', state: 'entered' } });
    // An empty path: the call fails with ENOENT.
    const { rsi } = { rsi: driver.target.registers(stop.tid).get('rsi')! };
    expect(Buffer.from(driver.target.memory.read(rsi as never, 13)).toString()).toBe('/etc/hostname');
    driver.target.registers(stop.tid).set('rsi', rsi + 13n);
    driver.resume();
    expect(await driver.exit()).toEqual({ code: 2 });
  });

  it('comes after it with the result', async () => {
    const driver = await calls(['open']);
    const condition = compileCondition('filename ~ "*hostname" && ret >= 0');
    driver.target.syscalls.stopOn('settings', [{ filter: parseFilter('openat'), where: 'exit', condition }]);
    driver.start();
    const stop = await driver.stop();
    expect(callOf(stop).call.result?.value).toBeGreaterThan(2n);
    driver.target.registers(stop.tid).set('rax', BigInt.asUintN(64, -13n));
    driver.resume();
    expect(await driver.exit()).toEqual({ code: 13 });
  });

  it('does not come twice when stepped on from, and an instruction step goes through the call', async () => {
    const driver = await calls(['pid']);
    driver.target.syscalls.trace(parseFilter('getpid'));
    driver.breakAt('pid');
    driver.start();
    await driver.stop();
    // Through the loader, which resolves the function first.
    for (let i = 0; i < 3000 && driver.target.syscalls.log.store.length === 0; i++) {
      driver.target.step(driver.tid, 'into', 'instruction');
      await driver.stop();
    }
    expect(logged(driver).at(-1)).toMatch(new RegExp(`^getpid\\(\\)\\s+= ${driver.target.pid}$`));
    expect(driver.target.registers(driver.tid).get('rax')).toBe(BigInt(driver.target.pid));
    driver.resume();
    await driver.exit();
  });
});

async function withRules(args: string[], rules: (string | InjectionObject)[]): Promise<Driver> {
  const driver = await calls(args);
  driver.target.syscalls.inject(rules.map(parseRule));
  driver.start();
  return driver;
}

describe('a rule', () => {
  it('makes a call fail without running it', async () => {
    const driver = await withRules(
      ['open'],
      [{ calls: 'openat', condition: 'filename ~ "*hostname"', error: 'EMFILE' }],
    );
    expect(await driver.exit()).toEqual({ code: 24 });
  });

  it('returns a value, in strace’s spelling too', async () => {
    const driver = await withRules(['pid'], ['inject=getpid:retval=42']);
    expect(await driver.exit()).toEqual({ code: 42 });
  });

  it('acts on the calls that it counts', async () => {
    const driver = await calls(['threads']);
    // The loader reads with the same call.
    const rule = { calls: 'pread64', condition: 'fd == 0', error: 'EIO', when: '2..4' };
    driver.target.syscalls.inject([parseRule(rule)]);
    driver.target.syscalls.trace(parseFilter('pread64,fd=0'));
    driver.start();
    await driver.exit();
    expect(logged(driver).filter((line) => line.includes('EIO'))).toHaveLength(12);
    const { store } = driver.target.syscalls.log;
    expect(store.slice(0, store.length).filter(({ tampered }) => tampered)).toHaveLength(12);
  });

  it('runs another call instead', async () => {
    const driver = await withRules(['pid'], ['getpid:syscall=getppid']);
    expect(await driver.exit()).toEqual({ code: process.pid & 0x7f });
  });

  it('changes an argument for the kernel and puts the register back for the program', async () => {
    const driver = await withRules(['registers'], [{ calls: 'write', args: { 3: 1 } }]);
    expect(await driver.exit()).toEqual({ code: 1 });
    expect(driver.text('stdout')).toBe('a');
  });

  it('delays a call', async () => {
    const driver = await withRules(['sleep'], ['clock_nanosleep,nanosleep:delay_enter=60ms']);
    expect(await driver.exit()).toEqual({ code: 1 });
  });

  it('sends a signal', async () => {
    const driver = await withRules(['pid'], ['getpid:signal=KILL']);
    expect(await driver.exit()).toMatchObject({ signal: 9 });
  });

  it('of a preset fixes the time, though the vDSO tells it without a call', async () => {
    const driver = await calls(['time']);
    driver.target.syscalls.withoutVdso = true;
    driver.target.syscalls.inject(findPreset('fixed-time')!.rules.map(parseRule));
    driver.start();
    expect(await driver.exit()).toEqual({ code: 0 });
    expect(driver.text('stdout')).toBe('1000000000\n');
  });
});
