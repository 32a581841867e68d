/** Processes: entry stops, output, exits, fork, exec, attach and detach. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readStatus } from '../../src/common/procfs';
import { UserError } from '../../src/common/errors';
import { compile, line, sourcePath } from '../support/debuggees';
import { startStranger } from '../support/processes';
import { Driver, rawRead } from './harness';

describe('the first stop', () => {
  it('at main is past its prologue', async () => {
    const driver = await Driver.launch('hello.c', { stopOnEntry: 'main' });
    driver.start();
    expect((await driver.stop()).reason.kind).toBe('entry');
    expect(driver.functions(1)).toEqual(['main']);
    driver.resume();
    await driver.exit();
  });

  it.each([
    ['static', ['-g', '-static']],
    ['static-pie', ['-g', '-static-pie']],
    ['stripped', ['-s']],
    ['no-pie', ['-g', '-no-pie']],
  ])('at main of a %s program', async (_name, flags) => {
    const driver = await Driver.launch('hello.c', { stopOnEntry: 'main', compile: { flags } });
    driver.start();
    expect((await driver.stop()).reason.kind).toBe('entry');
    driver.resume();
    expect((await driver.exit()).code).toBe(0);
  });

  it('at main of a musl program', async () => {
    const driver = await Driver.launch('hello.c', {
      stopOnEntry: 'main',
      compile: { compiler: 'musl-gcc', flags: ['-g'] },
    });
    driver.start();
    await driver.stop();
    expect(driver.functions(1)).toEqual(['main']);
    driver.resume();
    expect((await driver.exit()).code).toBe(0);
  });

  it('at the entry point is in _start, and in the loader before that', async () => {
    const entry = await Driver.launch('hello.c', { stopOnEntry: 'entry' });
    entry.start();
    await entry.stop();
    expect(entry.functions(1)).toEqual(['_start']);
    const loader = await Driver.launch('hello.c', { stopOnEntry: 'loader' });
    loader.start();
    await loader.stop();
    expect(loader.target.stack(loader.tid).frame(0)!.module!.kind).toBe('loader');
  });
});

describe('output and exit', () => {
  it('every byte arrives, in order and before the exit', async () => {
    const driver = await Driver.launch('stdio.c', { args: ['bytes'] });
    driver.start();
    await driver.exit();
    const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i)).toString('latin1');
    expect(driver.text('stdout')).toBe(all);
  });

  it('a megabyte of output is complete', async () => {
    const driver = await Driver.launchProgram('/bin/sh', 'sh', { args: ['-c', 'seq 1 200000'] });
    driver.start();
    expect(await driver.exit()).toEqual({ code: 0 });
    const lines = driver.text('stdout').trimEnd().split('\n');
    expect(lines).toHaveLength(200_000);
    expect(lines.at(-1)).toBe('200000');
  });

  it('a signal that ends it is told', async () => {
    const driver = await Driver.launch('signals.c', { args: ['segv'] });
    driver.start();
    const event = await driver.stop();
    expect(event.reason).toMatchObject({ kind: 'signal', signal: { name: 'SIGSEGV', number: 11, address: 0n } });
    driver.resume();
    expect(await driver.exit()).toMatchObject({ signal: 11 });
  });

  it('SIGKILL at any moment ends the session, whatever the thread was doing', async () => {
    for (let i = 0; i < 30; i++) {
      const driver = await Driver.launch('spin.c');
      if (i % 3 > 0) driver.breakAt('count');
      driver.start();
      if (i % 3 > 0) await driver.stop();
      if (i % 3 === 2) driver.target.step(driver.tid, 'over', 'line');
      else await new Promise((resolve) => setTimeout(resolve, i));
      const ended = new Promise((resolve) => driver.target.once('exited', resolve));
      process.kill(driver.target.pid, 'SIGKILL');
      expect(await ended).toMatchObject({ signal: 9 });
    }
  });

  it('stops the leader and keeps the others when it exits first', async () => {
    const driver = await Driver.launchProgram('/bin/true', 'true');
    driver.start();
    expect(await driver.exit()).toEqual({ code: 0 });
    expect(existsSync(`/proc/${driver.target.pid}`)).toBe(false);
  });
});

describe('children', () => {
  it.each(['fork', 'vfork'])('of %s run without our breakpoints', async (how) => {
    const driver = await Driver.launch('forks.c', { args: [how] });
    driver.breakAt('shared_body');
    driver.start();
    await driver.stop();
    expect(driver.functions(2)).toEqual(['shared_code', 'main']);
    driver.resume();
    expect(await driver.exit()).toEqual({ code: 0 });
    expect(driver.text('stdout')).toBe('child 5\n');
  });

  it.each([[[]], [['-t']]])('exec with %j reloads modules and finds breakpoints again', async (how) => {
    const next = compile('hello.c');
    const driver = await Driver.launch('execs.c', { args: [...how, next], compile: { flags: ['-g', '-pthread'] } });
    const executed: string[] = [];
    driver.target.on('exec', ({ path }) => executed.push(path));
    const [breakpoint] = driver.target.breakpoints.setFunctions([{ name: 'main' }]);
    driver.start();
    await driver.stop();
    driver.resume();
    await driver.stop();
    expect(executed).toEqual([next]);
    expect(breakpoint!.hitCount).toBe(2);
    expect(driver.target.stack(driver.tid).frame(0)!.source!.path).toBe(sourcePath('hello.c'));
    driver.resume();
    expect((await driver.exit()).code).toBe(0);
  });
});

describe('attach', () => {
  it('does not stop the process, stops where asked, and leaves no trace', async () => {
    const { pid: stranger } = await startStranger(compile('spin.c'));
    try {
      const driver = await Driver.attach(stranger, 'spin.c');
      driver.start();
      expect(driver.target.running).toBe(true);
      const [breakpoint] = driver.breakAt('count');
      await driver.stop();
      expect(driver.where()).toBe('#count');
      driver.resume();
      await driver.stop();
      const original = driver.target.memory.read(breakpoint!.addresses[0]!, 8);
      await driver.target.detach();
      expect(readStatus(stranger)!.tracerPid).toBe(0);
      expect(Buffer.from(rawRead(stranger, breakpoint!.addresses[0]!, 8))).toEqual(Buffer.from(original));
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(readStatus(stranger)!.state).toMatch(/[RS]/);
    } finally {
      process.kill(stranger, 'SIGKILL');
    }
  });

  it('seizes every thread of a busy process and lets all of them go', async () => {
    const { pid: stranger } = await startStranger(compile('many_threads.c', { flags: ['-g', '-pthread'] }), '100');
    try {
      await new Promise((resolve) => setTimeout(resolve, 200));
      const driver = await Driver.attach(stranger, 'many_threads.c');
      driver.start();
      driver.target.pause();
      await driver.stop();
      expect(driver.target.threads().length).toBeGreaterThan(50);
      await driver.target.detach();
      expect(readFileSync(`/proc/${stranger}/status`, 'utf8')).toContain('TracerPid:\t0');
    } finally {
      process.kill(stranger, 'SIGKILL');
    }
  });

  it('says why it cannot', async () => {
    await expect(Driver.attach(0x3fffff, 'x.c')).rejects.toThrow(UserError);
    const driver = await Driver.launch('spin.c');
    driver.start();
    await expect(Driver.attach(driver.target.pid, 'spin.c')).rejects.toThrow(/already being traced/i);
  });
});

describe('breakpoint lines', () => {
  it('are those with code', async () => {
    const driver = await Driver.launch('hello.c');
    const lines = driver.target.breakpoints.lines(sourcePath('hello.c'), 1, 1000).map((each) => each.line);
    expect(lines.length).toBeGreaterThan(3);
    expect(lines).not.toContain(1);
    expect(line('hello.c', 'main_return')).toSatisfy((wanted: number) => lines.includes(wanted));
  });
});

describe('without debugging', () => {
  it('the program runs untraced, breakpoints are never written, and its exit is heard', async () => {
    const driver = await Driver.launch('spin.c', { noDebug: true });
    const [breakpoint] = driver.breakAt('count');
    expect(breakpoint!.verified).toBe(false);
    driver.start();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(readStatus(driver.target.pid)!.tracerPid).toBe(0);
    expect(() => driver.target.pause()).toThrow(/without debugging/);
    driver.target.terminate();
    expect(await driver.exit()).toEqual({ signal: 15 });
  });
});
