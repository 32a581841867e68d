/** Which signals stop the debuggee and which are passed on quietly. */

/** Errors of the program: SIGILL, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS. A SIGTRAP that somebody sent stops too. */
const STOPPING = new Set([4, 5, 6, 7, 8, 11, 31]);

export function stopsOnSignal(signal: number): boolean {
  return STOPPING.has(signal);
}
