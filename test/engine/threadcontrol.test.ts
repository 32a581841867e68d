/** Threads one by one: frozen, thawed, run alone; what they wait for; a leader that leaves first; storms. */
import { describe, expect, it } from 'vitest';
import { parseSyscall } from '../../src/engine/threadwaits';
import { line, sourcePath } from '../support/debuggees';
import { eventually } from '../support/processes';
import { Driver } from './harness';

const FLAGS = { flags: ['-g', '-O0', '-pthread'] };
const pass = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function waiting(...args: string[]): Promise<Driver> {
  const driver = await Driver.launch('waits.c', { args, compile: FLAGS });
  driver.breakAt('ready');
  driver.start();
  await driver.stop();
  driver.breakAt();
  return driver;
}

function tidOf(driver: Driver, name: string): number {
  const found = driver.target.threads().find((thread) => thread.name.startsWith(name));
  if (!found) throw new Error(`no thread ${name}`);
  return found.id;
}

function finish(driver: Driver): void {
  driver.target.memory.write(driver.addressOf('finish'), Uint8Array.of(1, 0, 0, 0));
}

describe('what a thread waits for', () => {
  it.each(['stopped', 'running'])('is known while it is %s', async (state) => {
    const driver = await waiting();
    if (state === 'running') {
      driver.resume();
      await pass(50);
    }
    const details = driver.target.threadControl.details();
    const named = (name: string) => details.find((thread) => thread.name === name)!;
    const holder = named('holder');
    expect(named('waiter').wait).toMatchObject({ kind: 'mutex', owner: holder.id, address: driver.addressOf('mutex') });
    expect(named('waiter').call).toMatchObject({ name: 'futex', number: 202 });
    expect(named('joiner').wait).toMatchObject({ kind: 'thread', owner: holder.id });
    expect(holder.call?.name).toBe('clock_nanosleep');
    expect(holder.wait).toBeUndefined();
    expect(named('waiter').stopped).toBe(state === 'stopped');
    finish(driver);
    if (state === 'stopped') driver.resume();
    expect(await driver.exit()).toEqual({ code: 0 });
  });

  it.each([
    ['running', undefined],
    ['', undefined],
    ['-1 0x7ffc 0x7f00', undefined],
    ['0 0x0 0x1', undefined],
    ['999999 0x0 0x0 0x0 0x0 0x0 0x0 0x7ffc 0x7f00', 'syscall_0xf423f'],
    ['0 0x3 0x7ffc 0x1 0x0 0x0 0x0 0x7ffc 0x7f00\n', 'read'],
    ['0 0x3 oops 0x1 0x0 0x0 0x0 0x7ffc 0x7f00\n', undefined],
  ])('/proc says %j', (text, name) => {
    expect(parseSyscall(text)?.name).toBe(name);
  });
});

describe('a frozen thread', () => {
  it('stays where it is until it is thawed', async () => {
    const driver = await waiting();
    const { threadControl } = driver.target;
    const counter = tidOf(driver, 'counter');
    threadControl.freeze(counter);
    const before = driver.int('counted');
    driver.resume();
    await pass(60);
    expect(driver.int('counted')).toBe(before);
    expect(driver.target.threads().find(({ id }) => id === counter)!.name).toBe('counter (frozen)');
    // It may be looked at while the others run.
    expect(
      driver.target
        .stack(counter)
        .frames(0, 20)
        .map((frame) => frame.functionName),
    ).toContain('counter');
    threadControl.thaw(counter);
    await pass(60);
    expect(driver.int('counted')).toBeGreaterThan(before);
    threadControl.freeze(counter);
    const again = driver.int('counted');
    await pass(30);
    expect(driver.int('counted')).toBe(again);
    threadControl.thaw(counter);
    finish(driver);
    expect(await driver.exit()).toEqual({ code: 0 });
  });

  it('cannot be stepped, and with all frozen nothing can run', async () => {
    const driver = await waiting();
    const { target } = driver;
    for (const { id } of target.threads()) target.threadControl.freeze(id);
    expect(() => target.continue(driver.tid)).toThrow('Every thread is frozen: thaw one first.');
    expect(() => target.step(driver.tid, 'over', 'line')).toThrow(/is frozen: thaw it first/);
    expect(() => target.threadControl.freeze(1)).toThrow(/no thread 1/);
  });
});

describe('one thread alone', () => {
  it('runs while the others stand still, until the next continue', async () => {
    const driver = await waiting();
    const counter = tidOf(driver, 'counter');
    const before = driver.int('counted');
    driver.target.continue(driver.tid, 'single');
    await pass(50);
    expect(driver.int('counted')).toBe(before);
    expect(driver.target.stack(counter).frame(0)).toBeDefined();
    // A second one may be let run beside it.
    driver.target.continue(counter, 'single');
    await pass(50);
    expect(driver.int('counted')).toBeGreaterThan(before);
    driver.target.pause();
    await driver.stop();
    expect(driver.target.threads().every(({ running }) => !running)).toBe(true);
    finish(driver);
    driver.resume();
    expect(await driver.exit()).toEqual({ code: 0 });
  });

  it('is stepped with the others still', async () => {
    const driver = await waiting();
    const before = driver.int('counted');
    driver.target.step(driver.tid, 'out', 'line', { isSingle: true });
    expect(driver.where(await driver.stop())).toBe('#after_ready');
    expect(driver.int('counted')).toBe(before);
  });
});

describe('a leader that ends first', () => {
  it('is listed no more, and costs no stop any time', async () => {
    const driver = await waiting('leave');
    driver.resume();
    const names = () => driver.target.threads().map(({ name }) => name);
    await eventually(() => names().length === 4, 'the leader has left');
    expect(names().sort()).toEqual(['counter', 'holder', 'joiner', 'waiter']);
    driver.breakAt('count');
    for (let i = 0; i < 5; i++) {
      const stop = await driver.stop();
      expect(driver.where(stop)).toBe('#count');
      expect(stop.tid).not.toBe(driver.target.pid);
      driver.resume();
    }
    driver.target.pause();
    await driver.stop();
    driver.breakAt();
    finish(driver);
    driver.resume();
    expect(await driver.exit()).toEqual({ code: 0 });
  });
});

describe('a storm', () => {
  it('of fifty threads on one site counts every pass once', async () => {
    const driver = await Driver.launch('storm.c', { args: ['50', '1'], compile: FLAGS });
    const [breakpoint] = driver.target.breakpoints.setSource(sourcePath('storm.c'), [
      { line: line('storm.c', 'counted'), hitCondition: '> 1000000000' },
    ]);
    driver.target.stopEvents = ['exit'];
    driver.start();
    await driver.stop();
    const passes = Buffer.from(driver.target.memory.read(driver.addressOf('passes'), 8)).readBigUInt64LE();
    expect(passes).toBeGreaterThan(0n);
    expect(BigInt(breakpoint!.hitCount)).toBe(passes);
    driver.resume();
    expect(await driver.exit()).toEqual({ code: 0 });
  });
});
