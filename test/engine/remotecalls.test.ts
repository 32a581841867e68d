/** System calls that the debugger makes in real programs, and what is left of them afterwards: nothing. */
import { readFileSync, readlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatCall } from '../../src/syscalls/format';
import { parseFilter } from '../../src/syscalls/filter';
import type { RemoteArgument, RemoteOptions } from '../../src/engine/syscalls/remotecalls';
import type { Tid } from '../../src/engine/types';
import { line, sourcePath } from '../support/debuggees';
import { eventually } from '../support/processes';
import { Driver, type DriverOptions } from './harness';

const remote = (what: string, options: DriverOptions = {}): Promise<Driver> =>
  Driver.launch('remote.c', { args: what === '' ? [] : [what], compile: { flags: ['-g', '-pthread'] }, ...options });

/** Stopped in `ready`. */
async function atReady(what = '', options: DriverOptions = {}): Promise<Driver> {
  const driver = await remote(what, options);
  driver.breakAt('ready');
  driver.start();
  await driver.stop();
  return driver;
}

const text = (value: string): Uint8Array => Buffer.from(`${value}\0`);

async function make(driver: Driver, name: string, args: RemoteArgument[] = [], options: RemoteOptions = {}) {
  return driver.target.remoteCalls.perform(options, (call) => call(name, ...args));
}

async function value(driver: Driver, name: string, args: RemoteArgument[] = [], options: RemoteOptions = {}) {
  return Number((await make(driver, name, args, options)).result?.value);
}

const registersOf = (driver: Driver, tid: Tid = driver.tid): unknown => driver.target.registers(tid).snapshot();

/** Waits until a thread of the running process sleeps in a call, then stops them all; the thread's tid. */
async function pausedIn(driver: Driver, call: number): Promise<Tid> {
  const { target } = driver;
  const inCall = (tid: Tid): boolean => {
    try {
      return readFileSync(`/proc/${target.pid}/task/${tid}/syscall`, 'utf8').startsWith(`${call} `);
    } catch {
      return false;
    }
  };
  const tid = (): Tid | undefined => target.threads().find(({ id }) => inCall(id))?.id;
  driver.start();
  await eventually(() => tid() !== undefined, `nobody is in call ${call}`);
  const found = tid()!;
  // The stop is told of another thread, where there is one: this one only stands beside it.
  target.pause(target.threads().find(({ id }) => id !== found)?.id);
  await driver.stop();
  return found;
}

describe('a call', () => {
  it('returns what the kernel does for that process, and leaves registers and memory alone', async () => {
    const driver = await atReady();
    const { memory } = driver.target;
    const before = registersOf(driver);
    const { sp } = driver.target.registers(driver.tid);
    const stack = memory.read((sp - 512n) as typeof sp, 1024);
    expect(await value(driver, 'getpid')).toBe(driver.target.pid);
    expect(await value(driver, 'getuid')).toBe(process.getuid!());
    expect(await value(driver, 'access', [text('/nonexistent/at all'), 0n])).toBe(-2);
    expect(registersOf(driver)).toEqual(before);
    expect(memory.read((sp - 512n) as typeof sp, 1024)).toEqual(stack);
    expect(driver.where()).toBe('#ready');
    driver.resume();
    expect(await driver.exit()).toEqual({ code: 0 });
  });

  it('is decoded as strace would, with what the kernel wrote', async () => {
    const driver = await atReady();
    const shown = async (...[name, args]: [string, RemoteArgument[]]) =>
      formatCall(await make(driver, name, args), { column: 0 });
    expect(await shown('openat', [-100n, text('/nonexistent'), 0n])).toBe(
      'openat(AT_FDCWD, "/nonexistent", O_RDONLY) = -1 ENOENT (No such file or directory)',
    );
    expect(await shown('getcwd', [new Uint8Array(64), 64n])).toBe('getcwd("/", 64) = 2');
    expect(await shown('syscall_0x3e7', [])).toMatch(/^syscall_0x3e7\(.*\) = -1 ENOSYS /);
  });

  it('takes more data than the stack has room for', async () => {
    const driver = await atReady();
    const maps = () => readFileSync(`/proc/${driver.target.pid}/maps`, 'utf8');
    const before = maps();
    const [, written] = [await value(driver, 'pipe2', [driver.addressOf('scratch'), 0n]), 60_000];
    const memory = driver.target.memory.read(driver.addressOf('scratch'), 8);
    const writeEnd = BigInt(Buffer.from(memory).readInt32LE(4));
    expect(await value(driver, 'write', [writeEnd, new Uint8Array(written).fill(65), BigInt(written)])).toBe(written);
    expect(maps()).toBe(before);
    await expect(make(driver, 'write', [1n, new Uint8Array(2 << 20), 1n])).rejects.toThrow('at most');
  });

  it('is not logged and does not stop where calls are traced', async () => {
    const driver = await atReady();
    const { syscalls } = driver.target;
    syscalls.trace(parseFilter('all'));
    const before = syscalls.log.store.length;
    await value(driver, 'getpid');
    expect(syscalls.log.store.length).toBe(before);
    driver.resume();
    expect(await driver.exit()).toEqual({ code: 0 });
    expect(syscalls.log.store.textsOf(syscalls.log.store.slice(0, syscalls.log.store.length)).join()).not.toMatch(
      'getpid',
    );
  });

  it('can be made where a program has just been executed, and is still in execve', async () => {
    const driver = await remote('', { stopOnEntry: 'loader' });
    driver.start();
    await driver.stop();
    expect(await value(driver, 'getpid')).toBe(driver.target.pid);
    driver.resume();
    expect(await driver.exit()).toEqual({ code: 0 });
  });

  it('can be made in a program that runs, which goes on', async () => {
    const driver = await remote('print', { stdio: ['/dev/null', '/dev/null', '/dev/null'] });
    driver.start();
    expect(await value(driver, 'chdir', [text('/usr')])).toBe(0);
    expect(readlinkSync(`/proc/${driver.target.pid}/cwd`)).toBe('/usr');
    expect(driver.target.running).toBe(true);
    driver.target.memory.write(driver.addressOf('finish'), Uint8Array.of(1));
    expect(await driver.exit()).toEqual({ code: 0 });
  });

  it('can be made over and over while threads run into breakpoints', async () => {
    const driver = await Driver.launch('waits.c', { compile: { flags: ['-g', '-O0', '-pthread'] } });
    const { target } = driver;
    const at = line('waits.c', 'count');
    target.breakpoints.setSource(sourcePath('waits.c'), [{ line: at, condition: 'counted == 1000000' }]);
    driver.start();
    for (let i = 0; i < 100; i++) expect(await value(driver, 'getpid')).toBe(target.pid);
    expect(target.running).toBe(true);
    const before = driver.int('counted');
    await eventually(() => driver.int('counted') > before + 5, 'the counter stands still');
    target.memory.write(driver.addressOf('finish'), Uint8Array.of(1));
    expect(await driver.exit()).toEqual({ code: 0 });
  });
});

describe('a thread that is in a system call of its own', () => {
  it('is not disturbed by registers that are changed elsewhere', async () => {
    const driver = await remote('read');
    const { target } = driver;
    const tid = await pausedIn(driver, 0);
    target.memory.write(driver.addressOf('finish'), Uint8Array.of(1));
    for (const thread of target.threads()) target.registersChanged(thread.id);
    expect(target.registers(tid).origRax).toBe(0n);
    driver.resume();
    expect(await driver.exit()).toEqual({ code: 0 });
  });

  it.each([
    ['read', 0],
    ['ppoll', 271],
  ])('%s goes on with it', async (what, number) => {
    const driver = await remote(what);
    const tid = await pausedIn(driver, number);
    const before = registersOf(driver, tid);
    expect(await value(driver, 'gettid', [], { tid })).toBe(tid);
    expect(await value(driver, 'access', [text('/'), 0n], { tid })).toBe(0);
    expect(registersOf(driver, tid)).toEqual(before);
    driver.target.memory.write(driver.addressOf('finish'), Uint8Array.of(1));
    driver.resume();
    expect(await driver.exit()).toEqual({ code: 0 });
  });

  it('nanosleep sleeps as long as it was to, and is not made to forget how long', async () => {
    const driver = await remote('nap');
    await pausedIn(driver, 230);
    expect(await value(driver, 'getpid')).toBe(driver.target.pid);
    await expect(make(driver, 'nanosleep', [0n, 0n])).rejects.toThrow(/interrupted in (clock_)?nanosleep, which/);
    driver.resume();
    expect(await driver.exit()).toEqual({ code: 0 });
  });

  it('refuses at the entry of a traced call', async () => {
    const driver = await remote('nap');
    driver.target.syscalls.stopOn('settings', [{ filter: parseFilter('clock_nanosleep'), where: 'entry' }]);
    driver.start();
    await driver.stop();
    await expect(make(driver, 'getpid')).rejects.toThrow(/stands at the entry of clock_nanosleep, whose arguments/);
    driver.resume();
    expect(await driver.exit()).toEqual({ code: 0 });
  });
});

describe('a call that does not return', () => {
  it('is interrupted after its time', async () => {
    const driver = await atReady();
    const before = registersOf(driver);
    const fd = BigInt(driver.int('ends'));
    await expect(make(driver, 'read', [fd, new Uint8Array(8), 8n], { limit: 100 })).rejects.toThrow(
      /^The call read\(.*\) did not return: it was interrupted after 0.1 seconds. The thread is as it was before.$/,
    );
    await expect(make(driver, 'epoll_pwait', [fd, 0n, 0n, 0n])).resolves.toBeTruthy();
    await expect(make(driver, 'pause', [], { limit: 50 })).rejects.toThrow('did not return');
    expect(registersOf(driver)).toEqual(before);
    expect(await value(driver, 'getpid')).toBe(driver.target.pid);
    driver.resume();
    expect(await driver.exit()).toEqual({ code: 0 });
  });

  it('is ended by pause and by cancelling, and one at a time is made', async () => {
    const driver = await atReady();
    const paused = make(driver, 'pause', []);
    await expect(make(driver, 'getpid')).rejects.toThrow('still being made');
    expect(() => driver.target.continue(driver.tid)).toThrow('running');
    driver.target.pause();
    await expect(paused).rejects.toThrow('it was interrupted. The thread is as it was');
    const abort = new AbortController();
    const cancelled = make(driver, 'pause', [], { cancel: abort.signal });
    abort.abort();
    await expect(cancelled).rejects.toThrow('it was cancelled');
    driver.resume();
    expect(await driver.exit()).toEqual({ code: 0 });
  });

  it('gives way to pause, to a kill and to letting go where the program runs', async () => {
    const blocked = async () => {
      const driver = await remote('print', { stdio: ['/dev/null', '/dev/null', '/dev/null'] });
      driver.start();
      return { driver, call: make(driver, 'pause') };
    };
    const paused = await blocked();
    paused.driver.target.pause();
    await expect(paused.call).rejects.toThrow('it was interrupted');
    expect((await paused.driver.stop()).reason).toEqual({ kind: 'pause' });
    const killed = await blocked();
    await Promise.all([expect(killed.call).rejects.toThrow('SIGKILL ended it'), killed.driver.target.kill()]);
    const left = await blocked();
    await Promise.all([expect(left.call).rejects.toThrow('it was interrupted'), left.driver.target.detach()]);
    expect(readFileSync(`/proc/${left.driver.target.pid}/status`, 'utf8')).toMatch(/^TracerPid:\t0$/m);
    process.kill(left.driver.target.pid, 'SIGKILL');
  });

  it('may be the end of the program', async () => {
    const driver = await atReady();
    const dying = make(driver, 'kill', [BigInt(driver.target.pid), 9n]);
    await expect(dying).rejects.toThrow('SIGKILL ended it during the call kill(');
    expect(await driver.exit()).toMatchObject({ signal: 9 });
    await expect(make(driver, 'getpid')).rejects.toThrow();
  });
});

describe('signals', () => {
  it('one that the thread has stopped for arrives as it was', async () => {
    const driver = await remote('fault');
    driver.start();
    const { reason } = await driver.stop();
    expect(driver.describe(reason)).toBe('SIGSEGV');
    expect(await value(driver, 'getpid')).toBe(driver.target.pid);
    driver.resume();
    expect(await driver.exit()).toEqual({ code: 0 });
  });

  it('one that comes during a call is neither lost nor handled in it', async () => {
    const driver = await atReady('signals');
    expect(await value(driver, 'kill', [BigInt(driver.target.pid), 10n])).toBe(0);
    expect(driver.int('handled')).toBe(0);
    driver.resume();
    expect(await driver.exit()).toEqual({ code: 0 });
  });
});

describe('refusals', () => {
  it.each([
    ['fork', 'begin in the middle of nowhere'],
    ['execve', 'replace the program'],
    ['exit_group', 'does not return'],
    ['rt_sigreturn', 'signal frame'],
    ['getpidd', "There is no system call 'getpidd'"],
  ])('%s', async (name, sentence) => {
    const driver = await atReady();
    await expect(make(driver, name)).rejects.toThrow(sentence);
    await expect(make(driver, 'getpid', [], { tid: 1 })).rejects.toThrow('There is no thread 1 any more.');
    expect(await value(driver, 'getpid')).toBe(driver.target.pid);
  });

  it('a seccomp filter of the program is told of, and survived', async () => {
    const driver = await atReady('filter');
    await expect(make(driver, 'getppid')).rejects.toThrow(/has a seccomp filter of its own, .* "force": true/);
    const forced = { despiteSeccomp: true };
    expect(await value(driver, 'getppid', [], forced)).toBe(-13);
    await expect(make(driver, 'getuid', [], forced)).rejects.toThrow('answered the call getuid() with SIGSYS');
    expect(await value(driver, 'getpid', [], forced)).toBe(driver.target.pid);
    await expect(make(driver, 'getgid', [], forced)).rejects.toThrow('SIGSYS ended it during the call getgid()');
    expect(await driver.exit()).toMatchObject({ signal: 31 });
  });
});
