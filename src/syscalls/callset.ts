/**
 * Sets of calls, written as strace writes them: `openat,close`, `%file`, `/^stat/`, `!read`, `?new_call`, `write@64`.
 * A set holds numbers by ABI, so that the engine asks it without decoding anything.
 */
import { classMembers, classNames } from './classes';
import { SyscallTextError } from './errors';
import type { Abi } from './model';
import { suggestion } from './near';
import { nameOf, namesOf, numberOf, tableSize } from './numbers';

export class CallSet {
  private readonly bits: Readonly<Record<Abi, Uint8Array>>;
  /** Numbers beyond the tables are in the set: it was written without restriction, or by what it leaves out. */
  private rest = false;

  constructor() {
    this.bits = { x86_64: new Uint8Array(tableSize('x86_64')), i386: new Uint8Array(tableSize('i386')) };
  }

  /** Every call, those without a name too. */
  static all(): CallSet {
    const set = new CallSet();
    for (const bits of Object.values(set.bits)) bits.fill(1);
    set.rest = true;
    return set;
  }

  has(abi: Abi, number: number): boolean {
    const bits = this.bits[abi];
    return number >= 0 && number < bits.length ? bits[number] === 1 : this.rest;
  }

  /** True when it holds everything, so that nothing is gained by asking. */
  get isAll(): boolean {
    return this.rest && Object.values(this.bits).every((bits) => !bits.includes(0));
  }

  get isEmpty(): boolean {
    return !this.rest && Object.values(this.bits).every((bits) => !bits.includes(1));
  }

  /** Numbers of a table that are in the set, ascending: what a seccomp filter has to trace. */
  numbers(abi: Abi): number[] {
    return [...this.bits[abi].keys()].filter(
      (number) => this.bits[abi][number] === 1 && nameOf(abi, number) !== undefined,
    );
  }

  /** True when numbers without a name are in the set. */
  get includesUnknown(): boolean {
    return this.rest;
  }

  /** Adds or takes out a name where a table has it; false when none does. */
  put(name: string, present: boolean, abis: readonly Abi[] = ['x86_64', 'i386']): boolean {
    let known = false;
    for (const abi of abis) {
      const number = numberOf(abi, name);
      if (number === undefined) continue;
      this.bits[abi][number] = present ? 1 : 0;
      known = true;
    }
    return known;
  }

  /** Adds or takes out a number of a table. */
  putNumber(number: number, present: boolean, abi: Abi = 'x86_64'): boolean {
    if (number >= this.bits[abi].length) return false;
    this.bits[abi][number] = present ? 1 : 0;
    return true;
  }

  /** Adds what another set holds. */
  add(other: CallSet): void {
    for (const abi of ['x86_64', 'i386'] as const) {
      for (const [number, bit] of other.bits[abi].entries()) if (bit === 1) this.bits[abi][number] = 1;
    }
    this.rest ||= other.rest;
  }

  /** Takes out what another set holds. */
  remove(other: CallSet): void {
    for (const abi of ['x86_64', 'i386'] as const) {
      for (const [number, bit] of other.bits[abi].entries()) if (bit === 1) this.bits[abi][number] = 0;
    }
    if (other.rest) this.rest = false;
  }
}

/** All names of both tables. */
export function allCallNames(): Set<string> {
  return new Set([...namesOf('x86_64'), ...namesOf('i386')]);
}

/** What names stand for: `stat` of either table, and what programs mean by a name that one of the tables lacks. */
function putName(set: CallSet, word: string, text: string, start: number): void {
  const optional = word.startsWith('?');
  const plain = optional ? word.slice(1) : word;
  const [, name = '', personality] = /^(.*?)(?:@(64|32|x32))?$/s.exec(plain)!;
  if (/^\d+$/.test(name)) {
    if (set.putNumber(Number(name), true)) return;
    throw new SyscallTextError(`There is no system call with the number ${name}`, text, start, start + word.length);
  }
  const abis: readonly Abi[] = personality === '64' ? ['x86_64'] : personality === '32' ? ['i386'] : ['x86_64', 'i386'];
  const known = personality === 'x32' || set.put(name, true, abis);
  if (known || optional) return;
  throw new SyscallTextError(
    `There is no system call '${name}'.${suggestion(name, allCallNames())}`,
    text,
    start,
    start + word.length,
  );
}

function putClass(set: CallSet, word: string, text: string, start: number): void {
  const members = classMembers(word.slice(1));
  if (!members) {
    const names = classNames().map((name) => `%${name}`);
    const near = suggestion(word, names);
    const rest = near === '' ? ` There are ${names.join(', ')}.` : near;
    throw new SyscallTextError(`There is no class of system calls '${word}'.${rest}`, text, start, start + word.length);
  }
  for (const name of members) set.put(name, true);
}

function putPattern(set: CallSet, source: string, text: string, start: number, end: number): void {
  let pattern: RegExp;
  try {
    pattern = new RegExp(source);
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^Invalid regular expression: /, '') : '';
    throw new SyscallTextError(`The regular expression is not valid: ${why}`, text, start, end);
  }
  let found = false;
  for (const name of allCallNames()) {
    if (!pattern.test(name)) continue;
    set.put(name, true);
    found = true;
  }
  if (!found) throw new SyscallTextError(`No system call matches /${source}/`, text, start, end);
}

/** One item of a list, with where it begins in the text. */
export interface ListItem {
  readonly word: string;
  readonly start: number;
}

/** Splits at commas outside of `/…/`; spaces around items do not count. */
export function splitList(text: string, offset = 0): ListItem[] {
  const items: ListItem[] = [];
  let start = 0;
  const push = (end: number): void => {
    const raw = text.slice(start, end);
    const word = raw.trim();
    items.push({ word, start: offset + start + (word === '' ? 0 : raw.indexOf(word)) });
    start = end + 1;
  };
  let inPattern = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (inPattern) {
      if (char === '\\') i++;
      else if (char === '/') inPattern = false;
    } else if (char === '/' && /^[\s!]*$/.test(text.slice(start, i))) {
      inPattern = true;
    } else if (char === ',') {
      push(i);
    }
  }
  push(text.length);
  return items;
}

/** One item without its `!`: a name, class, pattern, number, `all` or `none`. */
export function parseCallItem(word: string, text: string, start: number): CallSet {
  if (word === 'all') return CallSet.all();
  const set = new CallSet();
  if (word === 'none') return set;
  if (word === '') throw new SyscallTextError('The name of a system call is missing', text, start);
  if (word.startsWith('/')) {
    const closing = word.lastIndexOf('/');
    const end = start + word.length;
    if (closing === 0) throw new SyscallTextError("The regular expression has no closing '/'", text, start, end);
    const after = word.slice(closing + 1);
    if (after !== '')
      throw new SyscallTextError(`'${after}' follows the regular expression`, text, start + closing + 1, end);
    putPattern(set, word.slice(1, closing), text, start, end);
  } else if (word.startsWith('%')) {
    putClass(set, word, text, start);
  } else {
    putName(set, word, text, start);
  }
  return set;
}
