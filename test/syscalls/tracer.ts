/**
 * A tracer for tests only: runs a program under PTRACE_SYSCALL, follows its children, and prints what it does as
 * `strace -f -o` does, so that both can be compared line by line.
 */
import { closeSync, openSync } from 'node:fs';
import type { MemoryReader } from '../../src/common/readers';
import {
  PTRACE_O_EXITKILL,
  PTRACE_O_TRACECLONE,
  PTRACE_O_TRACEEXEC,
  PTRACE_O_TRACEFORK,
  PTRACE_O_TRACESYSGOOD,
  PTRACE_O_TRACEVFORK,
  ResumeKind,
} from '../../src/ptrace/constants';
import { native } from '../../src/ptrace/native';
import { decodeWaitStatus } from '../../src/ptrace/waitstatus';
import { decodeEntry, decodeExit, decodeUnreturned } from '../../src/syscalls/decode';
import {
  filePrefix,
  formatCall,
  formatExit,
  formatKilled,
  formatResumed,
  formatSignal,
  formatUnfinished,
} from '../../src/syscalls/format';
import { signalName, siginfoNode } from '../../src/syscalls/kinds/signalkinds';
import type { Abi, DecodedCall, DecodeOptions } from '../../src/syscalls/model';

const AUDIT_ARCH_I386 = 0x40000003;

interface Traced {
  readonly tid: number;
  readonly memory: MemoryReader & { close(): void };
  call: DecodedCall | undefined;
  /** The first half of the call has been printed. */
  interrupted: boolean;
  fresh: boolean;
}

export interface TraceResult {
  readonly lines: readonly string[];
  readonly calls: readonly DecodedCall[];
}

function memoryOf(tid: number): Traced['memory'] {
  let fd = openSync(`/proc/${tid}/mem`, 'r');
  return {
    read: (address, length) => {
      const target = new Uint8Array(length);
      try {
        return target.subarray(0, Math.max(0, native.readMemory(fd, address, target)));
      } catch {
        return target.subarray(0, 0);
      }
    },
    close: () => {
      if (fd >= 0) closeSync(fd);
      fd = -1;
    },
  };
}

class Tracer {
  readonly lines: string[] = [];
  readonly calls: DecodedCall[] = [];
  private readonly threads = new Map<number, Traced>();
  /** The thread whose call was printed last and has not ended: strace cuts it when another has something to say. */
  private open: Traced | undefined;

  constructor(
    private readonly options: DecodeOptions,
    private readonly prefixed: boolean,
  ) {}

  private style(tid: number): { prefix?: string } {
    return this.prefixed ? { prefix: filePrefix(tid) } : {};
  }

  private add(tid: number, fresh: boolean): Traced {
    const thread: Traced = { tid, memory: memoryOf(tid), call: undefined, interrupted: false, fresh };
    this.threads.set(tid, thread);
    return thread;
  }

  private cut(but?: Traced): void {
    const { open } = this;
    if (!open?.call || open === but || open.interrupted) return;
    open.interrupted = true;
    this.lines.push(formatUnfinished(open.call, this.style(open.tid)));
  }

  private syscallStop(thread: Traced): void {
    const info = native.getSyscallInfo(thread.tid);
    if (info[0] === 1) {
      const abi: Abi = info.readUInt32LE(4) === AUDIT_ARCH_I386 ? 'i386' : 'x86_64';
      const args = Array.from({ length: 6 }, (_, index) => info.readBigUInt64LE(32 + index * 8));
      this.cut();
      const number = Number(BigInt.asIntN(64, info.readBigUInt64LE(24)));
      thread.call = decodeEntry(abi, number, args, thread.memory, this.options);
      thread.interrupted = false;
      this.open = thread;
    } else if (info[0] === 2 && thread.call) {
      const returned = { value: info.readBigInt64LE(24), isError: info[32] === 1 };
      const call = decodeExit(thread.call, returned, thread.memory, this.options);
      this.cut(thread);
      this.calls.push(call);
      this.lines.push(
        thread.interrupted
          ? formatResumed(thread.call, call, this.style(thread.tid))
          : formatCall(call, this.style(thread.tid)),
      );
      thread.call = undefined;
      this.open = undefined;
    }
  }

  private end(thread: Traced, line: string): void {
    if (thread.call) {
      const call = decodeUnreturned(thread.call);
      this.cut(thread);
      this.calls.push(call);
      this.lines.push(
        thread.interrupted
          ? formatResumed(thread.call, call, this.style(thread.tid))
          : formatCall(call, this.style(thread.tid)),
      );
      if (this.open === thread) this.open = undefined;
    }
    this.cut(thread);
    this.lines.push(line);
    thread.memory.close();
    this.threads.delete(thread.tid);
  }

  private handle(thread: Traced, raw: number): void {
    const status = decodeWaitStatus(raw);
    let signal = 0;
    switch (status.kind) {
      case 'exited':
        return this.end(thread, formatExit(status.code, this.style(thread.tid)));
      case 'killed':
        return this.end(thread, formatKilled(signalName(status.signal), status.coreDumped, this.style(thread.tid)));
      case 'syscall':
        this.syscallStop(thread);
        break;
      case 'signal': {
        const info = siginfoNode(native.getSiginfo(thread.tid));
        this.cut();
        this.lines.push(formatSignal(signalName(status.signal), info, this.style(thread.tid)));
        signal = status.signal;
        break;
      }
      case 'event':
        // PTRACE_EVENT_FORK, VFORK and CLONE name the child, which stops by itself.
        if (['fork', 'vfork', 'clone'].includes(status.event)) this.add(native.getEventMessage(thread.tid), true);
        break;
      case 'group-stop':
      case 'interrupted':
        break;
    }
    native.resume(ResumeKind.Syscall, thread.tid, signal);
  }

  run(argv: readonly string[], env: readonly string[], cwd: string | undefined): void {
    const null_ = openSync('/dev/null', 'r+');
    const options =
      PTRACE_O_TRACESYSGOOD |
      PTRACE_O_TRACEEXEC |
      PTRACE_O_TRACEFORK |
      PTRACE_O_TRACEVFORK |
      PTRACE_O_TRACECLONE |
      PTRACE_O_EXITKILL;
    const { pid } = native.spawn({
      file: argv[0]!,
      argv,
      env,
      ...(cwd === undefined ? {} : { cwd }),
      stdio: [null_, null_, null_],
      disableAslr: false,
      options,
      newSession: false,
    });
    closeSync(null_);
    this.add(pid, false);
    native.resume(ResumeKind.Syscall, pid, 0);
    const deadline = Date.now() + 60_000;
    while (this.threads.size > 0) {
      for (const thread of [...this.threads.values()]) {
        const raw = this.threads.size === 1 ? native.waitSlice(thread.tid, 100) : native.poll(thread.tid);
        if (raw !== -1) this.handle(thread, raw);
      }
      if (this.threads.size > 1) native.peekSlice(20);
      if (Date.now() > deadline) throw new Error(`${argv.join(' ')} did not end`);
    }
  }
}

/** Runs a program to its end; `prefixed` puts tids in front of lines. The first line is what follows its execve. */
export function traceProgram(
  argv: readonly string[],
  settings: {
    readonly options?: DecodeOptions;
    readonly prefixed?: boolean;
    readonly env?: readonly string[];
    readonly cwd?: string;
  } = {},
): TraceResult {
  const tracer = new Tracer(settings.options ?? {}, settings.prefixed ?? false);
  tracer.run(argv, settings.env ?? ['PATH=/usr/bin:/bin', 'LC_ALL=C'], settings.cwd);
  return { lines: tracer.lines, calls: tracer.calls };
}
