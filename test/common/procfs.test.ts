import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  isKernelThread,
  listProcesses,
  listThreads,
  parseAuxv,
  parseCmdline,
  parseMaps,
  parsePasswd,
  parseStatus,
  readAuxv,
  readCmdline,
  readComm,
  readExe,
  readMaps,
  readStatus,
} from '../../src/common/procfs';
import { runTool } from '../support/debuggees';

let child: ChildProcess | undefined;

async function sleeper(file = '/bin/sleep', args: string[] = ['100']): Promise<number> {
  child = spawn(file, args, { argv0: 'sleep' });
  await once(child, 'spawn');
  return child.pid!;
}

afterEach(async () => {
  if (!child) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
  child = undefined;
});

/** A pid that was in use a moment ago and is not any more. */
function gone(): number {
  return spawnSync('/bin/true').pid;
}

describe('parseMaps', () => {
  it('reads every kind of line', () => {
    const text = [
      '55d5c0a00000-55d5c0a02000 r--p 00000000 fe:01 1234                       /usr/bin/cat',
      '7f0000000000-7f0000001000 rw-s 00fff000 00:05 77                         /dev/zero (deleted)',
      '7f0000002000-7f0000003000 rwxp 00000000 00:00 0 ',
      '7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0                          [stack]',
      'ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]',
      '7f0000004000-7f0000005000 r--p 00000000 103:02 99                        /tmp/a b\\012c\\040d',
    ].join('\n');
    const regions = parseMaps(text + '\n');
    expect(regions).toEqual([
      {
        start: 0x55d5c0a00000n,
        end: 0x55d5c0a02000n,
        permissions: 'r--p',
        offset: 0,
        device: 'fe:01',
        inode: 1234,
        path: '/usr/bin/cat',
        deleted: false,
      },
      {
        start: 0x7f0000000000n,
        end: 0x7f0000001000n,
        permissions: 'rw-s',
        offset: 0xfff000,
        device: '00:05',
        inode: 77,
        path: '/dev/zero',
        deleted: true,
      },
      {
        start: 0x7f0000002000n,
        end: 0x7f0000003000n,
        permissions: 'rwxp',
        offset: 0,
        device: '00:00',
        inode: 0,
        path: '',
        deleted: false,
      },
      {
        start: 0x7ffc00000000n,
        end: 0x7ffc00021000n,
        permissions: 'rw-p',
        offset: 0,
        device: '00:00',
        inode: 0,
        path: '[stack]',
        deleted: false,
      },
      {
        start: 0xffffffffff600000n,
        end: 0xffffffffff601000n,
        permissions: '--xp',
        offset: 0,
        device: '00:00',
        inode: 0,
        path: '[vsyscall]',
        deleted: false,
      },
      // Only the newline is escaped by the kernel: this file has a real backslash in its name.
      {
        start: 0x7f0000004000n,
        end: 0x7f0000005000n,
        permissions: 'r--p',
        offset: 0,
        device: '103:02',
        inode: 99,
        path: '/tmp/a b\nc\\040d',
        deleted: false,
      },
    ]);
  });

  it('leaves out what is no line of the format', () => {
    expect(parseMaps('')).toEqual([]);
    expect(parseMaps('nonsense\n55-66 r--p\n\n')).toEqual([]);
  });
});

describe('a living process', () => {
  it('has regions, the program first and its own stack', async () => {
    const pid = await sleeper();
    const regions = readMaps(pid);
    expect(regions[0]?.path).toBe(realpathSync('/bin/sleep'));
    expect(regions.filter(({ path }) => path === '[stack]').length).toBe(1);
    for (const { start, end } of regions) expect(end).toBeGreaterThan(start);
  });

  it('has a name, a status, arguments and a program', async () => {
    const pid = await sleeper();
    expect(readComm(pid, pid)).toBe('sleep');
    expect(readStatus(pid)).toMatchObject({
      name: 'sleep',
      tgid: pid,
      pid,
      ppid: process.pid,
      tracerPid: 0,
      threads: 1,
    });
    expect(readCmdline(pid)).toEqual(['sleep', '100']);
    expect(readExe(pid)).toBe(realpathSync('/bin/sleep'));
    expect(isKernelThread(pid)).toBe(false);
  });

  it('may have lost its file', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'procfs-'));
    const file = join(directory, 'new\nline');
    copyFileSync('/bin/sleep', file);
    const pid = await sleeper(file);
    expect(readMaps(pid)[0]).toMatchObject({ path: file, deleted: false });
    expect(readStatus(pid)?.name).toBe('new\nline');
    rmSync(directory, { recursive: true });
    expect(readMaps(pid)[0]).toMatchObject({ path: file, deleted: true });
    expect(readExe(pid)).toBe(`${file} (deleted)`);
  });

  it('has an auxiliary vector', async () => {
    const auxv = readAuxv(await sleeper());
    const PAGE_SIZE = 6;
    expect(auxv.get(PAGE_SIZE)).toBe(4096n);
    expect(auxv.has(0)).toBe(false);
  });

  it('has its threads, in order', () => {
    const threads = listThreads(process.pid);
    expect(threads[0]).toBe(process.pid);
    expect(threads.length).toBeGreaterThan(1); // Node's own workers
    expect(threads).toEqual([...threads].sort((a, b) => a - b));
    for (const tid of threads) expect(typeof readComm(process.pid, tid)).toBe('string');
  });

  it('tells what it may do', () => {
    const own = readStatus('self')!;
    expect(own.pid).toBe(process.pid);
    expect(own.uid.real).toBe(process.getuid?.());
    expect(own.gid.effective).toBe(process.getegid?.());
    expect([0, 1, 2]).toContain(own.seccomp);
    expect(own.capEffective & ~own.capPermitted).toBe(0n);
  });
});

describe('a process that is gone', () => {
  it('has nothing, and nothing throws', () => {
    const pid = gone();
    expect(readMaps(pid)).toEqual([]);
    expect(listThreads(pid)).toEqual([]);
    expect(readComm(pid, pid)).toBeUndefined();
    expect(readStatus(pid)).toBeUndefined();
    expect(readCmdline(pid)).toEqual([]);
    expect(readAuxv(pid).size).toBe(0);
    expect(readExe(pid)).toBeUndefined();
    expect(isKernelThread(pid)).toBe(false);
  });
});

describe('a kernel thread', () => {
  it('is told from a process', () => {
    expect(isKernelThread(2)).toBe(true);
    expect(readMaps(2)).toEqual([]);
    expect(readExe(2)).toBeUndefined();
  });
});

describe('listProcesses', () => {
  it('shows what ps shows, without the kernel threads', async () => {
    const pid = await sleeper();
    const earlier = runTool('ps', ['-eo', 'pid=,ppid='])
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number));
    const listed = listProcesses();
    const { uid, username } = userInfo();
    expect(listed.find((entry) => entry.pid === pid)).toMatchObject({
      name: 'sleep',
      uid,
      user: username,
      commandLine: 'sleep 100',
    });
    expect(listed.some((entry) => entry.pid === 2)).toBe(false);
    expect(listed.map((entry) => entry.pid)).toEqual(listed.map((entry) => entry.pid).sort((a, b) => a - b));
    const known = new Set(listed.map((entry) => entry.pid));
    for (const [other, parent] of earlier) {
      const user = other !== 2 && parent !== 2;
      // What has ended since ps looked may be missing, and nothing else.
      if (user && readStatus(other!)) expect([other, known.has(other!)]).toEqual([other, true]);
    }
  });
});

describe('the parsers', () => {
  it('split arguments as execve got them', () => {
    expect(parseCmdline('a\0\0b c\0')).toEqual(['a', '', 'b c']);
    expect(parseCmdline('nginx: worker process\0\0\0\0')).toEqual(['nginx: worker process']);
    expect(parseCmdline('')).toEqual([]);
  });

  it('read the auxiliary vector up to AT_NULL', () => {
    const words = new BigUint64Array([6n, 4096n, 33n, 0x7fff_ffff_f000n, 0n, 0n, 9n, 1n]);
    expect([...parseAuxv(new Uint8Array(words.buffer))]).toEqual([
      [6, 4096n],
      [33, 0x7fff_ffff_f000n],
    ]);
    expect(parseAuxv(new Uint8Array(15)).size).toBe(0);
  });

  it('read a status, whatever the kernel leaves out', () => {
    expect(parseStatus('')).toBeUndefined();
    expect(parseStatus('Name:\tx\nState:\tS (sleeping)\n')).toBeUndefined();
    expect(
      parseStatus('Name:\ta:b\\nc\nState:\tZ (zombie)\nTgid:\t5\nUid:\t1\t2\t3\t4\nCapEff:\t000001ffffffffff\n'),
    ).toEqual({
      name: 'a:b\nc',
      state: 'Z',
      tgid: 5,
      pid: 0,
      ppid: 0,
      tracerPid: 0,
      uid: { real: 1, effective: 2, saved: 3, filesystem: 4 },
      gid: { real: 0, effective: 0, saved: 0, filesystem: 0 },
      threads: 0,
      seccomp: 0,
      noNewPrivs: false,
      capPermitted: 0n,
      capEffective: 0x1ffffffffffn,
      signalsCaught: 0n,
    });
  });

  it('read user names', () => {
    const users = parsePasswd('root:x:0:0:root:/root:/bin/sh\ntoor:x:0:0::/:\n+nis\nbad:x:y:0\n\nme:x:1000:1000:::\n');
    expect([...users]).toEqual([
      [0, 'root'],
      [1000, 'me'],
    ]);
  });
});
