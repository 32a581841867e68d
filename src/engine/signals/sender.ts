/** Who sent a signal, in words. */
import { readCmdline, readComm } from '../../common/procfs';
import { SI_MESGQ, SI_QUEUE, SI_TIMER, SI_TKILL } from '../../ptrace/siginfocodes';
import type { SiginfoDescription } from '../../ptrace/siginfo';
import { signalOf } from '../../ptrace/signals';

const SIGCHLD = 17;
const CLD_EXITED = 1;
/** Of a command line. */
const MAX_SHOWN = 200;

/** `1234 (“sleep 10”, uid 1000)`; a process that is gone or closed to us has only its number. */
export function describeProcess(pid: number, uid?: number): string {
  const args = readCmdline(pid);
  const name = args.length > 0 ? args.join(' ') : readComm(pid, pid);
  const who = name === undefined ? undefined : `“${name.length > MAX_SHOWN ? `${name.slice(0, MAX_SHOWN)}…` : name}”`;
  const parts = [who, uid === undefined ? undefined : `uid ${uid}`].filter((part) => part !== undefined);
  return `${pid}${parts.length > 0 ? ` (${parts.join(', ')})` : ''}`;
}

/** `sent by process 1234 (“kill -USR1 77”, uid 1000) with tgkill`; undefined for what nobody sent. */
export function describeSender(said: SiginfoDescription): string | undefined {
  const { number, code, sender, senderUid, value, timer } = said;
  const withValue = value === undefined || value === 0n ? '' : `, value ${describeValue(value)}`;
  if (timer) {
    const missed = timer.overrun > 0 ? `, which has expired ${timer.overrun} more times` : '';
    return `from POSIX timer ${timer.id}${missed}${withValue}`;
  }
  if (number === SIGCHLD && code > 0 && sender !== undefined) return describeChild(said);
  if (sender === undefined) return code === SI_TIMER ? 'from a timer' : undefined;
  // The kernel tells a process in another pid namespace apart no further.
  if (sender === 0 && senderUid === 0 && code !== SI_QUEUE) return 'sent by the kernel or from another pid namespace';
  const how = { [SI_TKILL]: ' with tgkill', [SI_QUEUE]: ' with sigqueue', [SI_MESGQ]: ' by a message queue' }[code];
  return `sent by process ${describeProcess(sender, senderUid)}${how ?? (code < 0 ? ` with si_code ${code}` : '')}${withValue}`;
}

/** An int, as most programs send, or 64 bits. */
function describeValue(value: bigint): string {
  const int = BigInt.asIntN(32, value);
  return value === BigInt.asUintN(32, value) ? `${int}` : `0x${value.toString(16)}`;
}

/** `child 1234 (“ls”) exited with code 2` */
function describeChild({ code, codeText, sender, childStatus = 0 }: SiginfoDescription): string {
  const what =
    code === CLD_EXITED
      ? `exited with code ${childStatus}`
      : `${codeText?.replace(/^child /, '') ?? `changed its state (si_code ${code})`} (${signalOf(childStatus).name})`;
  return `child ${describeProcess(sender!)} ${what}`;
}
