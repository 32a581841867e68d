/** Error numbers: names from the kernel's headers, texts from strerror(3), and what only a tracer sees. */
import data from './tables/constants.json';
import { table } from './constants';

export interface ErrnoDescription {
  /** Positive. */
  readonly number: number;
  readonly name: string;
  readonly text: string;
}

/** include/linux/errno.h: the kernel turns these into EINTR or a restart before the program sees anything. */
const internal: Readonly<Record<number, readonly [name: string, text: string]>> = {
  512: ['ERESTARTSYS', 'To be restarted if SA_RESTART is set'],
  513: ['ERESTARTNOINTR', 'To be restarted'],
  514: ['ERESTARTNOHAND', 'To be restarted if no handler'],
  516: ['ERESTART_RESTARTBLOCK', 'Interrupted by signal'],
};

const texts: Readonly<Record<string, string>> = data.errnoTexts;

/** The highest error number that a call can return (MAX_ERRNO of include/linux/err.h). */
export const maxErrno = 4095;

/** Name and text of an error number; `ERRNO_200` for one without a name. */
export function describeErrno(number: number): ErrnoDescription {
  const special = internal[number];
  if (special) return { number, name: special[0], text: special[1] };
  const name = table('errno').byValue.get(BigInt(number)) ?? `ERRNO_${number}`;
  return { number, name, text: texts[number] ?? `Unknown error ${number}` };
}

/** True of the errors that tell a tracer that the call will be restarted or fail with EINTR. */
export function isRestart(number: number): boolean {
  return internal[number] !== undefined;
}

/** The number of an error by its name, aliases included. */
export function errnoByName(name: string): number | undefined {
  const value = table('errno').byName.get(name);
  if (value !== undefined) return Number(value);
  const special = Object.entries(internal).find(([, [other]]) => other === name);
  return special && Number(special[0]);
}
