/** Decoding and making of siginfo_t: who or what sent a signal, and about which address; pure (sigaction(2)). */
import { virtAddr, type VirtAddr } from '../common/addresses';
import { codeNameOf, SI_KERNEL, SI_MESGQ, SI_QUEUE, SI_TIMER, SI_TKILL, SI_USER } from './siginfocodes';

export interface SiginfoDescription {
  readonly number: number;
  /** `si_code`. */
  readonly code: number;
  /** `SEGV_MAPERR`; undefined for a code that has no name. */
  readonly codeName?: string;
  /** The code in words: `address not mapped`. */
  readonly codeText?: string;
  /** `si_addr`, where the CPU reported one. */
  readonly address?: VirtAddr;
  /** `si_pid`, where a process sent it; of SIGCHLD, the child. */
  readonly sender?: number;
  /** `si_uid`. */
  readonly senderUid?: number;
  /** `si_value` of sigqueue(3), timers and message queues: the 64 bits of `sival_ptr`. */
  readonly value?: bigint;
  /** `si_timerid` and `si_overrun` of a POSIX timer. */
  readonly timer?: { readonly id: number; readonly overrun: number };
  /** `si_pkey` of SEGV_PKUERR. */
  readonly protectionKey?: number;
  /** `si_lower` and `si_upper` of SEGV_BNDERR. */
  readonly bounds?: { readonly lower: VirtAddr; readonly upper: VirtAddr };
  /** `si_band` and `si_fd` of SIGIO. */
  readonly poll?: { readonly band: bigint; readonly fd: number };
  /** `si_status` of SIGCHLD: an exit code or a signal. */
  readonly childStatus?: number;
  /** `si_syscall` of SIGSYS. */
  readonly syscall?: number;
  /** `si_arch` of SIGSYS: AUDIT_ARCH_*. */
  readonly architecture?: number;
  /** `si_errno`; of SIGSYS, what the seccomp filter put there. */
  readonly error: number;
}

const SIGILL = 4;
const SIGTRAP = 5;
const SIGBUS = 7;
const SIGFPE = 8;
const SIGSEGV = 11;
const SIGCHLD = 17;
const SIGIO = 29;
const SIGSYS = 31;
const SEGV_BNDERR = 3;
const SEGV_PKUERR = 4;

/** Signals whose positive codes mean that the CPU found a fault at `si_addr`. */
const FAULTS = new Set([SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV]);

/** Bytes of siginfo_t. */
export const SIGINFO_SIZE = 128;
/** Offset of the union in siginfo_t: three ints and, on 64-bit machines, four bytes of padding. */
const UNION = 16;

/** Decodes the 128 bytes of `native.getSiginfo`; shorter input reads as if it went on with zeros. */
export function describeSiginfo(bytes: Uint8Array): SiginfoDescription {
  const view = viewOf(bytes);
  const int = (offset: number): number => view.getInt32(offset, true);
  const word = (offset: number): bigint => view.getBigUint64(offset, true);
  const [number, error, code] = [int(0), int(4), int(8)];
  const [codeName, codeText] = codeNameOf(number, code) ?? [];
  const description = { number, code, codeName, codeText, error };
  const sender = { sender: int(UNION), senderUid: view.getUint32(UNION + 4, true) };
  const value = word(UNION + 8);
  if (code === SI_USER || code === SI_TKILL) return { ...description, ...sender };
  if (code === SI_QUEUE || code === SI_MESGQ) return { ...description, ...sender, value };
  if (code === SI_TIMER) return { ...description, timer: { id: int(UNION), overrun: int(UNION + 4) }, value };
  // A code of the sender's own choice, which sigqueue's relatives allow. Named ones are the kernel's (SI_ASYNCIO…).
  if (code < 0) return codeName === undefined ? { ...description, ...sender, value } : description;
  // SI_KERNEL says that there is no address: a general protection fault (a non-canonical address) comes like this.
  if (code === SI_KERNEL) return description;
  if (FAULTS.has(number)) {
    const fault = { ...description, address: virtAddr(word(UNION)) };
    if (number !== SIGSEGV) return fault;
    if (code === SEGV_PKUERR) return { ...fault, protectionKey: view.getUint32(UNION + 16, true) };
    if (code !== SEGV_BNDERR) return fault;
    return { ...fault, bounds: { lower: virtAddr(word(UNION + 16)), upper: virtAddr(word(UNION + 24)) } };
  }
  if (number === SIGCHLD) return { ...description, ...sender, childStatus: int(UNION + 8) };
  if (number === SIGIO) return { ...description, poll: { band: word(UNION), fd: int(UNION + 8) } };
  if (number === SIGSYS) {
    return {
      ...description,
      address: virtAddr(word(UNION)),
      syscall: int(UNION + 8),
      architecture: view.getUint32(UNION + 12, true),
    };
  }
  return description;
}

function viewOf(bytes: Uint8Array): DataView {
  const padded = new Uint8Array(SIGINFO_SIZE);
  padded.set(bytes.subarray(0, SIGINFO_SIZE));
  return new DataView(padded.buffer);
}

/** What a siginfo_t is to say; what is left out is zero. */
export interface SiginfoFields {
  readonly signal: number;
  /** `si_code`. */
  readonly code: number;
  readonly error?: number;
  /** `si_pid` and `si_uid`. */
  readonly pid?: number;
  readonly uid?: number;
  /** `si_value`, 64 bits. */
  readonly value?: bigint;
  /** `si_status`. */
  readonly status?: number;
  /** `si_addr`; it takes the place of `si_pid` and `si_uid`. */
  readonly address?: bigint;
}

/** Makes the 128 bytes of a siginfo_t. */
export function makeSiginfo({ signal, code, error = 0, pid, uid, value, status, address }: SiginfoFields): Uint8Array {
  const bytes = new Uint8Array(SIGINFO_SIZE);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, signal, true);
  view.setInt32(4, error, true);
  view.setInt32(8, code, true);
  if (pid !== undefined) view.setInt32(UNION, pid, true);
  if (uid !== undefined) view.setUint32(UNION + 4, uid, true);
  if (status !== undefined) view.setInt32(UNION + 8, status, true);
  if (value !== undefined) view.setBigUint64(UNION + 8, BigInt.asUintN(64, value), true);
  if (address !== undefined) view.setBigUint64(UNION, BigInt.asUintN(64, address), true);
  return bytes;
}
