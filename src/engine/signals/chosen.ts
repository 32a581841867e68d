/** Signals and siginfo_t as people write them: names and numbers, addresses in hexadecimal. */
import { UserError } from '../../common/errors';
import { codeNames, codeNumber } from '../../ptrace/siginfocodes';
import { SIGNALS, signalNumber } from '../../ptrace/signals';
import { nearest } from '../../expr/members';
import type { SignalPolicy } from '../signalpolicy';
import type { ChosenSiginfo } from './control';

/** The fields of siginfo_t that a client may state; numbers as text where 53 bits are not enough. */
export interface WrittenSiginfo {
  /** `si_code`: a number or a name such as `SEGV_MAPERR`. */
  readonly code?: number | string | undefined;
  /** `si_errno` */
  readonly errno?: number | undefined;
  readonly pid?: number | undefined;
  readonly uid?: number | undefined;
  /** `si_value` */
  readonly value?: number | string | undefined;
  /** `si_addr` */
  readonly address?: number | string | undefined;
  /** `si_status` */
  readonly status?: number | undefined;
}

/** The number of `SIGUSR1`, `usr1`, `SIGRTMIN+2` or 10; 0 for `0` and `none` where that is wanted. Throws UserError. */
export function readSignal(given: number | string, zero: 'allowed' | 'refused'): number {
  const written = String(given).trim();
  if (zero === 'allowed' && /^(?:0|none)$/i.test(written)) return 0;
  const number = signalNumber(written);
  if (number !== undefined) return number;
  const similar = nearest(
    written.toUpperCase(),
    SIGNALS.map(({ name }) => name),
  );
  const hint =
    similar === undefined
      ? ': expected a name such as SIGUSR1 or SIGRTMIN+1, or a number from 1 to 64.'
      : `; did you mean ${similar}?`;
  throw new UserError(`There is no signal “${written}”${hint}`, { code: 'no-such-signal' });
}

/** Throws UserError. */
export function readSiginfo(written: WrittenSiginfo): ChosenSiginfo {
  const { code, errno, pid, uid, value, address, status } = written;
  if (address !== undefined && (pid !== undefined || uid !== undefined)) {
    throw new UserError('siginfo has either an address, as faults have, or a pid and uid: they share their bytes.');
  }
  return {
    ...(code !== undefined && { code: readCode(code) }),
    ...(errno !== undefined && { error: errno }),
    ...(pid !== undefined && { pid }),
    ...(uid !== undefined && { uid }),
    ...(value !== undefined && { value: readWord(value, 'value') }),
    ...(address !== undefined && { address: readWord(address, 'address') }),
    ...(status !== undefined && { status }),
  };
}

function readCode(code: number | string): number {
  if (typeof code === 'number') return code;
  const number = /^-?\d+$/.test(code.trim()) ? Number(code) : codeNumber(code.trim());
  if (number !== undefined) return number;
  const similar = nearest(code, codeNames());
  throw new UserError(`There is no si_code “${code}”${similar === undefined ? '.' : `; did you mean ${similar}?`}`);
}

function readWord(given: number | string, field: string): bigint {
  try {
    const word = BigInt(given);
    if (word < 1n << 64n && word >= -(1n << 63n)) return word;
  } catch {
    // Told below.
  }
  throw new UserError(`“${field}” of siginfo must be a whole number of at most 64 bits, not ${String(given)}.`);
}

/** One row of the table of signals. */
export interface SignalRow {
  readonly number: number;
  readonly name: string;
  readonly description: string;
  readonly stop: boolean;
  readonly log: boolean;
  readonly pass: boolean;
}

/** What becomes of each signal now, conditions left aside. */
export function signalTable(policy: SignalPolicy): SignalRow[] {
  return SIGNALS.map(({ number, name, description }) => ({ number, name, description, ...policy.table(number) }));
}
