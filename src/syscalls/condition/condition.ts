/**
 * Conditions on decoded calls: `path ~ "*.conf" && ret < 0`, `flags & O_CREAT`, `errno == ENOENT`. Compiled once to
 * closures, so that asking costs what the looked-at arguments cost.
 */
import { constantValue, table, tableNames } from '../constants';
import { errnoByName } from '../errno';
import { SyscallTextError } from '../errors';
import { compileGlob } from '../glob';
import { suggestion } from '../near';
import { argumentNames } from '../specs';
import { tokenize, type Token } from './lexer';
import {
  descriptorsOf,
  nodeAt,
  pathsOf,
  valueOfNode,
  type Step,
  type Subject,
  type Value,
  type Values,
} from './values';

export type { Subject } from './values';

export interface Condition {
  readonly text: string;
  /** It looks at the result (`ret`, `errno`, `failed`), so that it can only be decided at exit. */
  readonly needsResult: boolean;
  /** Never throws. What a call does not have makes the comparison it stands in false. */
  test(subject: Subject): boolean;
}

type Evaluate = (subject: Subject) => Values;

const truth = (value: boolean): Values => [{ number: value ? 1n : 0n }];
const isTrue = (values: Values): boolean =>
  values.some(({ number, text }) => (number === undefined ? text !== undefined && text !== '' : number !== 0n));

/** Names that are no arguments. */
const special: Readonly<Record<string, Evaluate>> = {
  tid: ({ tid }) => [{ number: BigInt(tid) }],
  name: ({ call }) => [{ text: call.name }],
  nr: ({ call }) => [{ number: BigInt(call.number) }],
  ret: ({ call }) => (call.result ? [{ number: call.result.errno ? -1n : call.result.value }] : []),
  errno: ({ call }) => {
    const errno = call.result?.errno;
    return errno ? [{ number: BigInt(errno.number), text: errno.name }] : call.result ? [{ number: 0n }] : [];
  },
  failed: ({ call }) => (call.result ? truth(call.result.errno !== undefined) : []),
};

const resultNames = new Set(['ret', 'errno', 'failed']);

const compareNumbers: Readonly<Record<string, (a: bigint, b: bigint) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

/** Numbers where both have one; else texts, which are only equal or not. */
function compare(operator: string, a: Value, b: Value): boolean {
  if (a.number !== undefined && b.number !== undefined) return compareNumbers[operator]!(a.number, b.number);
  if (a.text !== undefined && b.text !== undefined) {
    return operator === '==' ? a.text === b.text : operator === '!=' ? a.text !== b.text : false;
  }
  return false;
}

/** Deeper nesting than anybody writes; keeps the parser's own stack bounded. */
const MAX_DEPTH = 100;

class Parser {
  needsResult = false;
  private at = 0;
  private depth = 0;
  private readonly tokens: readonly Token[];

  constructor(private readonly source: string) {
    this.tokens = tokenize(source);
  }

  parse(): Evaluate {
    if (this.peek().kind === 'end') throw new SyscallTextError('The condition is empty', this.source, 0);
    const result = this.or();
    const next = this.peek();
    if (next.kind !== 'end') throw this.fail(`'${next.text}' does not belong here`, next);
    return result;
  }

  private peek(): Token {
    return this.tokens[this.at]!;
  }

  private fail(sentence: string, token: Token): SyscallTextError {
    return new SyscallTextError(sentence, this.source, token.start, token.end);
  }

  private take(...texts: string[]): Token | undefined {
    const token = this.peek();
    if (token.kind !== 'operator' || !texts.includes(token.text)) return undefined;
    this.at++;
    return token;
  }

  private or(): Evaluate {
    if (++this.depth > MAX_DEPTH) throw this.fail('The condition is nested too deeply', this.peek());
    let left = this.and();
    while (this.take('||')) {
      const [a, b] = [left, this.and()];
      left = (subject) => truth(isTrue(a(subject)) || isTrue(b(subject)));
    }
    this.depth--;
    return left;
  }

  private and(): Evaluate {
    let left = this.comparison();
    while (this.take('&&')) {
      const [a, b] = [left, this.comparison()];
      left = (subject) => truth(isTrue(a(subject)) && isTrue(b(subject)));
    }
    return left;
  }

  private comparison(): Evaluate {
    const left = this.bits();
    const operator = this.take('==', '!=', '<', '<=', '>', '>=', '~', '=~', '!~');
    if (!operator) return left;
    if (['~', '=~', '!~'].includes(operator.text)) return this.pattern(left, operator);
    const right = this.bits();
    const word = operator.text;
    const next = this.peek();
    if (next.kind === 'operator' && next.text in compareNumbers) {
      throw this.fail(`Comparisons do not chain; join them with '&&'`, next);
    }
    return (subject) => {
      const others = right(subject);
      return truth(left(subject).some((a) => others.some((b) => compare(word, a, b))));
    };
  }

  private pattern(left: Evaluate, operator: Token): Evaluate {
    const token = this.peek();
    if (token.kind !== 'string') throw this.fail(`'${operator.text}' needs a pattern in quotes on its right`, token);
    this.at++;
    const matches = operator.text === '~' ? compileGlob(token.text) : this.regExp(token);
    const negated = operator.text === '!~';
    return (subject) => {
      const values = left(subject);
      const found = values.some((value) => matches(value.text ?? value.number?.toString() ?? ''));
      return truth(values.length > 0 && found !== negated);
    };
  }

  private regExp(token: Token): (text: string) => boolean {
    try {
      const pattern = new RegExp(token.text);
      return (text) => pattern.test(text);
    } catch (error) {
      const why = error instanceof Error ? error.message.replace(/^Invalid regular expression: /, '') : '';
      throw this.fail(`The regular expression is not valid: ${why}`, token);
    }
  }

  private bits(): Evaluate {
    let left = this.unary();
    for (let operator = this.take('&', '|', '+', '-'); operator; operator = this.take('&', '|', '+', '-')) {
      const [a, b, word] = [left, this.unary(), operator.text];
      left = (subject) => combine(word, a(subject), b(subject));
    }
    return left;
  }

  private unary(): Evaluate {
    const operator = this.take('!', '-');
    if (!operator) return this.primary();
    if (++this.depth > MAX_DEPTH) throw this.fail('The condition is nested too deeply', operator);
    const inner = this.unary();
    this.depth--;
    if (operator.text === '!') return (subject) => truth(!isTrue(inner(subject)));
    return (subject) => inner(subject).flatMap(({ number }) => (number === undefined ? [] : [{ number: -number }]));
  }

  private primary(): Evaluate {
    const token = this.peek();
    if (this.take('(')) {
      const inner = this.or();
      if (!this.take(')')) throw this.fail("')' is missing", this.peek());
      return inner;
    }
    if (token.kind === 'end') throw this.fail('The condition ends where a value should follow', token);
    this.at++;
    if (token.kind === 'number') {
      const value: Values = [{ number: numberOf(token.text) }];
      return () => value;
    }
    if (token.kind === 'string') {
      const value: Values = [{ text: token.text }];
      return () => value;
    }
    if (token.kind !== 'name') throw this.fail(`'${token.text}' does not belong here`, token);
    return this.named(token);
  }

  private named(token: Token): Evaluate {
    const name = token.text;
    if (Object.hasOwn(special, name)) {
      if (resultNames.has(name)) this.needsResult = true;
      return special[name]!;
    }
    const steps = this.steps();
    const node: Evaluate = ({ call }) => {
      const found = nodeAt(call, name, steps);
      const value = found && valueOfNode(found);
      return value ? [value] : [];
    };
    if (steps.length === 0) {
      if (name === 'path') return (subject) => pathsOf(subject.call);
      if (name === 'fd')
        return (subject) => ((own) => (own.length > 0 ? own : descriptorsOf(subject.call)))(node(subject));
      const constant = errnoByName(name) ?? constantValue(name);
      if (constant !== undefined) {
        const value: Values = [{ number: BigInt(constant), text: name }];
        return () => value;
      }
    }
    if (argumentNames().has(name)) return node;
    throw this.fail(`There is no argument or constant '${name}'.${suggestion(name, candidates(name))}`, token);
  }

  private steps(): Step[] {
    const steps: Step[] = [];
    for (let operator = this.take('.', '['); operator; operator = this.take('.', '[')) {
      const token = this.peek();
      this.at++;
      if (operator.text === '.') {
        if (token.kind !== 'name') throw this.fail("The name of a field should follow '.'", token);
        steps.push(token.text);
      } else {
        if (token.kind !== 'number') throw this.fail("An index should follow '['", token);
        steps.push(Number(token.text));
        if (!this.take(']')) throw this.fail("']' is missing", this.peek());
      }
    }
    return steps;
  }
}

/** `0x1f`, `0644` as C reads it, `12`. */
function numberOf(text: string): bigint {
  return /^0[0-7]+$/.test(text) ? BigInt(`0o${text.slice(1)}`) : BigInt(text);
}

function combine(operator: string, left: Values, right: Values): Values {
  return left.flatMap(({ number: a }) =>
    right.flatMap(({ number: b }) => {
      if (a === undefined || b === undefined) return [];
      const number = operator === '&' ? a & b : operator === '|' ? a | b : operator === '+' ? a + b : a - b;
      return [{ number }];
    }),
  );
}

/** What could have been meant: constants for words in capitals, arguments for others. */
function candidates(name: string): Iterable<string> {
  if (!/^[A-Z][A-Z0-9_]+$/.test(name)) return [...argumentNames(), ...Object.keys(special), 'path'];
  return tableNames().flatMap((one) => [...table(one).byName.keys()]);
}

/** Compiles a condition. Throws a SyscallTextError. */
export function compileCondition(text: string): Condition {
  const parser = new Parser(text);
  const evaluate = parser.parse();
  return { text, needsResult: parser.needsResult, test: (subject) => isTrue(evaluate(subject)) };
}
