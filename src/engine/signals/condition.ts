/**
 * Conditions of signal filters: `si_code == SEGV_MAPERR && address < 4096`, `sender.command == "*timeout*"`. A small
 * language of its own, because it speaks of what siginfo_t says and not of the program's variables. Compiled once,
 * evaluated at every such signal; what a signal does not carry (the address of one that was sent) makes a comparison false.
 */
import { codeNames, codeNumber } from '../../ptrace/siginfocodes';
import { signalNumber } from '../../ptrace/signals';
import { nearest } from '../../expr/members';

/** What a condition may ask. Undefined is what the signal does not carry. */
export interface SignalFacts {
  readonly signal: number;
  readonly si_code: number;
  readonly si_errno: number;
  /** `si_addr` */
  readonly address: bigint | undefined;
  /** `si_pid`, the process that sent it. */
  readonly sender: number | undefined;
  readonly 'sender.uid': number | undefined;
  /** Its command line, arguments with spaces between. */
  readonly 'sender.command': string | undefined;
  /** `si_value` */
  readonly value: bigint | undefined;
  /** `si_status` of SIGCHLD. */
  readonly status: number | undefined;
  /** `si_syscall` of SIGSYS. */
  readonly syscall: number | undefined;
  /** The thread that gets it. */
  readonly tid: number;
  /** The name of that thread. */
  readonly thread: string | undefined;
  readonly pc: bigint;
}

/** A condition that was understood. */
export type SignalCondition = (facts: SignalFacts) => boolean;

type Fact = keyof SignalFacts;
type Operand = bigint | string | boolean | undefined;
type Evaluate = (facts: SignalFacts) => Operand;

const FACTS: ReadonlyMap<string, Fact> = new Map<string, Fact>([
  ['signal', 'signal'],
  ['si_signo', 'signal'],
  ['si_code', 'si_code'],
  ['code', 'si_code'],
  ['si_errno', 'si_errno'],
  ['address', 'address'],
  ['si_addr', 'address'],
  ['sender', 'sender'],
  ['sender.pid', 'sender'],
  ['si_pid', 'sender'],
  ['sender.uid', 'sender.uid'],
  ['si_uid', 'sender.uid'],
  ['sender.command', 'sender.command'],
  ['value', 'value'],
  ['si_value', 'value'],
  ['status', 'status'],
  ['si_status', 'status'],
  ['syscall', 'syscall'],
  ['si_syscall', 'syscall'],
  ['tid', 'tid'],
  ['thread', 'thread'],
  ['pc', 'pc'],
]);

const TEXTS: ReadonlySet<string> = new Set<Fact>(['sender.command', 'thread']);

interface Token {
  readonly kind: 'number' | 'text' | 'name' | 'operator' | 'end';
  readonly text: string;
  /** Characters before it. */
  readonly at: number;
}

const TOKEN =
  /\s*(?:(?<number>0[xX][0-9a-fA-F]+|\d+)|"(?<double>[^"]*)"|'(?<single>[^']*)'|(?<name>SIGRTM(?:IN\+|AX-)\d+|[A-Za-z_][\w.]*)|(?<operator>&&|\|\||==|!=|<=|>=|<<|>>|[-+*&|^~!<>()]))/y;

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (;;) {
    const at = TOKEN.lastIndex;
    if (text.slice(at).trim() === '') return [...tokens, { kind: 'end', text: 'the end', at: text.length }];
    const groups = TOKEN.exec(text)?.groups;
    if (!groups) throw new ConditionError(`“${text.slice(at).trim()}” cannot be understood here`);
    const { number, double, single, name, operator } = groups;
    if (number !== undefined) tokens.push({ kind: 'number', text: number, at });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name, at });
    else if (operator !== undefined) tokens.push({ kind: 'operator', text: operator, at });
    else tokens.push({ kind: 'text', text: double ?? single ?? '', at });
  }
}

class ConditionError extends Error {}

/** Binding strengths, as in C. */
const BINARY: Readonly<Record<string, number>> = {
  '||': 1,
  '&&': 2,
  '|': 3,
  '^': 4,
  '&': 5,
  '==': 6,
  '!=': 6,
  '<': 7,
  '<=': 7,
  '>': 7,
  '>=': 7,
  '<<': 8,
  '>>': 8,
  '+': 9,
  '-': 9,
  '*': 10,
};

/** Conditions are short; damage is not. */
const MAX_LENGTH = 4096;
const MAX_DEPTH = 64;

class Parser {
  private readonly tokens: readonly Token[];
  private index = 0;
  private depth = 0;

  constructor(text: string) {
    if (text.length > MAX_LENGTH) throw new ConditionError(`it is longer than ${MAX_LENGTH} characters`);
    this.tokens = tokensOf(text);
  }

  parse(): Evaluate {
    const whole = this.binary(0);
    const rest = this.peek();
    if (rest.kind !== 'end') throw new ConditionError(`“${rest.text}” was not expected after what comes before it`);
    return whole;
  }

  private peek(): Token {
    return this.tokens[this.index]!;
  }

  private binary(minimum: number): Evaluate {
    if (++this.depth > MAX_DEPTH) throw new ConditionError('it is nested too deeply');
    let left = this.unary();
    for (;;) {
      const { kind, text } = this.peek();
      const strength = kind === 'operator' ? BINARY[text] : undefined;
      if (strength === undefined || strength <= minimum) break;
      this.index++;
      left = combine(text, left, this.binary(strength));
    }
    this.depth--;
    return left;
  }

  private unary(): Evaluate {
    const { kind, text } = this.peek();
    if (kind !== 'operator') return this.primary();
    this.index++;
    if (text === '(') {
      const inner = this.binary(0);
      const close = this.peek();
      if (close.text !== ')') throw new ConditionError(`a “)” is missing before ${quoted(close)}`);
      this.index++;
      return inner;
    }
    if (!['!', '-', '~'].includes(text)) throw new ConditionError(`“${text}” cannot begin a value`);
    if (++this.depth > MAX_DEPTH) throw new ConditionError('it is nested too deeply');
    const operand = this.unary();
    this.depth--;
    if (text === '!') return (facts) => !truth(operand(facts));
    return (facts) => {
      const value = numeric(operand(facts));
      if (value === undefined) return undefined;
      return text === '-' ? -value : ~value;
    };
  }

  private primary(): Evaluate {
    const { kind, text } = this.peek();
    if (kind === 'end') throw new ConditionError('it ends where a value is expected');
    this.index++;
    if (kind === 'number') {
      const value = BigInt(text);
      return () => value;
    }
    if (kind === 'text') return () => text;
    const fact = FACTS.get(text);
    if (fact !== undefined) {
      return (facts) => {
        const value = facts[fact];
        return typeof value === 'number' ? BigInt(value) : value;
      };
    }
    const constant = codeNumber(text) ?? (text.startsWith('SIG') ? signalNumber(text) : undefined);
    if (constant === undefined) throw new ConditionError(unknownName(text));
    const value = BigInt(constant);
    return () => value;
  }
}

function quoted({ kind, text }: Token): string {
  return kind === 'end' ? text : `“${text}”`;
}

function unknownName(name: string): string {
  const similar = nearest(name, [...FACTS.keys(), ...codeNames()]);
  const hint = similar === undefined ? '' : `; did you mean “${similar}”?`;
  return `there is nothing named “${name}”${hint || ': a signal has si_code, address, sender, value, tid…'}`;
}

function truth(value: Operand): boolean {
  return value !== undefined && value !== false && value !== 0n && value !== '';
}

function numeric(value: Operand): bigint | undefined {
  return typeof value === 'boolean' ? (value ? 1n : 0n) : typeof value === 'bigint' ? value : undefined;
}

/** `*` stands for any text. */
function matches(text: string, pattern: string): boolean {
  if (!pattern.includes('*')) return text === pattern;
  const source = pattern.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${source.join('.*')}$`, 's').test(text);
}

function equal(a: Operand, b: Operand): boolean {
  if (typeof a === 'string' && typeof b === 'string') return matches(a, b) || matches(b, a);
  const [x, y] = [numeric(a), numeric(b)];
  return x !== undefined && y !== undefined && x === y;
}

const COMPARE: Readonly<Record<string, (a: bigint, b: bigint) => boolean>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

const ARITHMETIC: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '&': (a, b) => a & b,
  '|': (a, b) => a | b,
  '^': (a, b) => a ^ b,
  // More bits than any field of siginfo_t has are of no use to anybody.
  '<<': (a, b) => (b >= 0n && b < 64n ? BigInt.asIntN(128, a << b) : 0n),
  '>>': (a, b) => (b >= 0n && b < 64n ? a >> b : 0n),
};

function combine(operator: string, left: Evaluate, right: Evaluate): Evaluate {
  if (operator === '&&') return (facts) => truth(left(facts)) && truth(right(facts));
  if (operator === '||') return (facts) => truth(left(facts)) || truth(right(facts));
  if (operator === '==') return (facts) => equal(left(facts), right(facts));
  if (operator === '!=') {
    return (facts) => {
      const [a, b] = [left(facts), right(facts)];
      return a !== undefined && b !== undefined && !equal(a, b);
    };
  }
  return (facts) => {
    const [a, b] = [numeric(left(facts)), numeric(right(facts))];
    if (a === undefined || b === undefined) return undefined;
    return COMPARE[operator]?.(a, b) ?? ARITHMETIC[operator]!(a, b);
  };
}

/** A text that is only compared with numbers, or a number with texts, is a mistake that would never match. */
function refuseMixed(text: string): void {
  const mixed = /(?<name>[a-z_.]+)\s*(?:==|!=)\s*(?<string>["'])/g;
  for (const { groups } of text.matchAll(mixed)) {
    const fact = FACTS.get(groups?.['name'] ?? '');
    if (fact !== undefined && !TEXTS.has(fact)) {
      throw new ConditionError(`“${groups?.['name']}” is a number and is compared with a text`);
    }
  }
}

/** Compiles a condition; the result is a sentence that says what is wrong with it when it is. */
export function compileSignalCondition(text: string): SignalCondition | string {
  try {
    refuseMixed(text);
    const evaluate = new Parser(text).parse();
    return (facts) => truth(evaluate(facts));
  } catch (error) {
    if (error instanceof ConditionError) return `The condition “${text}” is wrong: ${error.message}.`;
    throw error;
  }
}
