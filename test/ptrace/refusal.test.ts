import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { PtraceError, UserError } from '../../src/common/errors';
import type { ProcessIds, ProcessStatus } from '../../src/common/procfs';
import { native } from '../../src/ptrace/native';
import { explainFacts, explainRefusal, type RefusalFacts } from '../../src/ptrace/refusal';
import { start } from '../native/tracee';

const root = resolve(import.meta.dirname, '../..');
const SYS_PTRACE = 1n << 19n;

function ids(id: number): ProcessIds {
  return { real: id, effective: id, saved: id, filesystem: id };
}

function status(pid: number, fields: Partial<ProcessStatus> = {}): ProcessStatus {
  return {
    name: 'program',
    state: 'S',
    tgid: pid,
    pid,
    ppid: 1,
    tracerPid: 0,
    uid: ids(1000),
    gid: ids(1000),
    threads: 1,
    seccomp: 0,
    noNewPrivs: false,
    capPermitted: 0n,
    capEffective: 0n,
    signalsCaught: 0n,
    ...fields,
  };
}

/** An ordinary user's debugger (pid 10) refused with EPERM to trace an ordinary process (pid 42) of the same user. */
function facts(fields: Partial<RefusalFacts> = {}): RefusalFacts {
  return {
    pid: 42,
    errno: 'EPERM',
    target: status(42),
    kernelThread: false,
    procOwner: 1000,
    tracerName: undefined,
    own: status(10),
    yamaScope: undefined,
    ...fields,
  };
}

const capable = status(10, { capEffective: SYS_PTRACE, capPermitted: SYS_PTRACE });
const otherUser = status(42, { uid: ids(33) });

describe('explainFacts', () => {
  const table: [rule: string, code: string, given: RefusalFacts, words: RegExp][] = [
    ['no process', 'no-such-process', facts({ errno: 'ESRCH', target: undefined }), /no process 42/],
    ['self', 'self', facts({ target: status(42, { tgid: 10 }) }), /debugger itself/],
    ['kernel thread', 'kernel-thread', facts({ kernelThread: true }), /kernel thread/],
    ['zombie', 'zombie', facts({ target: status(42, { state: 'Z', ppid: 7 }) }), /zombie.* 7 /],
    ['zombie, by ESRCH', 'zombie', facts({ errno: 'ESRCH', target: status(42, { state: 'Z' }) }), /already exited/],
    [
      'a tracer',
      'already-traced',
      facts({ target: status(42, { tracerPid: 9 }), tracerName: 'gdb' }),
      /process 9 «gdb»/,
    ],
    ['a tracer that hides', 'already-traced', facts({ target: status(42, { tracerPid: 9 }) }), /process 9\./],
    ['a sandbox', 'no-ptrace', facts({ errno: 'ENOSYS' }), /ENOSYS/],
    ['another user', 'other-user', facts({ target: otherUser }), /user 33.* user 1000/],
    [
      'a set-user-id program',
      'other-user',
      facts({ target: status(42, { uid: { ...ids(1000), effective: 0 } }) }),
      /user 0/,
    ],
    ['another group', 'other-group', facts({ target: status(42, { gid: { ...ids(1000), saved: 5 } }) }), /group/],
    ['capabilities', 'capability', facts({ target: status(42, { capPermitted: 1n << 13n }) }), /capabilities/],
    ['not dumpable', 'not-dumpable', facts({ procOwner: 0 }), /PR_SET_DUMPABLE/],
    [
      'root without the capability',
      'other-user',
      facts({ target: otherUser, own: status(10, { uid: ids(0) }) }),
      /--cap-add=SYS_PTRACE/,
    ],
    ['Yama 1', 'yama', facts({ yamaScope: 1 }), /own descendants.*sudo sysctl kernel\.yama\.ptrace_scope=0/],
    ['Yama 2', 'yama', facts({ yamaScope: 2 }), /CAP_SYS_PTRACE.*sudo sysctl kernel\.yama\.ptrace_scope=0/],
    ['Yama 3', 'yama', facts({ yamaScope: 3 }), /next boot/],
    ['Yama 3 binds root too', 'yama', facts({ yamaScope: 3, own: capable }), /ptrace_scope is 3/],
    ['the user comes before Yama 1', 'other-user', facts({ yamaScope: 1, target: otherUser }), /user 33/],
    ['Yama 1 does not bind root', 'refused', facts({ yamaScope: 1, own: capable }), /security module/],
    ['Yama 0 binds nobody', 'refused', facts({ yamaScope: 0 }), /security module/],
    [
      'seccomp',
      'seccomp',
      facts({ own: status(10, { seccomp: 2 }) }),
      /--cap-add=SYS_PTRACE or --security-opt seccomp=unconfined/,
    ],
    [
      'seccomp, of a child that is gone',
      'seccomp',
      facts({ target: undefined, own: status(10, { seccomp: 2 }) }),
      /seccomp/,
    ],
    ['another errno', 'refused', facts({ errno: 'EIO' }), /EIO/],
  ];

  it.each(table)('%s', (_rule, code, given, words) => {
    const error = explainFacts(given);
    expect(error).toBeInstanceOf(UserError);
    expect(error.details.code).toBe(code);
    expect(error.message).toMatch(words);
    expect(error.message).toMatch(/[.)]$|=0$/);
    expect(error.message).toContain('42');
  });
});

describe('explainRefusal', () => {
  /** What seizing fails with, explained. */
  function seize(pid: number): UserError {
    try {
      native.seize(pid, 0);
    } catch (error) {
      return explainRefusal(error, pid);
    }
    throw new Error(`${pid} was seized`);
  }

  it('of a process that is not there', () => {
    const { pid } = spawnSync('/bin/true');
    expect(seize(pid).details.code).toBe('no-such-process');
  });

  it('of ourselves', () => {
    expect(seize(process.pid).details.code).toBe('self');
  });

  it('of a kernel thread', () => {
    expect(seize(2).details.code).toBe('kernel-thread');
  });

  it('of a process that is traced already', () => {
    const { pid } = start('/bin/true');
    const error = seize(pid);
    expect(error.details.code).toBe('already-traced');
    expect(error.message).toContain(`process ${process.pid}`);
  });

  it('of a zombie', async () => {
    const parent = spawn('/bin/sh', ['-c', 'true & exec sleep 100']);
    await once(parent, 'spawn');
    try {
      let zombie: string | undefined;
      for (const end = Date.now() + 10_000; zombie === undefined && Date.now() < end;) {
        zombie = /^(\d+) Z/m.exec(
          spawnSync('ps', ['-o', 'pid=,stat=', '--ppid', String(parent.pid)], { encoding: 'utf8' }).stdout.replace(
            /^ +/gm,
            '',
          ),
        )?.[1];
      }
      expect(seize(Number(zombie)).details.code).toBe('zombie');
    } finally {
      parent.kill('SIGKILL');
      await once(parent, 'exit');
    }
  });

  it('of another user, as a user without the capability', () => {
    // Root cannot play that part and come back, so a process of its own does, with the same code bundled.
    const outfile = join(root, '.cache/refusal-test.cjs');
    buildSync({
      stdin: {
        contents: `
          import { native } from './src/ptrace/native';
          import { explainRefusal } from './src/ptrace/refusal';
          if (process.getuid() === 0) { process.setgroups([]); process.setgid(65534); process.setuid(65534); }
          try { native.seize(1, 0); } catch (error) { console.log(explainRefusal(error, 1).details.code); }`,
        resolveDir: root,
      },
      bundle: true,
      platform: 'node',
      format: 'cjs',
      outfile,
    });
    const { stdout, stderr } = spawnSync(process.execPath, [outfile], { encoding: 'utf8' });
    expect({ stdout, stderr }).toEqual({ stdout: 'other-user\n', stderr: '' });
  });

  it('passes other errors on', () => {
    const known = new UserError('known');
    expect(explainRefusal(known, 1)).toBe(known);
    expect(explainRefusal(new Error('odd'), 7).message).toBe('Process 7 cannot be debugged: odd');
    expect(explainRefusal(new PtraceError('PTRACE_SEIZE', 7, 'EIO'), process.pid).details.code).toBe('self');
  });
});
