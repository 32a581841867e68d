/**
 * Calls, signals and ends of processes as lines of text, as strace prints them (strace(1); compared with strace 6.1 in
 * test/syscalls). `docs/syscalls.md` lists where ours differ, and why.
 */
import { isRestart } from './errno';
import { formatNode } from './formatnode';
import type { DecodedCall, DecodedNode, DecodedResult } from './model';

/** How lines are printed; everything absent is strace's default. */
export interface TextStyle {
  /** Column at which ` = ` begins, as `strace -a`; 40. */
  readonly column?: number;
  /** What stands in front: `1234 ` of `strace -f -o`, `[pid  1234] ` of `strace -f`; see `prefix`. */
  readonly prefix?: string;
  /** Seconds the call took, printed as `<0.000012>`, as `strace -T`. */
  readonly seconds?: number;
}

/** `1234  `: what `strace -f -o FILE` puts in front of lines. */
export function filePrefix(tid: number): string {
  return `${String(tid).padEnd(5)} `;
}

/** `[pid  1234] `: what `strace -f` puts in front of lines on a terminal. */
export function terminalPrefix(tid: number): string {
  return `[pid ${String(tid).padStart(5)}] `;
}

function formatResult(result: DecodedResult): string {
  const { errno, node, note, value } = result;
  if (errno) {
    if (isRestart(errno.number)) return `? ${errno.name} (${errno.text})`;
    const failed = `-1 ${errno.name} (${errno.text})`;
    return note === undefined ? failed : `${failed} (${note})`;
  }
  const shown = node ? formatNode(node) : value.toString();
  return note === undefined ? shown : `${shown} (${note})`;
}

function ending({ result, state }: DecodedCall, { seconds }: TextStyle): string {
  const shown = result ? formatResult(result) : state === 'ended' ? '?' : '';
  return seconds === undefined ? `= ${shown}` : `= ${shown} <${seconds.toFixed(6)}>`;
}

/** Pads up to the column of the result. */
function aligned(head: string, { column = 40 }: TextStyle): string {
  return head.padEnd(column);
}

const formatArgument = (node: DecodedNode): string =>
  node.label === undefined ? formatNode(node) : `${node.label}=${formatNode(node)}`;

const joined = (args: readonly DecodedNode[]): string => args.map(formatArgument).join(', ');

/** A whole call on one line: `close(3)                                = 0`. */
export function formatCall(call: DecodedCall, style: TextStyle = {}): string {
  const head = `${style.prefix ?? ''}${call.name}(${joined(call.args)}) `;
  return aligned(head, style) + ending(call, style);
}

/** How many arguments were known when the call went in: those in front of the first that the kernel writes. */
function knownAtEntry(call: DecodedCall): number {
  const pending = call.args.findIndex(({ type }) => type === 'pending');
  return pending < 0 ? call.args.length : pending;
}

/** The first half of a call during which another thread had something to print. `call` is in state `entered`. */
export function formatUnfinished(call: DecodedCall, style: TextStyle = {}): string {
  const known = knownAtEntry(call);
  const args = joined(call.args.slice(0, known));
  const open = known < call.args.length && known > 0 ? `${args}, ` : args;
  return `${style.prefix ?? ''}${call.name}(${open} <unfinished ...>`;
}

/** The second half. `entered` tells which arguments the first half has shown. */
export function formatResumed(entered: DecodedCall, call: DecodedCall, style: TextStyle = {}): string {
  const rest = joined(call.args.slice(knownAtEntry(entered)));
  const head = `${style.prefix ?? ''}<... ${call.name} resumed>${rest}) `;
  return aligned(head, style) + ending(call, style);
}

/** `--- SIGCHLD {si_signo=SIGCHLD, …} ---`; `info` is what `decodeSiginfo` made. */
export function formatSignal(name: string, info: DecodedNode | undefined, style: TextStyle = {}): string {
  return `${style.prefix ?? ''}--- ${name} ${info ? `${formatNode(info)} ` : ''}---`;
}

/** `--- stopped by SIGSTOP ---` of a group-stop. */
export function formatGroupStop(name: string, style: TextStyle = {}): string {
  return `${style.prefix ?? ''}--- stopped by ${name} ---`;
}

/** `+++ exited with 0 +++` */
export function formatExit(status: number, style: TextStyle = {}): string {
  return `${style.prefix ?? ''}+++ exited with ${status} +++`;
}

/** `+++ killed by SIGKILL +++` */
export function formatKilled(name: string, coreDumped: boolean, style: TextStyle = {}): string {
  return `${style.prefix ?? ''}+++ killed by ${name}${coreDumped ? ' (core dumped)' : ''} +++`;
}

/** `+++ superseded by execve in pid 1234 +++`, of a thread that executes something and takes its leader's place. */
export function formatSuperseded(tid: number, style: TextStyle = {}): string {
  return `${style.prefix ?? ''}+++ superseded by execve in pid ${tid} +++`;
}
