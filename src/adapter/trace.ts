/** The adapter's own log, as the `trace` argument asks for it: into a file, or into the debug console. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { UserError, messageOf } from '../common/errors';
import { log, setLogSink } from '../common/log';
import type { Session } from './session';

const LONGEST = 2000;

/** Logs a protocol message, unless it is one of the log's own. */
export function traceMessage(direction: '→' | '←', message: object): void {
  log('dap', () => {
    const text = JSON.stringify(message);
    return `${direction} ${text.length > LONGEST ? `${text.slice(0, LONGEST)}… (${text.length} characters)` : text}`;
  });
}

let printing = false;

/** Starts the log of this session; `false` leaves things as they are. Throws UserError for a file that cannot be written. */
export function startTrace(session: Session, trace: boolean | string): void {
  if (trace === false) return;
  session.stopTrace();
  if (trace === true) {
    setLogSink((line) => {
      // Printing sends a message, which is logged, which prints.
      if (printing) return;
      printing = true;
      try {
        session.print(line);
      } finally {
        printing = false;
      }
    });
    session.stopTrace = () => setLogSink(undefined);
    return;
  }
  const descriptor = openLog(resolve(trace));
  const began = performance.now();
  setLogSink((line) => writeSync(descriptor, `${((performance.now() - began) / 1000).toFixed(6)} ${line}\n`));
  session.stopTrace = () => {
    setLogSink(undefined);
    closeSync(descriptor);
    session.stopTrace = () => undefined;
  };
}

function openLog(path: string): number {
  try {
    return openSync(path, 'a');
  } catch (error) {
    throw new UserError(`The log file ${path} ("trace") cannot be written: ${messageOf(error)}.`, { code: 'trace' });
  }
}
