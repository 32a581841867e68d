/** Kinds of signals: sets, actions, siginfo, wait statuses. */
import type { DecodedNode } from '../model';
import { table } from '../constants';
import type { KindFactory } from './compiler';
import { enumNode, flagsNode } from './constantkinds';
import { readMemory, s32, ulong, type Context, type Kind } from './kind';
import { uintAt } from './memorytypes';
import { address, array, constant, decimal, hexadecimal, struct, text } from './nodes';

const plain =
  (kind: Kind): KindFactory =>
  () =>
    kind;

/** `SIGCHLD`, `SIGRTMIN`, `SIGRT_2`; a number that is none as it is. */
export function signalName(number: number): string {
  const known = table('signal').byValue.get(BigInt(number));
  if (known !== undefined) return known;
  if (number === 32) return 'SIGRTMIN';
  return number > 32 && number <= 64 ? `SIGRT_${number - 32}` : String(number);
}

/** A node for a signal number. */
export function signalNode(value: bigint, name?: string): DecodedNode {
  const number = Number(s32(value));
  if (number < 1 || number > 64) return decimal(BigInt(number), name, 'signal');
  return constant({ kind: 'signal', raw: value, table: 'signal', names: [signalName(number)] }, name);
}

/** `[INT CHLD]`; what holds nearly all is shown as what it lacks: `~[KILL STOP]`. */
function setNode(bits: bigint, count: number, name?: string, raw?: bigint): DecodedNode {
  const members: string[] = [];
  const missing: string[] = [];
  for (let number = 1; number <= count; number++) {
    const short = signalName(number).replace(/^SIG/, '');
    ((bits >> BigInt(number - 1)) & 1n ? members : missing).push(short);
  }
  const inverted = members.length >= Math.floor((count * 2) / 3);
  const shown = inverted ? missing : members;
  return {
    type: 'set',
    kind: 'sigset',
    members: shown,
    inverted,
    raw: raw ?? bits,
    ...(name === undefined ? {} : { name }),
  };
}

function sigsetAt(value: bigint, size: bigint, context: Context, name?: string): DecodedNode {
  const at = ulong(value, context);
  const length = size > 8n ? 8 : Number(size);
  const bytes = readMemory(context, at, length);
  if (at === 0n || length <= 0 || bytes.length < length) return address(at, name, 'sigset');
  return setNode(uintAt(bytes, 0, length), length * 8, name, at);
}

function handlerNode(value: bigint, name?: string): DecodedNode {
  const word = ['SIG_DFL', 'SIG_IGN', 'SIG_ERR'][value < 2n ? Number(value) : -1];
  return word === undefined
    ? address(value, name)
    : constant({ kind: 'enum', raw: value, table: 'signal', names: [word] }, name);
}

/** The kernel's struct sigaction: handler, flags, restorer, mask (asm/signal.h). */
const sigaction: Kind = (value, context, name) => {
  const at = ulong(value, context);
  const word = context.wordSize;
  const bytes = readMemory(context, at, word * 3 + 8);
  if (at === 0n || bytes.length < word * 3 + 8) return address(at, name);
  const flags = uintAt(bytes, word, word);
  const fields: DecodedNode[] = [
    handlerNode(uintAt(bytes, 0, word), 'sa_handler'),
    setNode(uintAt(bytes, word * 3, 8), 64, 'sa_mask'),
    flagsNode(flags, 'sigaction_flags', 'sa_flags'),
  ];
  if ((flags & 0x04000000n) !== 0n) fields.push(address(uintAt(bytes, word * 2, word), 'sa_restorer'));
  return struct(fields, false, name, 'sigaction', at);
};

const codeTables: Readonly<Record<number, string>> = {
  4: 'si_code_ill',
  5: 'si_code_trap',
  7: 'si_code_bus',
  8: 'si_code_fpe',
  11: 'si_code_segv',
  17: 'cld_code',
  29: 'si_code_poll',
  31: 'si_code_sys',
};

const SI_TIMER = -2;
const SI_QUEUE = -1;
const SI_TKILL = -6;

function codeNode(signal: number, code: number): DecodedNode {
  const general = table('si_code').byValue.get(BigInt(code));
  if (general !== undefined && (code <= 0 || code === 0x80)) {
    return constant(
      { kind: 'enum', raw: BigInt.asUintN(32, BigInt(code)), table: 'si_code', names: [general] },
      'si_code',
    );
  }
  const own = codeTables[signal];
  return own
    ? enumNode(BigInt(code), own, 'si_code')
    : { ...enumNode(BigInt(code), 'si_code', 'si_code'), comment: 'SI_???' };
}

interface Raw {
  readonly bytes: Uint8Array;
  readonly word: 4 | 8;
}

const int = ({ bytes }: Raw, offset: number): bigint => s32(uintAt(bytes, offset, 4));
const idAt = (raw: Raw, offset: number, name: string): DecodedNode => decimal(int(raw, offset), name, 'id');

/** sival_int and sival_ptr are one union. */
function sigvalFields(raw: Raw, offset: number): DecodedNode[] {
  const pointer = uintAt(raw.bytes, offset, raw.word);
  if (pointer === 0n) return [];
  return [decimal(int(raw, offset), 'si_int'), address(pointer, 'si_ptr')];
}

/** Clock ticks, of which Linux tells programs that there are 100 in a second (USER_HZ). */
function ticks(raw: Raw, offset: number, name: string): DecodedNode {
  const count = BigInt.asIntN(raw.word * 8, uintAt(raw.bytes, offset, raw.word));
  const node = decimal(count, name, 'clock_t');
  return count === 0n ? node : { ...node, comment: `${(Number(count) / 100).toFixed(2)} s` };
}

/** Fields behind signal, errno and code; which there are depends on these (asm-generic/siginfo.h). */
function detailFields(raw: Raw, signal: number, code: number): DecodedNode[] {
  const at = raw.word === 8 ? 16 : 12;
  const sender = (): DecodedNode[] => [decimal(int(raw, at), 'si_pid', 'pid'), idAt(raw, at + 4, 'si_uid')];
  if (code === 0 || code === SI_TKILL) return sender();
  if (code === SI_TIMER) {
    const rest = sigvalFields(raw, at + 8);
    return [hexadecimal(uintAt(raw.bytes, at, 4), 'si_timerid'), decimal(int(raw, at + 4), 'si_overrun'), ...rest];
  }
  if (code < 0) return [...sender(), ...(code === SI_QUEUE || code === -3 ? sigvalFields(raw, at + 8) : [])];
  if (signal === 17) {
    const status = int(raw, at + 8);
    const shown = code === 1 ? decimal(status, 'si_status') : signalNode(status, 'si_status');
    const times = at + (raw.word === 8 ? 16 : 12);
    return [...sender(), shown, ticks(raw, times, 'si_utime'), ticks(raw, times + raw.word, 'si_stime')];
  }
  if ([4, 7, 8, 11, 5].includes(signal)) return [address(uintAt(raw.bytes, at, raw.word), 'si_addr')];
  if (signal === 29) return [decimal(BigInt.asIntN(64, uintAt(raw.bytes, at, raw.word)), 'si_band')];
  if (signal === 31) {
    return [
      address(uintAt(raw.bytes, at, raw.word), 'si_call_addr'),
      text(`__NR_${int(raw, at + raw.word)}`, 'si_syscall'),
      text(
        uintAt(raw.bytes, at + raw.word + 4, 4) === 0xc000003en ? 'AUDIT_ARCH_X86_64' : 'AUDIT_ARCH_I386',
        'si_arch',
      ),
    ];
  }
  return code === 0x80 ? [] : sender();
}

/** Decodes the bytes of a siginfo_t, 128 of them, as PTRACE_GETSIGINFO gives them (in the tracer's ABI). */
export function siginfoNode(bytes: Uint8Array, word: 4 | 8 = 8, name?: string): DecodedNode {
  const raw: Raw = { bytes, word };
  const [signal, errno, code] = [Number(int(raw, 0)), int(raw, 4), Number(int(raw, 8))];
  const fields = [signalNode(BigInt(signal), 'si_signo')];
  if (errno !== 0n) fields.push(enumNode(errno, 'errno', 'si_errno'));
  fields.push(codeNode(signal, code));
  if (signal !== 0) fields.push(...detailFields(raw, signal, code));
  return struct(fields, false, name, 'siginfo');
}

const siginfo: Kind = (value, context, name) => {
  const at = ulong(value, context);
  const bytes = readMemory(context, at, 128);
  // waitid with WNOHANG leaves an empty one; rt_sigtimedwait none when it timed out.
  if (at === 0n || bytes.length < 128) return address(at, name);
  if (bytes.subarray(0, 12).every((byte) => byte === 0)) return struct([], false, name, 'siginfo', at);
  return siginfoNode(bytes, context.wordSize, name);
};

/** What wait4 reports, as the macros that take it apart. */
export function waitStatusText(status: number): string {
  const signal = status & 0x7f;
  if (signal === 0) return `WIFEXITED(s) && WEXITSTATUS(s) == ${(status >> 8) & 0xff}`;
  if (status === 0xffff) return 'WIFCONTINUED(s)';
  if ((status & 0xff) === 0x7f) {
    const stop = (status >> 8) & 0xff;
    const event = status >>> 16;
    const shown = `WIFSTOPPED(s) && WSTOPSIG(s) == ${stop & 0x80 ? `${signalName(stop & 0x7f)} | 0x80` : signalName(stop)}`;
    return event === 0 ? shown : `${shown} | ${event} << 8`;
  }
  return `WIFSIGNALED(s) && WTERMSIG(s) == ${signalName(signal)}${status & 0x80 ? ' && WCOREDUMP(s)' : ''}`;
}

const waitStatus: Kind = (value, context, name) => {
  const at = ulong(value, context);
  const bytes = readMemory(context, at, 4);
  if (at === 0n || bytes.length < 4 || context.result === 0n) return address(at, name, 'status');
  const status = Number(s32(uintAt(bytes, 0, 4)));
  const shown = text(`{${waitStatusText(status)}}`, undefined, 'status', BigInt(status));
  return array([shown], false, name, 'pointer', at);
};

export const signalKinds: Readonly<Record<string, KindFactory>> = {
  signal: plain((value, _context, name) => signalNode(value, name)),
  sigset: ([size], compiler) => {
    const length = compiler.operand(size!);
    return (value, context, name) => sigsetAt(value, length(context), context, name);
  },
  oldsigset: plain((value, context, name) => sigsetAt(value, BigInt(context.wordSize), context, name)),
  sigbits: plain((value, _context, name) => setNode(value, 64, name)),
  handler: plain((value, _context, name) => handlerNode(value, name)),
  sigaction: plain(sigaction),
  siginfo: plain(siginfo),
  ssflags: plain((value, _context, name) => flagsNode(BigInt.asUintN(32, value), 'sigaltstack_flags', name)),
  waitstatus: plain(waitStatus),
  /** rt_sigreturn takes no arguments: what it restores lies on the stack, and the engine has no registers here. */
  sigframe: plain(() => undefined),
  sigval: plain((value, context, name) =>
    value === 0n
      ? undefined
      : struct(
          [decimal(s32(value), 'sival_int'), address(ulong(value, context), 'sival_ptr')],
          false,
          name,
          'sigval',
          value,
        ),
  ),
};
