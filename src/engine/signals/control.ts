/**
 * The signals of a process: what becomes of those that come in, what a stopped thread is given when it goes on, and
 * sending more of them.
 */
import { readCmdline, readComm } from '../../common/procfs';
import { PtraceError, UserError } from '../../common/errors';
import { native } from '../../ptrace/native';
import { describeSiginfo, makeSiginfo, type SiginfoFields } from '../../ptrace/siginfo';
import { SI_QUEUE, SI_TKILL, SI_USER } from '../../ptrace/siginfocodes';
import { signalOf } from '../../ptrace/signals';
import { SignalPolicy } from '../signalpolicy';
import type { Thread } from '../thread';
import type { SignalInfo, Tid } from '../types';
import { RESUME, type Verdict } from '../verdict';
import type { SignalFacts } from './condition';
import { describeSender } from './sender';

/** Of siginfo_t what a user states; the rest is what the kernel would put there for kill(2) or sigqueue(3). */
export type ChosenSiginfo = Partial<Omit<SiginfoFields, 'signal'>>;

/** A signal that is to be sent. */
export interface SignalToSend {
  /** 1–64. */
  readonly signal: number;
  /** A thread; the process when absent. */
  readonly tid?: Tid;
  readonly siginfo?: ChosenSiginfo;
}

export interface SignalHost {
  readonly pid: number;
  /** Whether what a thread does to itself follows from something that the user has been told already. */
  hasTold(thread: Thread): boolean;
  /** A line for the debug console. */
  print(line: string): void;
}

const SIGTRAP = 5;
const SIGABRT = 6;

/** Waiting siginfo_t that the kernel would not take from us, by the value that it was sent with. */
const MAX_FORGERIES = 256;

export class SignalControl {
  readonly policy = new SignalPolicy();
  private readonly forgeries = new Map<bigint, Uint8Array>();

  constructor(private readonly host: SignalHost) {}

  // ---- signals that come ----

  /** A signal is about to be delivered to a thread. */
  judge(thread: Thread, signal: number): Verdict {
    if (this.forgeries.size > 0) this.putForgery(thread);
    if (this.policy.isQuiet(signal)) return RESUME;
    const info = thread.signalInfo(signal);
    const { stop, log, pass } = this.policy.decide(signal, () => this.factsOf(thread, info));
    if (!pass) thread.pendingSignal = 0;
    if (log) this.host.print(this.line(thread, info, pass));
    if (!stop || (signal === SIGABRT && this.host.hasTold(thread))) return RESUME;
    thread.siginfo = info.siginfo;
    return { kind: 'stop', reason: { kind: 'signal', signal: info } };
  }

  /** The program ran into an int3 of its own: whether that stops. */
  stopsOnTrap(thread: Thread): boolean {
    const info = thread.signalInfo(SIGTRAP);
    const { stop } = this.policy.decide(SIGTRAP, () => this.factsOf(thread, info));
    if (!stop) thread.pendingSignal = SIGTRAP;
    thread.siginfo = info.siginfo;
    return stop;
  }

  private factsOf(thread: Thread, { number, siginfo }: SignalInfo): SignalFacts {
    const said = describeSiginfo(siginfo ?? new Uint8Array());
    const { sender } = said;
    const { pid } = this.host;
    return {
      signal: number,
      si_code: said.code,
      si_errno: said.error,
      address: said.address,
      sender,
      'sender.uid': said.senderUid,
      get 'sender.command'() {
        return sender === undefined ? undefined : readCmdline(sender).join(' ');
      },
      value: said.value,
      status: said.childStatus,
      syscall: said.syscall,
      tid: thread.tid,
      get thread() {
        return readComm(pid, thread.tid);
      },
      pc: thread.pc,
    };
  }

  private line(thread: Thread, { name, description, siginfo }: SignalInfo, isPassed: boolean): string {
    const said = siginfo && describeSender(describeSiginfo(siginfo));
    const who = `Thread ${thread.tid} “${readComm(this.host.pid, thread.tid) ?? ''}”`;
    const fate = isPassed ? '' : ' It is kept from the program.';
    return `${who} received ${name} (${description})${said ? `, ${said}` : ''}.${fate}`;
  }

  // ---- what a stopped thread is given ----

  /**
   * Replaces the signal that a stopped thread will be given when it goes on; 0 takes it away. Throws UserError when the
   * thread did not stop in front of one.
   */
  replace(thread: Thread, signal: number, chosen: ChosenSiginfo | undefined): void {
    if (!thread.isAtSignal) {
      throw new UserError(
        `Thread ${thread.tid} did not stop in front of a signal, so there is none to replace: send it one instead.`,
        { code: 'no-signal' },
      );
    }
    if (signal === 9) throw new UserError('SIGKILL cannot be put in the place of another signal: send it.');
    const isSame = signal !== 0 && thread.siginfo !== undefined && describeSiginfo(thread.siginfo).number === signal;
    thread.pendingSignal = signal;
    if (signal !== 0 && (chosen !== undefined || !isSame)) thread.siginfo = siginfoOf(signal, chosen, SI_USER);
  }

  // ---- signals that we send ----

  /** Sends a signal to the process or one of its threads. Throws UserError. */
  send({ signal, tid, siginfo: chosen }: SignalToSend): void {
    const { pid } = this.host;
    try {
      if (chosen === undefined) {
        if (tid === undefined) process.kill(pid, signal);
        else native.tgkill(pid, tid, signal);
        return;
      }
      const siginfo = this.acceptable(siginfoOf(signal, chosen, SI_QUEUE));
      if (tid === undefined) native.queueSignal(pid, siginfo);
      else native.queueThreadSignal(pid, tid, siginfo);
    } catch (error) {
      throw this.explained(error, signal, tid);
    }
  }

  /** The kernel lets nobody pretend to be it; what it would refuse goes under a cover that is taken off at delivery. */
  private acceptable(siginfo: Uint8Array): Uint8Array {
    const { number, code } = describeSiginfo(siginfo);
    if (code < 0 && code !== SI_TKILL) return siginfo;
    let cookie: bigint;
    do cookie = crypto.getRandomValues(new BigUint64Array(1))[0]!;
    while (this.forgeries.has(cookie));
    const [oldest] = this.forgeries.keys();
    if (this.forgeries.size >= MAX_FORGERIES && oldest !== undefined) this.forgeries.delete(oldest);
    this.forgeries.set(cookie, siginfo);
    return makeSiginfo({ signal: number, code: SI_QUEUE, pid: process.pid, value: cookie });
  }

  private putForgery(thread: Thread): void {
    const { code, sender, value } = describeSiginfo(native.getSiginfo(thread.tid));
    if (code !== SI_QUEUE || sender !== process.pid || value === undefined) return;
    const siginfo = this.forgeries.get(value);
    if (!siginfo) return;
    this.forgeries.delete(value);
    native.setSiginfo(thread.tid, siginfo);
  }

  private explained(error: unknown, signal: number, tid: Tid | undefined): unknown {
    const errno = error instanceof PtraceError ? error.errno : (error as NodeJS.ErrnoException).code;
    const { name } = signalOf(signal);
    const whom = tid === undefined ? `process ${this.host.pid}` : `thread ${tid}`;
    if (errno === 'ESRCH') return new UserError(`There is no ${whom} any more to send ${name} to.`, { code: 'gone' });
    if (errno === 'EPERM') {
      return new UserError(`The kernel does not permit sending ${name} to ${whom}: it belongs to another user.`);
    }
    if (errno === 'EAGAIN') {
      return new UserError(`${name} was not sent: the queue of signals is full (RLIMIT_SIGPENDING).`);
    }
    return error;
  }
}

/** A siginfo_t as somebody chose it; the sender is this process unless it says otherwise. */
function siginfoOf(signal: number, chosen: ChosenSiginfo | undefined, usualCode: number): Uint8Array {
  const { code = usualCode, address, ...rest } = chosen ?? {};
  if (address !== undefined) return makeSiginfo({ signal, code, address, ...rest });
  return makeSiginfo({ signal, code, pid: process.pid, uid: process.getuid?.() ?? 0, ...rest });
}
