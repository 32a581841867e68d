/**
 * `syscalls.trace`: which calls are shown. Names, classes and patterns choose by number; `path=`, `fd=` and `status=`
 * look at what was decoded.
 */
import { CallSet, parseCallItem, splitList, type ListItem } from './callset';
import { SyscallTextError } from './errors';
import { classMembers } from './classes';
import { compileGlob } from './glob';
import type { DecodedCall, DecodedNode } from './model';
import { suggestion } from './near';
import { nameOf, numberOf } from './numbers';

/** What became of a call: `unavailable` is a call of a known number that the kernel does not have (ENOSYS). */
export type CallStatus = 'successful' | 'failed' | 'unfinished' | 'unavailable' | 'detached';

const statuses: readonly CallStatus[] = ['successful', 'failed', 'unfinished', 'unavailable', 'detached'];

export interface SyscallFilter {
  /** As it was written; the items of an array joined by commas. */
  readonly text: string;
  /** The calls that can match at all. */
  readonly calls: CallSet;
  /** False when `calls` alone decides, so that nothing has to be decoded for it. */
  readonly looksInside: boolean;
  /** True when it takes the result to decide: `status=`. */
  readonly needsResult: boolean;
  /**
   * Decides about a decoded call. In state `entered` what needs the result counts as matching: ask again when it has
   * returned.
   */
  match(call: DecodedCall): boolean;
}

interface Conditions {
  readonly paths: ((path: string) => boolean)[];
  readonly fds: Set<number>;
  readonly statuses: Set<CallStatus>;
}

/** Words before `=` that are not names of calls. `trace=` is strace's spelling for what is the whole here. */
const keys = ['path', 'fd', 'status', 'trace'] as const;

function parseStatus(value: string, text: string, start: number, into: Set<CallStatus>): void {
  let at = start;
  for (const word of value.split('|')) {
    const status = statuses.find((one) => one === word || (word === 'success' && one === 'successful'));
    if (!status) {
      const near = suggestion(word, statuses) || ` There are ${statuses.join(', ')}.`;
      throw new SyscallTextError(`There is no status '${word}'.${near}`, text, at, at + Math.max(1, word.length));
    }
    into.add(status);
    at += word.length + 1;
  }
}

function parseKeyed(key: (typeof keys)[number], value: string, text: string, start: number, into: Conditions): void {
  if (value === '') throw new SyscallTextError(`A value is missing after '${key}='`, text, start);
  if (key === 'path') {
    into.paths.push(compileGlob(value));
  } else if (key === 'status') {
    parseStatus(value, text, start, into.statuses);
  } else {
    for (const word of value.split('|')) {
      if (!/^\d{1,9}$/.test(word)) {
        throw new SyscallTextError(
          `'${word}' is not the number of a file descriptor`,
          text,
          start,
          start + value.length,
        );
      }
      into.fds.add(Number(word));
    }
  }
}

/** Strings that count as paths, and descriptors with what they stand for. */
function visit(nodes: readonly DecodedNode[], onPath: (path: string) => void, onFd: (fd: number) => void): void {
  for (const node of nodes) {
    if (node.type === 'fd') {
      onFd(node.value);
      if (node.target !== undefined) onPath(node.target);
    } else if (node.type === 'string' && node.kind === 'path') {
      onPath(Buffer.from(node.bytes).toString('utf8'));
    } else if (node.type === 'struct') {
      visit(node.fields, onPath, onFd);
    } else if (node.type === 'array') {
      visit(node.items, onPath, onFd);
    } else if (node.type === 'pending' && node.before) {
      visit([node.before], onPath, onFd);
    }
  }
}

/** What became of a call; undefined while it runs. */
export function statusOf({ state, result }: DecodedCall): CallStatus | undefined {
  if (state === 'entered') return undefined;
  if (state === 'ended' || !result) return 'unfinished';
  if (!result.errno) return 'successful';
  return result.errno.name === 'ENOSYS' ? 'unavailable' : 'failed';
}

function insideMatches({ paths, fds }: Conditions, call: DecodedCall): boolean {
  if (paths.length === 0 && fds.size === 0) return true;
  let [pathFound, fdFound] = [paths.length === 0, fds.size === 0];
  const nodes = call.result?.node ? [...call.args, call.result.node] : call.args;
  visit(
    nodes,
    (path) => (pathFound ||= paths.some((matches) => matches(path))),
    (fd) => (fdFound ||= fds.has(fd)),
  );
  return pathFound && fdFound;
}

interface Selection {
  readonly chosen: CallSet;
  readonly excluded: CallSet;
  anyChosen: boolean;
  readonly conditions: Conditions;
}

function takeItem({ word, start }: ListItem, negated: boolean, text: string, into: Selection): void {
  const key = keys.find((one) => word.startsWith(`${one}=`));
  if (key === 'trace') {
    takeText(word.slice(6), text, start + 6, into);
    return;
  }
  if (key) {
    if (negated)
      throw new SyscallTextError(`'!' in front of '${key}=' is not possible; it negates calls`, text, start - 1);
    parseKeyed(key, word.slice(key.length + 1), text, start + key.length + 1, into.conditions);
    return;
  }
  const other = /^([a-z]+)=/.exec(word);
  if (other) {
    const near = suggestion(other[1]!, keys) || ` There are ${keys.map((one) => `${one}=`).join(', ')}.`;
    throw new SyscallTextError(`A filter knows no '${other[1]}='.${near}`, text, start, start + other[1]!.length);
  }
  const set = parseCallItem(word, text, start);
  if (negated) {
    into.excluded.add(set);
  } else {
    into.chosen.add(set);
    into.anyChosen = true;
  }
}

/** A text in which the first item has `!` leaves out all of its items, as strace has it: `!read,write`. */
function takeText(source: string, text: string, offset: number, into: Selection): void {
  const items = splitList(source, offset);
  const negateAll = items[0]?.word.startsWith('!') ?? false;
  for (const { word, start } of items) {
    if (word === '' && items.length > 1)
      throw new SyscallTextError('A name is missing between the commas', text, start);
    if (word === '') continue;
    const own = /^!\s*/.exec(word)?.[0].length ?? 0;
    takeItem({ word: word.slice(own), start: start + own }, negateAll || own > 0, text, into);
  }
}

/** i386's `socketcall` and `ipc` carry calls that have numbers of their own: what was asked for may come through them. */
function addCarriers(calls: CallSet): void {
  for (const [carrier, name] of [
    ['socketcall', 'network'],
    ['ipc', 'ipc'],
  ] as const) {
    const members = [...(classMembers(name) ?? [])];
    const wanted = members.some((member) => calls.has('x86_64', numberOf('x86_64', member) ?? -1));
    if (wanted) calls.put(carrier, true, ['i386']);
  }
}

/** A carried call is known by its name, not by its carrier's number. */
function isChosen(calls: CallSet, { abi, number, name }: DecodedCall): boolean {
  if (!calls.has(abi, number)) return false;
  if (abi === 'x86_64' || nameOf(abi, number) === name) return true;
  const [own, other] = [numberOf('i386', name), numberOf('x86_64', name)];
  return own !== undefined ? calls.has('i386', own) : other === undefined || calls.has('x86_64', other);
}

/**
 * Compiles a filter: a text, or an array of texts that are taken together. What is left out is taken from what was
 * chosen; from everything, where nothing was. No text at all chooses everything. Throws a SyscallTextError.
 */
export function parseFilter(source: string | readonly string[]): SyscallFilter {
  const texts = typeof source === 'string' ? [source] : source;
  const selection: Selection = {
    chosen: new CallSet(),
    excluded: new CallSet(),
    anyChosen: false,
    conditions: { paths: [], fds: new Set(), statuses: new Set() },
  };
  for (const text of texts) takeText(text, text, 0, selection);
  const calls = selection.anyChosen ? selection.chosen : CallSet.all();
  calls.remove(selection.excluded);
  addCarriers(calls);
  const { conditions } = selection;
  const needsResult = conditions.statuses.size > 0;
  const looksInside = needsResult || conditions.paths.length > 0 || conditions.fds.size > 0;
  return {
    text: texts.join(','),
    calls,
    looksInside,
    needsResult,
    match: (call) => {
      if (!isChosen(calls, call)) return false;
      if (!looksInside) return true;
      if (!insideMatches(conditions, call)) return false;
      const status = statusOf(call);
      return !needsResult || status === undefined || conditions.statuses.has(status);
    },
  };
}
