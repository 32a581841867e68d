/** Expressions that see the members of an object by their names, and the object itself as `this`. */
import { virtAddr } from '../../common/addresses';
import type { Storage } from '../../symbols/data/storage';
import { bareType, type BareType, type Type } from '../../symbols/data/types';
import type { FrameData, Variable } from '../../symbols/data/variables';
import type { EvaluationContext, Names } from '../context';
import { DataError, type DataValue } from '../data';
import { DataObject } from '../dataobject';
import { compileExpression, evaluate, ExpressionError, type CompiledExpression } from '../expression';
import { objectOfValue } from '../format';
import type { ObjectSpace } from '../objectspace';
import { findMember, memberNames } from '../members';
import { quoteText } from '../presentation/characters';
import { textOf } from '../presentation/strings';
import { toBytes } from '../storage';

/** Compiles for any object; `$1` and so on stand for `captures`. */
export function compileFor(text: string, captures: readonly string[]): ObjectExpression | ExpressionError {
  const filled = text.replace(/\$(\d+)/g, (all, number: string) => captures[Number(number) - 1] ?? all);
  const compiled = compileExpression(filled);
  return compiled instanceof ExpressionError ? compiled : new ObjectExpression(filled, compiled);
}

export class ObjectExpression {
  constructor(
    readonly text: string,
    private readonly compiled: CompiledExpression,
  ) {}

  /** Evaluates in an object. Throws DataError. */
  evaluate(value: DataValue): Found {
    const object = value.referent();
    if (!(object instanceof DataObject)) throw new DataError('its members cannot be evaluated');
    const context = contextOf(object);
    const result = evaluate(this.compiled, context);
    if (result instanceof ExpressionError) throw new DataError(`${this.text}: ${result.message}`);
    return new Found(this.text, objectOfValue(object.space, result));
  }
}

/** What an expression came to. */
export class Found {
  constructor(
    private readonly source: string,
    readonly value: DataValue,
  ) {}

  /** A whole number, not below 0. */
  count(): number {
    const { bare } = this.value;
    if (bare.kind !== 'integer' && bare.kind !== 'enum') throw new DataError(`${this.source} is no number`);
    const bits = this.value.bits();
    if (bits < 0n || bits > 2n ** 53n) throw new DataError(`${this.source} is ${bits}, which is no count`);
    return Number(bits);
  }

  isTrue(): boolean {
    return this.value.bits() !== 0n;
  }

  /** What a pointer points to; anything else is itself. */
  dereferenced(): DataValue {
    const { value } = this;
    if (value.bare.kind !== 'pointer') return value.referent();
    if (value.bits() === 0n) throw new DataError(`${this.source} is null`);
    return value.dereference();
  }

  /** The element at an index of a pointer's target or an array. */
  element(index: number): DataValue {
    return this.value.element(index);
  }

  text(limit: number): { readonly value: string; readonly isCut: boolean; readonly shown: string } {
    const text = textOf(this.value.referent(), limit);
    if (!text) throw new DataError(`${this.source} is no text`);
    return { ...text, shown: quoteText(text.value, text.isCut) };
  }

  /** The text of so many code units that a pointer or an array begins with. */
  textOfLength(
    length: number,
    limit: number,
  ): { readonly value: string; readonly isCut: boolean; readonly shown: string } {
    const { value } = this;
    const { bare } = value;
    const element = bare.kind === 'pointer' ? bare.target : bare.kind === 'array' ? bare.element : undefined;
    if (!element) throw new DataError(`${this.source} is no text`);
    const unit = bareType(element);
    const size = unit.kind === 'integer' ? unit.size : 1;
    if (length === 0) return { value: '', isCut: false, shown: '""' };
    const address = bare.kind === 'pointer' ? value.bits() : value.address;
    if (address === undefined) throw new DataError(`${this.source} is not in memory`);
    const wanted = Math.min(length, limit) * size;
    const bytes = Buffer.from(value.read(address, wanted));
    if (bytes.length < wanted)
      throw new DataError(`cannot read memory at 0x${(address + BigInt(bytes.length)).toString(16)}`);
    const text = size === 2 ? bytes.toString('utf16le') : size === 4 ? utf32(bytes) : bytes.toString('utf8');
    const isCut = length > limit;
    return { value: text, isCut, shown: quoteText(text, isCut) };
  }
}

function utf32(bytes: Buffer): string {
  let text = '';
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    const code = bytes.readUInt32LE(at);
    text += code <= 0x10_ffff ? String.fromCodePoint(code) : '\ufffd';
  }
  return text;
}

// ---- names ----

/** The names of a type are the same for all its objects, so that expressions are compiled once; the object changes. */
class MemberNames {
  /** The object that is being looked at. */
  current: DataObject | undefined;

  constructor(private readonly type: BareType) {}

  variable(name: string): ReturnType<Names['variable']> {
    if (name === 'this') return { kind: 'variable', variable: this.self() };
    if (findMember(this.type, name)) return { kind: 'member', object: this.self(), path: [name] };
    const found = this.type.kind === 'struct' ? this.type.staticMembers.find((each) => each.name === name) : undefined;
    if (found && this.type.kind === 'struct') return { kind: 'staticMember', member: found, container: this.type };
    return this.outer?.variable(name);
  }

  typeNamed(name: string): Type | undefined {
    const own = this.type.kind === 'struct' ? this.type : undefined;
    const argument = own?.templateArguments.find((each) => each.name === name && each.value === undefined);
    return own?.nestedType(name) ?? argument?.type ?? this.current?.findType(name);
  }

  readonly functions = (name: string): ReturnType<Names['functions']> => this.outer?.functions(name) ?? [];

  names(prefix: string, limit: number): ReturnType<Names['names']> {
    const own = memberNames(this.type).filter((name) => name.startsWith(prefix));
    return own.slice(0, limit).map((name) => ({ name, kind: 'member' }));
  }

  /** What is visible where the frame is. */
  private get outer(): Names | undefined {
    return (this.current?.space as EvaluationContext | undefined)?.scope;
  }

  /** `this`: a pointer that no place holds. */
  private self(): Variable {
    return {
      name: 'this',
      kind: 'local',
      type: { kind: 'pointer', target: this.type },
      isArtificial: true,
      line: undefined,
      file: undefined,
      qualifiedName: 'this',
      locate: () => this.pointer(),
    };
  }

  private pointer(): Storage {
    const { current } = this;
    if (!current) return { kind: 'unavailable', reason: 'no object is looked at' };
    const { storage, address } = current;
    if (address !== undefined) return { kind: 'bytes', bytes: toBytes(address, 8) };
    return { kind: 'implicitPointer', target: () => storage, offset: 0 };
  }
}

const known = new WeakMap<BareType, { readonly members: MemberNames; readonly names: Names }>();

function namesOf(type: BareType): { readonly members: MemberNames; readonly names: Names } {
  let found = known.get(type);
  if (!found) {
    const members = new MemberNames(type);
    const names: Names = {
      variable: (name) => members.variable(name),
      type: (name) => members.typeNamed(name),
      functions: members.functions,
      names: (prefix, limit) => members.names(prefix, limit),
    };
    known.set(type, (found = { members, names }));
  }
  return found;
}

const NO_FRAME: FrameData = {
  lookupPc: virtAddr(0n),
  registers: { dwarf: () => undefined, named: () => undefined },
  memory: { read: () => new Uint8Array(0) },
  cfa: undefined,
  caller: () => undefined,
  threadLocal: () => undefined,
  moduleAt: () => undefined,
};

function contextOf(object: DataObject): EvaluationContext {
  const { members, names } = namesOf(object.bare);
  members.current = object;
  const space: ObjectSpace & Partial<EvaluationContext> = object.space;
  return {
    resolveSymbol: () => undefined,
    ...space,
    frame: space.frame ?? NO_FRAME,
    scope: names,
    // What only shows a value changes nothing.
    write: undefined,
    call: undefined,
  };
}
