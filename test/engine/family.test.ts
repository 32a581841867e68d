/** Processes that a debuggee makes: let go clean, followed as targets of their own, or watched until they matter. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { FollowPolicy, FollowedChild } from '../../src/engine/family';
import type { StopEventKind } from '../../src/engine/types';
import { compile, line, sourcePath } from '../support/debuggees';
import { eventually, isAlive } from '../support/processes';
import { Driver, rawRead } from './harness';

const FLAGS = { flags: ['-g', '-O0', '-pthread'] };
const program = () => compile('family.c', FLAGS);

async function family(args: string[], follow?: FollowPolicy): Promise<Driver> {
  return Driver.launch('family.c', { args, compile: FLAGS, ...(follow && { follow }) });
}

/** Collects the children that are followed; each is held until somebody takes it. */
function children(driver: Driver): { next(): Promise<FollowedChild>; readonly all: FollowedChild[] } {
  const all: FollowedChild[] = [];
  let taken = 0;
  driver.target.on('child', (child) => all.push(child));
  return {
    all,
    next: async () => {
      await eventually(() => all.length > taken, 'a child is followed');
      return all[taken++]!;
    },
  };
}

describe('with followFork parent', () => {
  it.each([
    ['fork', 'child exited with 5\n'],
    ['vfork', 'child exited with 3\n'],
    ['exec', 'child exited with 3\n'],
    ['clone', '200 calls, child exited with 6\n'],
  ])('a %s child runs as without a debugger', async (how, text) => {
    const driver = await family([how, program(), 'leaf']);
    const [breakpoint] = driver.target.breakpoints.setSource(sourcePath('family.c'), [
      { line: line('family.c', 'shared_body'), hitCondition: '> 100000' },
    ]);
    driver.start();
    expect((await driver.exit()).code).toBe(0);
    expect(driver.text('stdout')).toContain(text);
    // Only the parent's own calls count.
    expect(breakpoint!.hitCount).toBe(how === 'clone' ? 100 : 0);
  });

  it('no other thread misses a breakpoint while a vfork child runs in its memory', async () => {
    const driver = await family(['storm', program(), 'leaf']);
    const [breakpoint] = driver.target.breakpoints.setSource(sourcePath('family.c'), [
      { line: line('family.c', 'shared_body'), hitCondition: '> 100000000' },
    ]);
    driver.start();
    expect((await driver.exit()).code).toBe(0);
    // The children's own calls are theirs.
    expect(breakpoint!.hitCount).toBe(Number(driver.text('stdout').trim()) - 20);
  });

  it('a step over vfork ends behind it', async () => {
    const driver = await family(['vfork', program(), 'leaf']);
    driver.breakAt('vfork');
    driver.start();
    await driver.stop();
    expect(await driver.step('over')).toBe('#vforked');
    expect(await driver.step('over')).toBe('#after_vfork');
    driver.resume();
    expect((await driver.exit()).code).toBe(0);
  });

  it('the tree knows argv and exit codes of children that were let go', async () => {
    const driver = await family(['twice']);
    driver.start();
    await driver.exit();
    const records = driver.target.family.tree.list();
    expect(records.map(({ handling, exit }) => [handling, exit])).toEqual([
      ['session', { code: 0 }],
      ['detached', { code: 5 }],
      ['detached', { code: 5 }],
    ]);
    expect(records[1]!.argv).toEqual([program(), 'twice']);
    expect(records[1]!.ppid).toBe(driver.target.pid);
  });
});

describe('with followFork both', () => {
  it('a forked child is held, gets breakpoints of its own, and both go on', async () => {
    const driver = await family(['fork'], { fork: 'both' });
    const followed = children(driver);
    driver.breakAt('in_parent', 'shared_body');
    driver.start();
    const { target, replaces } = await followed.next();
    expect(replaces).toBe(false);
    const child = Driver.of(target, 'family.c');
    // Nothing of the parent's is in its memory.
    const [address] = driver.breakAt('in_parent', 'shared_body')[1]!.addresses;
    expect(rawRead(target.pid, address!, 1)[0]).not.toBe(0xcc);
    child.breakAt('shared_body');
    child.start();
    await child.stop();
    expect(child.where()).toBe('#shared_body');
    expect(child.functions(3)).toEqual(['shared_code', 'by_fork', 'main']);
    child.resume();
    expect(await child.exit()).toEqual({ code: 5 });
    await driver.stop();
    expect(driver.where()).toBe('#in_parent');
    driver.resume();
    expect((await driver.exit()).code).toBe(0);
    expect(driver.text('stdout')).toBe('child\nchild exited with 5\n');
  });

  it('a vfork child is a thread until it executes a program, and a target from there on', async () => {
    const driver = await family(['vfork', program(), 'leaf'], { fork: 'both' });
    const followed = children(driver);
    driver.breakAt('shared_body');
    driver.start();
    const stop = await driver.stop();
    expect(stop.tid).not.toBe(driver.target.pid);
    expect(driver.functions(3)).toEqual(['shared_code', 'by_vfork', 'main']);
    expect(driver.target.threads().map(({ name }) => name)).toEqual([
      'family',
      `family (process ${stop.tid}, in vfork)`,
    ]);
    driver.resume();
    const { target } = await followed.next();
    expect(target.pid).toBe(stop.tid);
    expect(driver.target.threads()).toHaveLength(1);
    const child = Driver.of(target, 'family.c');
    child.breakAt('leaf');
    child.start();
    await child.stop();
    expect(child.where()).toBe('#leaf');
    child.resume();
    expect(await child.exit()).toEqual({ code: 3 });
    expect((await driver.exit()).code).toBe(0);
  });

  it('the child of a process that has ended lives on, with its output', async () => {
    const driver = await family(['orphan'], { fork: 'both' });
    const followed = children(driver);
    driver.start();
    const { target } = await followed.next();
    const child = Driver.of(target, 'family.c');
    child.start();
    expect((await driver.exit()).code).toBe(2);
    expect(isAlive(target.pid)).toBe(true);
    expect((await child.exit()).code).toBe(4);
    expect(child.text('stdout')).toBe('orphan\n');
  });

  it('a child that nobody takes is let go clean', async () => {
    const driver = await family(['fork'], { fork: 'both' });
    driver.breakAt('shared_body');
    driver.start();
    expect((await driver.exit()).code).toBe(0);
    expect(driver.text('stdout')).toContain('child exited with 5');
  });
});

describe('with followFork child', () => {
  it('the child takes the place of its parent', async () => {
    const driver = await family(['fork'], { fork: 'child' });
    const followed = children(driver);
    driver.start();
    const { target, replaces } = await followed.next();
    expect(replaces).toBe(true);
    target.takeOutput(driver.target);
    await driver.target.detach();
    const child = Driver.of(target, 'family.c');
    child.breakAt('shared_body');
    child.start();
    await child.stop();
    child.resume();
    expect(await child.exit()).toEqual({ code: 5 });
  });
});

describe('followExecRegex', () => {
  it('finds one program behind shells, and bothers with nothing else', async () => {
    const script = `${program()} leaf; /bin/true; exec ${program()} leaf again`;
    const driver = await family(['exec', '/bin/sh', '-c', script], { fork: 'both', exec: /^\S+ leaf again$/ });
    const followed = children(driver);
    driver.breakAt('shared_body');
    driver.start();
    const { target } = await followed.next();
    expect(readFileSync(`/proc/${target.pid}/cmdline`, 'utf8')).toBe(`${program()}\0leaf\0again\0`);
    const child = Driver.of(target, 'family.c');
    child.breakAt('leaf');
    child.start();
    await child.stop();
    child.resume();
    expect(await child.exit()).toEqual({ code: 3 });
    expect((await driver.exit()).code).toBe(0);
    expect(driver.text('stdout')).toBe('child exited with 3\n');
    expect(followed.all).toHaveLength(1);
    const records = driver.target.family.tree.list();
    expect(records.map(({ handling, exit }) => [handling, exit?.code])).toEqual([
      ['session', 0],
      ['session', 3],
      ['watched', 3],
      ['watched', 0],
    ]);
  });
});

describe('stops', () => {
  it.each<[StopEventKind, string[], RegExp]>([
    ['fork', ['fork'], /^Process \d+ made process \d+, which runs on without the debugger: (fork\(\)|clone\(.*\))$/],
    ['vfork', ['vfork', '/bin/true'], /^Process \d+ made process \d+, which runs in the memory of process \d+ for now/],
    ['clone', ['storm', '/bin/true'], /^Thread \d+ started thread \d+: clone3?\(CLONE_VM\|.*CLONE_THREAD/],
    ['exit', ['leaf'], /^Process \d+ is about to exit with code 3$/],
  ])('at %s', async (kind, args, text) => {
    const driver = await family(args);
    driver.target.stopEvents = [kind];
    driver.start();
    const { reason } = await driver.stop();
    expect(reason).toMatchObject({ kind: 'event', event: kind });
    expect(reason.kind === 'event' && reason.text).toMatch(text);
    expect(driver.target.stack(driver.tid).frames(0, 20).length).toBeGreaterThan(1);
    driver.target.stopEvents = [];
    driver.resume();
    expect(await driver.exit()).toBeTruthy();
  });

  it('at exec, in the new program', async () => {
    const next = compile('hello.c');
    const driver = await Driver.launch('execs.c', { args: ['-t', next], compile: FLAGS });
    driver.target.stopEvents = ['exec', 'exit'];
    const gone: number[] = [];
    driver.target.on('threadExited', (tid) => gone.push(tid));
    driver.start();
    const { reason, tid } = await driver.stop();
    expect(reason.kind === 'event' && reason.text).toBe(`Process ${driver.target.pid} has executed ${next}: ${next}`);
    // The thread that executed it has the leader's tid now; its own is gone.
    expect(tid).toBe(driver.target.pid);
    expect(driver.target.threads().map(({ id }) => id)).toEqual([tid]);
    expect(gone).toHaveLength(1);
    driver.resume();
    expect((await driver.stop()).reason).toMatchObject({ kind: 'event', event: 'exit' });
    driver.resume();
    expect(await driver.exit()).toEqual({ code: 0 });
  });

  it('at the exit by a signal, with its stack', async () => {
    const driver = await Driver.launch('spin.c');
    driver.target.stopEvents = ['exit'];
    driver.breakAt('count');
    driver.start();
    await driver.stop();
    driver.breakAt();
    driver.resume();
    process.kill(driver.target.pid, 'SIGTERM');
    let stop = await driver.stop();
    while (stop.reason.kind === 'signal') stop = await driver.resume().stop();
    expect(stop.reason).toMatchObject({ event: 'exit' });
    expect(stop.reason.kind === 'event' && stop.reason.text).toMatch(/about to be ended by SIGTERM \(Terminated\)$/);
    expect(driver.functions(10)).toContain('main');
    driver.resume();
    expect(await driver.exit()).toMatchObject({ signal: 15 });
  });
});
