/**
 * Why the kernel refused to let us trace a process, in words that name the rule and the way out. The rules are those of
 * "Ptrace access mode checking" in ptrace(2), of yama (Documentation/admin-guide/LSM/Yama.rst) and of seccomp(2).
 */
import { readFileSync, statSync } from 'node:fs';
import { PtraceError, UserError, messageOf } from '../common/errors';
import { isKernelThread, readComm, readStatus, type ProcessStatus } from '../common/procfs';

/** What the explanation is made from; collected after the refusal, so the process may be gone by then. */
export interface RefusalFacts {
  readonly pid: number;
  /** Symbolic, of the failed request. */
  readonly errno: string;
  /** Undefined: there is no such process (any more). */
  readonly target: ProcessStatus | undefined;
  readonly kernelThread: boolean;
  /** The owner of `/proc/pid`: root, whoever runs it, when the process is not dumpable. */
  readonly procOwner: number | undefined;
  readonly tracerName: string | undefined;
  /** The debug adapter itself. */
  readonly own: ProcessStatus;
  /** `kernel.yama.ptrace_scope`; undefined where the kernel has no Yama. */
  readonly yamaScope: number | undefined;
}

const CAP_SYS_PTRACE = 1n << 19n;

function refusal(code: string, message: string): UserError {
  return new UserError(message, { code });
}

/** The sentence for the facts; pure. */
export function explainFacts(facts: RefusalFacts): UserError {
  const { pid, target, own, errno } = facts;
  const who = target ? `process ${pid} «${target.name}»` : `process ${pid}`;
  if (errno === 'ESRCH' && (!target || target.state === 'X'))
    return refusal('no-such-process', `There is no process ${pid}.`);
  if (target?.tgid === own.tgid)
    return refusal('self', `Process ${pid} is the debugger itself; it cannot be debugged.`);
  if (facts.kernelThread)
    return refusal('kernel-thread', `${capital(who)} is a kernel thread: it has no user code to debug.`);
  if (target && (target.state === 'Z' || target.state === 'X'))
    return refusal(
      'zombie',
      `${capital(who)} has already exited (it is a zombie, waiting for its parent ${target.ppid} to collect it).`,
    );
  if (target && target.tracerPid !== 0) {
    const tracer = `process ${target.tracerPid}${facts.tracerName === undefined ? '' : ` «${facts.tracerName}»`}`;
    return refusal(
      'already-traced',
      `${capital(who)} is already being traced by ${tracer}. A process has one tracer: end that session first.`,
    );
  }
  if (errno === 'ENOSYS')
    return refusal(
      'no-ptrace',
      `This system answers ptrace with ENOSYS, as some sandboxes do: ${who} cannot be debugged here.`,
    );
  if (errno !== 'EPERM' && errno !== 'EACCES') return refusal('refused', `Tracing ${who} failed: ${errno}.`);
  return (
    yamaForEveryone(facts, who) ??
    credentials(facts, who) ??
    yamaForUsers(facts, who) ??
    seccomp(facts, who) ??
    refusal(
      'refused',
      `The kernel refused to trace ${who} (${errno}). None of the usual rules explains it; a security module ` +
        '(AppArmor, SELinux) or a user namespace may be the reason: see dmesg or the audit log.',
    )
  );
}

/** Scope 3 binds root as well. */
function yamaForEveryone({ yamaScope }: RefusalFacts, who: string): UserError | undefined {
  if (yamaScope !== 3) return undefined;
  return refusal(
    'yama',
    `Tracing ${who} is refused by Yama: kernel.yama.ptrace_scope is 3, which forbids ptrace to everyone until the next ` +
      'boot. Set it to 0 or 1 in /etc/sysctl.d and restart the machine.',
  );
}

function mayPtraceAll(own: ProcessStatus): boolean {
  return (own.capEffective & CAP_SYS_PTRACE) !== 0n;
}

/** Users, set-user-id programs and capabilities. */
function credentials({ target, own, procOwner }: RefusalFacts, who: string): UserError | undefined {
  if (!target || mayPtraceAll(own)) return undefined;
  const { uid, gid } = target;
  // Root in a container lacks the capability unless it was asked for.
  const asRoot =
    own.uid.effective === 0
      ? 'The debugger runs as root but without CAP_SYS_PTRACE: start the container with --cap-add=SYS_PTRACE.'
      : 'Debug it as root (a process with CAP_SYS_PTRACE).';
  if ([uid.real, uid.effective, uid.saved].some((id) => id !== own.uid.real))
    return refusal(
      'other-user',
      `${capital(who)} runs as user ${uid.effective}, the debugger as user ${own.uid.real}, and only the same user may trace it. ${asRoot}`,
    );
  if ([gid.real, gid.effective, gid.saved].some((id) => id !== own.gid.real))
    return refusal(
      'other-group',
      `${capital(who)} runs with group ${gid.effective}, the debugger with group ${own.gid.real} (a set-group-id program?). ${asRoot}`,
    );
  if ((target.capPermitted & ~own.capPermitted) !== 0n)
    return refusal('capability', `${capital(who)} has capabilities that the debugger does not have. ${asRoot}`);
  if (procOwner !== undefined && procOwner !== uid.effective)
    return refusal(
      'not-dumpable',
      `${capital(who)} is protected: it switched PR_SET_DUMPABLE off, or its file is not readable. ${asRoot}`,
    );
  return undefined;
}

/** Scopes 1 and 2 bind everyone without CAP_SYS_PTRACE. */
function yamaForUsers({ yamaScope, own }: RefusalFacts, who: string): UserError | undefined {
  if ((yamaScope !== 1 && yamaScope !== 2) || mayPtraceAll(own)) return undefined;
  const rule =
    yamaScope === 1
      ? 'a process may trace only its own descendants'
      : 'only a process with CAP_SYS_PTRACE may trace others';
  return refusal(
    'yama',
    `Tracing ${who} is refused by Yama: kernel.yama.ptrace_scope is ${yamaScope}, so ${rule}. Allow it until the next ` +
      'boot with: sudo sysctl kernel.yama.ptrace_scope=0' +
      (yamaScope === 1 ? '  (or launch the program from the debugger instead)' : ''),
  );
}

function seccomp({ own }: RefusalFacts, who: string): UserError | undefined {
  if (own.seccomp === 0) return undefined;
  return refusal(
    'seccomp',
    `Tracing ${who} is refused, and the debugger runs under a seccomp filter, as in a container. Start the container with ` +
      '--cap-add=SYS_PTRACE or --security-opt seccomp=unconfined.',
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Collects the facts about a refusal from procfs. */
export function collectFacts(errno: string, pid: number): RefusalFacts {
  const target = readStatus(pid);
  const tracer = target?.tracerPid ?? 0;
  return {
    pid,
    errno,
    target,
    kernelThread: isKernelThread(pid),
    procOwner: procOwner(pid),
    tracerName: tracer === 0 ? undefined : readComm(tracer, tracer),
    own: readStatus('self')!,
    yamaScope: yamaScope(),
  };
}

function procOwner(pid: number): number | undefined {
  return statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid;
}

function yamaScope(): number | undefined {
  try {
    return Number.parseInt(readFileSync('/proc/sys/kernel/yama/ptrace_scope', 'utf8'), 10);
  } catch {
    return undefined;
  }
}

/** Explains a PTRACE_SEIZE of `pid` that failed; an error of another kind is passed on with its own message. */
export function explainRefusal(error: unknown, pid: number): UserError {
  if (error instanceof UserError) return error;
  if (!(error instanceof PtraceError)) return new UserError(`Process ${pid} cannot be debugged: ${messageOf(error)}`);
  return explainFacts(collectFacts(error.errno, pid));
}
